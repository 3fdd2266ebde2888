extension Options {
    /// Reads keepalived's command line (keepalived(8)).
    init(keepalivedArguments arguments: [String]) throws(UsageError) {
        self.init()
        personality = .keepalived
        var rest = arguments[...]
        try takeRole(&rest)
        self.arguments = Array(rest)

        while let word = rest.popFirst() {
            let (name, attached) = Options.split(word)
            func value() throws(UsageError) -> String {
                if let attached { return attached }
                guard let value = rest.popFirst() else {
                    throw UsageError("option '\(name)' needs a value")
                }
                return value
            }
            switch name {
            case "-f", "--use-file": files.append(try value())
            case "-n", "--dont-fork": staysInForeground = true
            case "-t", "--config-test":
                task = .check
                if let attached { files.append(attached) }
            case "-p", "--pid": pidFile = try value()
            case "-i", "--config-id": configurationID = try value()
            case "-v", "--version": task = .version(detailed: false)
            case "-h", "--help": task = .help
            case "--signum":
                let text = try value()
                guard let number = KeepalivedDumpKind.number(ofSignal: text) else {
                    throw UsageError(
                        "option '--signum' knows DATA, STATS, JSON, RELOAD and STOP, not '\(text)'")
                }
                task = .signalNumber(number)
            case "-S", "--log-facility":
                let text = try value()
                guard let number = Int(text), (0...7).contains(number) else {
                    throw UsageError("option '\(name)' needs a number from 0 to 7, not '\(text)'")
                }
                logFacility = number
            case "-r", "--vrrp_pid", "-c", "--checkers_pid", "-a", "--address-monitoring":
                if name != "-a" && name != "--address-monitoring" { _ = try value() }
            case "-l", "--log-console", "-D", "--log-detail", "-d", "--dump-conf", "-P", "--vrrp",
                "-R", "--dont-respawn",
                "-G", "--no-syslog", "-e", "--all-config", "-X", "--release-vips":
                // What we always do in the foreground, our only half, or details of the other program's processes.
                continue
            default:
                throw UsageError("option '\(word)' of keepalived is not offered")
            }
        }
        if task == .run && !staysInForeground { runsInBackground = true }
    }

    /// `--name=value` and `-xvalue` into their parts.
    private static func split(_ word: String) -> (name: String, attached: String?) {
        if word.hasPrefix("--"), let equals = word.firstIndex(of: "=") {
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
        if word.hasPrefix("-"), !word.hasPrefix("--"), word.utf8.count > 2 {
            return (String(word.prefix(2)), String(word.dropFirst(2)))
        }
        return (word, nil)
    }

    static let keepalivedUsage = """
        Usage: keepalived [-f FILE] [-n] [-l] [-D] [-P] [-t[FILE]] [-p FILE] [-i ID] [-v] [--signum=NAME]
        This is dyad, called by keepalived's name: it runs the VRRP half of the files that it is given.
        """
}

extension Options {
    /// Reads HAProxy's command line (management.txt section 3), with our own long options.
    init(haproxyArguments arguments: [String], personality: Personality) throws(UsageError) {
        self.init()
        self.personality = personality
        var rest = arguments[...]
        try takeRole(&rest)
        self.arguments = Array(rest)

        while let word = rest.popFirst() {
            func value() throws(UsageError) -> String {
                guard let value = rest.popFirst() else {
                    throw UsageError("option '\(word)' needs a value")
                }
                return value
            }
            func number() throws(UsageError) -> Int {
                let text = try value()
                guard let number = Int(text), number >= 0 else {
                    throw UsageError("option '\(word)' needs a number, not '\(text)'")
                }
                return number
            }
            switch word {
            case "-f": files.append(try value())
            case "--":
                files.append(contentsOf: rest)
                rest = []
            case "-c": task = .check
            case "-cc": task = .condition(try value())
            case "-v": task = .version(detailed: false)
            case "-vv": task = .version(detailed: true)
            case "-h", "--help": task = .help
            case "--generate-documentation": task = .generateDocumentation
            case "--generate-manual": task = .generateManual
            case "-V": isVerbose = true
            case "-q": isQuiet = true
            case "-D": runsInBackground = true
            case "-db": staysInForeground = true
            case "-d":
                staysInForeground = true
                isDebug = true
            case "-W": hasGuard = true
            case "-Ws":
                hasGuard = true
                notifiesSystemd = true
                staysInForeground = true
            case "-dW": refusesWarnings = true
            case "--peer": peerFile = try value()
            case "-p": pidFile = try value()
            case "-L": localPeer = try value()
            case "-C": directory = try value()
            case "-n": maxConnections = try number()
            case "-m": memoryLimit = try number()
            case "-N": _ = try number()
            case "-S":
                throw UsageError(
                    "option '-S' (master socket) is not offered: there is one socket, 'stats socket', "
                        + "and it answers 'reload' too")
            case "-x": takeoverSocket = try value()
            case "-sf", "-st":
                endsOldAtOnce = word == "-st"
                // As many as there are: `-sf $(cat haproxy.pid)` may find none.
                while let next = rest.first, let pid = Int32(next), pid > 0 {
                    oldProcesses.append(pid)
                    rest = rest.dropFirst()
                }
            case "-4", "-de", "-dp", "-dS", "-dG", "-dR", "-dV", "-dZ", "-dr", "-dI", "-dF":
                continue  // tuning and debugging of HAProxy's engine
            default:
                // -dM[byte][,options], -dK…, -dL, -dt…: debugging, harmless
                if word.hasPrefix("-dM") || word.hasPrefix("-dK") || word.hasPrefix("-dt")
                    || word.hasPrefix("-dL") || word.hasPrefix("-dC") || word.hasPrefix("-dD")
                {
                    continue
                }
                throw UsageError("unknown option '\(word)'")
            }
        }
        if peerFile != nil, task != .check {
            throw UsageError("'--peer' compares files: it goes with '-c'")
        }
        if runsInBackground && isDebug { runsInBackground = false }
    }

    /// The part comes first, before the user's own words: see `Options.Role`.
    internal mutating func takeRole(_ rest: inout ArraySlice<String>) throws(UsageError) {
        switch rest.first {
        case "--as-background": role = .background
        case "--as-process": role = .process
        case "--as-loader": role = .loader
        default: return
        }
        rest = rest.dropFirst()
    }

    static let haproxyUsage = """
        Usage: dyad [-f FILE|DIRECTORY]… [OPTIONS] [-- FILE…]
          -f FILE   reads a configuration: haproxy.cfg, keepalived.conf, or both in one file (repeatable)
          -c        checks the files and ends; with -V says what was understood
          --peer FILE   with -c: says what the other node's configuration does not go together with
          -cc COND  evaluates a condition: exit 0 true, 1 false, 2 error
          -V, -q    says more, says nothing
          -v, -vv   version, version and build
          -D        goes to the background     -db, -d  stays in the foreground
          -W, -Ws   runs under a guard; -Ws tells systemd
          -p FILE   writes the pid             -C DIR   changes to DIR before files are read
          -L NAME   name of this node          -n N     maxconn of the process
          -x SOCK   takes the listening sockets over from the instance behind this runtime socket
          -sf PID…  lets these processes finish and end once this one works; -st: ends them at once
          -dW       treats warnings as errors  -m MB    accepted
        """
}

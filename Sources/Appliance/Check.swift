internal import Configuration
internal import Core
internal import Linux

/// `-c`: reads the files and says what it thinks of them. Exit codes as HAProxy 2.6: 0 good, 1 not usable, 2 good
/// but with nothing to listen on; called as keepalived, that program's 0, 4, 5 and 6.
internal struct Check {
    private let options: Options
    private let terminal: Terminal

    init(options: Options, terminal: Terminal) {
        self.options = options
        self.terminal = terminal
    }

    func run() -> Int32 {
        let files = ConfigurationLoad.files(options)
        guard !files.isEmpty else {
            terminal.alert("no configuration file: name one with -f")
            terminal.error(Options.haproxyUsage + "\n")
            return 1
        }
        let outcome = ConfigurationLoad(options: options).read(with: .system(), isCheck: true)
        if !options.isQuiet || outcome.configuration == nil { terminal.error(outcome.messages) }
        guard let configuration = outcome.configuration else { return outcome.exitStatus }
        if let status = comparePeer(configuration) { return status }
        if options.personality != .keepalived && !options.isQuiet {
            if outcome.hasWarnings { terminal.output("Warnings were found.\n") }
            terminal.output(
                outcome.exitStatus == 2
                    ? "Configuration file has no error but will not start (no listener) => exit(2).\n"
                    : "Configuration file is valid\n")
            if options.isVerbose { terminal.output(ConfigurationSummary.text(configuration)) }
        }
        return outcome.exitStatus
    }

    /// `--peer`: an exit code where the other file is of no use, or differs and warnings are errors.
    private func comparePeer(_ configuration: ServiceConfiguration) -> Int32? {
        guard let file = options.peerFile else { return nil }
        var other = options
        other.files = [file]
        other.refusesWarnings = false
        let outcome = ConfigurationLoad(options: other).read(with: .system(), isCheck: true)
        guard let theirs = outcome.configuration?.vrrp, let ours = configuration.vrrp else {
            terminal.error(outcome.messages)
            terminal.alert(
                configuration.vrrp == nil
                    ? "--peer: there is no virtual router here to compare"
                    : "--peer: no virtual router can be read from \(file)")
            return 1
        }
        let findings = PeerComparison.findings(ours, theirs)
        if !options.isQuiet {
            for finding in findings { terminal.warning("\(file): \(finding)") }
        }
        return options.refusesWarnings && !findings.isEmpty ? 1 : nil
    }
}

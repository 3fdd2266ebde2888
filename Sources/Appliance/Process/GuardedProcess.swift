internal import Configuration
internal import Core
internal import Failover
internal import Linux

/// The process that a guard starts: takes the configuration and its sockets from descriptor 3, gives its rights up
/// and does the work. Signals from outside are the guard's business.
internal struct GuardedProcess {
    private let options: Options
    private let terminal: Terminal
    private let host: GuardHost

    init(options: Options, terminal: Terminal, channel: GuardChannel) {
        self.options = options
        self.terminal = terminal
        host = GuardHost(options: options, channel: channel)
    }

    func run() -> Int32 {
        // Service managers signal the whole group; the guard tells us what was meant. Blocked, never read.
        _ = try? Processes.signalDescriptor([
            Signals.terminate, Signals.interrupt, Signals.hangUp, Signals.user1, Signals.user2,
            Signals.dumpJSON,
        ])
        guard let (configuration, sockets) = host.first() else { return 1 }
        do throws(Errno) {
            return try Service(
                options: options, terminal: terminal, host: host, configuration: configuration,
                sockets: sockets, past: host.past
            ).run()
        } catch {
            terminal.alert("cannot start: \(error)")
            return 1
        }
    }
}

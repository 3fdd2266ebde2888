internal import Configuration
internal import Core
internal import Failover
internal import Linux

/// A process without a guard: the program that the user started does the work itself.
internal struct LoneProcess {
    private let host: LoneHost
    private let service: Service
    private let terminal: Terminal

    init(
        options: Options, terminal: Terminal, configuration: ServiceConfiguration,
        listeners: ListenerStore, whenReady: @escaping @Sendable () -> Void
    ) throws(Errno) {
        self.terminal = terminal
        host = try LoneHost(
            options: options, terminal: terminal, configuration: configuration,
            listeners: listeners, workers: configuration.process.workerCount, whenReady: whenReady)
        // Without a guard, dying means to send our last words ourselves.
        LastWords.install()
        service = try Service(
            options: options, terminal: terminal, host: host, configuration: configuration,
            sockets: host.sockets, past: RouterPast())
    }

    func run() -> Int32 { service.run() }
}

package import Configuration
package import Core
package import EventLoop
package import Linux
package import Logging
internal import Synchronization

/// The proxy engine: workers that accept from the listeners and serve by the snapshot. Control, health and the
/// Appliance talk to it from their own threads; nothing here waits for a worker.
package final class Engine: Sendable {
    /// Gets the number of errors in a row, what the last one was, and the server.
    package typealias Observer = @Sendable (Int, String, ServerReference, Snapshot) -> Void

    private let shared: EngineShared
    private let openLogs: @Sendable (Snapshot) -> LogWriter
    private let current: Mutex<Current>

    private struct Current: Sendable {
        var snapshot: Snapshot
        var listeners: [Listener]
        var isStarted = false
    }

    /// `openLogs` makes a worker's log for a snapshot: list i belongs to proxy i. `service` answers requests that no
    /// server gets.
    package init(
        snapshot: Snapshot, listeners: [Listener], workers: Int, board: HealthBoard,
        service: (any LocalService)?, openLogs: @escaping @Sendable (Snapshot) -> LogWriter
    ) throws(Errno) {
        shared = try EngineShared(workers: max(workers, 1), board: board, service: service)
        self.openLogs = openLogs
        current = Mutex(Current(snapshot: snapshot, listeners: listeners))
        shared.setMaxConnections(Engine.connectionLimit(snapshot))
        shared.setConnectionRateLimit(snapshot.configuration.process.connectionRateLimit)
        shared.setSessionRateLimit(snapshot.configuration.process.sessionRateLimit)
        shared.setSecureRateLimit(snapshot.configuration.process.secureRateLimit)
        shared.setMaxSecureConnections(snapshot.configuration.process.secureConnectionLimit)
        board.setWorkerCount(shared.workers)
    }

    package var workers: Int { shared.workers }

    /// Starts the threads.
    package func start() throws(Errno) {
        // Splicing into a connection that its client has reset raises the signal; no flag prevents that.
        Signals.ignoreBrokenPipes()
        let (snapshot, listeners) = current.withLock { current in
            current.isStarted = true
            return (current.snapshot, current.listeners)
        }
        for index in 0..<shared.workers {
            // Made here, so that what fails is known before the engine counts as started; used by its thread only.
            let box = WorkerBox(
                try Worker(
                    index: index, shared: shared, snapshot: snapshot, listeners: listeners,
                    openLogs: openLogs))
            try Threads.start(name: "worker \(index + 1)") { box.worker.run() }
        }
        reportAccepting(snapshot, listeners)
        shared.board.setRunning(true)
    }

    /// A reload: each worker swaps to the snapshot between two events. `swapped` is called when the last one has.
    /// `dropped` is called when no worker uses a listener any more that is not in `listeners`: its owner may close it then.
    package func apply(
        _ snapshot: Snapshot, listeners: [Listener],
        swapped: @escaping @Sendable () -> Void = {},
        dropped: @escaping @Sendable ([Listener]) -> Void
    ) {
        let (before, gone) = current.withLock { current in
            let before = current.snapshot.configuration.process
            let kept = Set(listeners.flatMap(\.descriptors))
            let gone = current.listeners.filter { kept.isDisjoint(with: $0.descriptors) }
            current.snapshot = snapshot
            current.listeners = listeners
            return (before, gone)
        }
        // What commands have set stays where the files say what they said.
        let process = snapshot.configuration.process
        if process.connectionRateLimit != before.connectionRateLimit {
            shared.setConnectionRateLimit(process.connectionRateLimit)
        }
        if process.sessionRateLimit != before.sessionRateLimit {
            shared.setSessionRateLimit(process.sessionRateLimit)
        }
        if process.secureRateLimit != before.secureRateLimit {
            shared.setSecureRateLimit(process.secureRateLimit)
        }
        shared.setMaxSecureConnections(process.secureConnectionLimit)
        // A server that changed after the snapshot was made and before it was in force told the old balance only.
        for proxy in snapshot.proxies { proxy.balance.update(proxy.servers) }
        shared.setMaxConnections(Engine.connectionLimit(snapshot))
        reportAccepting(snapshot, listeners)
        for listener in listeners where snapshot.proxies.indices.contains(listener.proxy) {
            let proxy = snapshot.proxies[listener.proxy].settings
            guard proxy.binds.indices.contains(listener.bind) else { continue }
            ListenerSockets.refresh(listener.descriptors, proxy.binds[listener.bind], proxy)
        }
        shared.post(
            .apply(
                snapshot, listeners,
                swapped: ReloadProgress(workers: shared.workers, completion: swapped),
                drained: ReloadProgress(workers: shared.workers) { dropped(gone) }))
        shared.resumeAccepting()
    }

    /// Another snapshot for the same listeners.
    package func replace(_ snapshot: Snapshot) {
        let listeners = current.withLock { $0.listeners }
        apply(snapshot, listeners: listeners, dropped: { _ in })
    }

    /// HAProxy's USR1: nothing new is accepted, what is queued already is; streams finish. `done`: the owner may close
    /// the listeners.
    package func stopListening(done: @escaping @Sendable () -> Void) {
        shared.setStopping()
        shared.post(.stopListening(ReloadProgress(workers: shared.workers, completion: done)))
        shared.post(.drain)
    }

    /// The end has been asked for, and everything goes on for now: rules see it (`stopping`).
    package func announceStop() { shared.announceStop() }

    /// Answers carry `Connection: close`, idle connections are closed, new ones are still served.
    package func beginDrain() {
        shared.setClosing()
        shared.post(.drain)
    }

    /// The drain was for a move that is done, or was not to be: connections are kept open again.
    package func endDrain() { shared.endClosing() }

    /// Client connections that are open now.
    package var activeConnections: Int { shared.activeConnections }

    /// Ends the threads; open connections are cut. `completion` is called by the last one.
    package func stop(completion: @escaping @Sendable () -> Void) {
        shared.board.setRunning(false)
        shared.post(.stop(ReloadProgress(workers: shared.workers, completion: completion)))
    }

    // MARK: From health and control

    /// A server of this proxy changed its state, weight, address or limits.
    package func stateChanged(proxy: ProxyState) {
        let snapshot = current.withLock { $0.snapshot }
        if let changed = snapshot.proxies.first(where: { $0.state === proxy }) {
            changed.balance.update(changed.servers)
        }
        shared.post(.stateChanged(proxy))
    }

    /// Cuts the streams that a server serves.
    package func shutdownSessions(server: ServerState, because reason: SessionEnd = .command) {
        shared.post(.shutdownSessions(server, reason))
    }

    /// `observe`: who is told that a server's traffic failed too often; on any thread, and it must not wait.
    package func setObserver(_ observer: @escaping Observer) { shared.setObserver(observer) }

    /// Cuts the streams of a frontend.
    package func shutdownSessions(frontend: ProxyState) { shared.post(.shutdownFrontend(frontend)) }

    /// `set maxconn global`
    package func setMaxConnections(_ limit: Int) {
        shared.setMaxConnections(limit)
        shared.resumeAccepting()
    }

    /// Asks every worker; `completion` is called by the last one, on its thread.
    package func inspect(
        _ question: Inspection.Question,
        completion: @escaping @Sendable ([WorkerReport]) -> Void
    ) {
        shared.post(
            .inspect(
                Inspection(question, workers: shared.workers, completion: completion)))
    }

    /// `maxconnrate`, `maxsessrate` and `set rate-limit`; 0: none.
    package var connectionRateLimit: Int {
        get { shared.connectionRateLimit }
        set { shared.setConnectionRateLimit(newValue) }
    }
    package var sessionRateLimit: Int {
        get { shared.sessionRateLimit }
        set { shared.setSessionRateLimit(newValue) }
    }

    /// `maxsslrate` and `set rate-limit ssl-sessions`; 0: none.
    package var secureRateLimit: Int {
        get { shared.secureRateLimit }
        set { shared.setSecureRateLimit(newValue) }
    }
    /// `maxsslconn`; 0: none.
    package var maxSecureConnections: Int { shared.maxSecureConnections }

    /// A frontend's limit was raised or it was enabled again.
    package func resumeAccepting() { shared.post(.resumeAccepting) }

    package var maxConnections: Int { shared.maxConnections }
    /// Counters of the process: `ProcessCounter`.
    package var counters: CounterTable { shared.counters }
    /// Connections that were accepted a second.
    package var connectionRate: RateMeter { shared.connectionRate }
    /// Handshakes with clients, and those of them that resumed nothing.
    package var handshakeRate: RateMeter { shared.handshakeRate }
    package var fullHandshakeRate: RateMeter { shared.fullHandshakeRate }
    package var serverHandshakeRate: RateMeter { shared.serverHandshakeRate }
    /// Those of them that rules let in.
    package var sessionRate: RateMeter { shared.sessionRate }

    private func reportAccepting(_ snapshot: Snapshot, _ listeners: [Listener]) {
        for (index, proxy) in snapshot.proxies.enumerated() where proxy.settings.isFrontend {
            shared.board.setAccepting(
                listeners.contains { $0.proxy == index }, frontend: proxy.settings.name)
        }
    }

    /// `maxconn`, or what the descriptor limit allows: each connection needs two.
    package static func connectionLimit(_ snapshot: Snapshot) -> Int {
        let process = snapshot.configuration.process
        if let limit = process.maxConnections, limit > 0 { return limit }
        let descriptors = Int(clamping: Host.descriptorLimit.soft)
        return max((descriptors - EngineShared.reservedDescriptors) / 2, 8)
    }
}

/// Hands a worker to its thread.
private final class WorkerBox: @unchecked Sendable {
    let worker: Worker
    init(_ worker: Worker) { self.worker = worker }
}

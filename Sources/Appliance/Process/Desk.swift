internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Failover
internal import Linux
internal import Logging
internal import Proxy
internal import Resolver
internal import Synchronization
internal import TLS

/// What runtime commands and the statistics page see of the service and may ask of it. Read by workers too, so what
/// changes lies behind a lock that is held for a few loads.
internal final class Desk: ServiceControl {
    let board: HealthBoard
    let certificates = CertificateDesk()
    private let options: Options
    private let logs: ServiceLogs
    private let mailbox: Mailbox<ServiceMessage>
    private let workers: Int
    private let startedAt: Instant
    private let startTime = Clock.realtime() / 1_000_000_000
    private let state: Mutex<State>

    private struct State {
        var snapshot: Snapshot
        var engine: Engine?
        var health: HealthMonitor?
        var names: ServerNames?
        var router: Router?
        var drains: [AddressDrain] = []
        var lastReload: String?
        /// Who waits for the reload on its way, and who asked after it had begun.
        var tickets: [CommandTicket] = []
        var laterTickets: [CommandTicket] = []
        var isStopping = false
        var listening: [Int32] = []
        var load: LoadSampler
        /// Bytes of the workers' buffers when they were asked last: all, and those in use.
        var poolBytes = 0
        var usedPoolBytes = 0
        /// They have not all answered yet.
        var isAskingForMemory = false
    }

    init(
        snapshot: Snapshot, options: Options, board: HealthBoard, logs: ServiceLogs,
        mailbox: Mailbox<ServiceMessage>, workers: Int, startedAt: Instant
    ) {
        self.options = options
        self.board = board
        self.logs = logs
        self.mailbox = mailbox
        self.workers = workers
        self.startedAt = startedAt
        state = Mutex(State(snapshot: snapshot, load: LoadSampler(now: startedAt)))
    }

    /// Once the modules exist.
    func connect(engine: Engine, health: HealthMonitor, names: ServerNames, router: Router?) {
        state.withLock { state in
            state.engine = engine
            state.health = health
            state.names = names
            state.router = router
        }
    }

    /// After a reload.
    func adopt(_ snapshot: Snapshot, router: Router?) {
        state.withLock { state in
            state.snapshot = snapshot
            state.router = router
        }
    }

    /// The listening sockets that another instance may take over; empty: none any more.
    func expose(_ descriptors: [Int32]) { state.withLock { $0.listening = descriptors } }

    func noteStopping() { state.withLock { $0.isStopping = true } }

    /// Called by the control thread once a turn.
    func tick(now: Instant) {
        let asked: Engine? = state.withLock { state in
            guard let engine = state.engine else { return nil }
            let sent = engine.counters.sum(ProcessCounter.bytesOut.rawValue)
            let isNew = state.load.look(now: now, workers: workers, bytesOut: sent)
            guard isNew, !state.isAskingForMemory else { return nil }
            state.isAskingForMemory = true
            return engine
        }
        asked?.inspect(.memory) { [self] reports in
            state.withLock { state in
                state.isAskingForMemory = false
                state.poolBytes = reports.reduce(0) { $0 + $1.bufferBytes }
                state.usedPoolBytes = reports.reduce(0) { $0 + $1.usedBufferBytes }
            }
        }
    }

    // MARK: What is read

    var snapshot: Snapshot { state.withLock { $0.snapshot } }

    var facts: ProcessFacts {
        let (snapshot, engine, lastReload, isStopping, load) = state.withLock {
            ($0.snapshot, $0.engine, $0.lastReload, $0.isStopping, $0.load)
        }
        let process = snapshot.configuration.process
        var facts = ProcessFacts(startedAt: startedAt)
        facts.pid = Processes.identifier
        facts.startTime = startTime
        facts.workers = workers
        facts.node = process.node ?? Host.name
        facts.description = process.description
        facts.descriptorLimit = Int(clamping: Host.descriptorLimit.soft)
        facts.memoryLimit = options.memoryLimit ?? 0
        facts.listeners = snapshot.configuration.proxies.reduce(0) { $0 + $1.binds.count }
        facts.droppedLogs = UInt64(clamping: logs.dropped)
        facts.lastReload = lastReload
        facts.isStopping = isStopping
        facts.idlePercent = load.idlePercent
        facts.bytesOutRate = load.bytesOutRate
        (facts.poolBytes, facts.poolBytesUsed) = state.withLock {
            (UInt64(clamping: $0.poolBytes), UInt64(clamping: $0.usedPoolBytes))
        }
        if let engine { add(engine, to: &facts) }
        return facts
    }

    private func add(_ engine: Engine, to facts: inout ProcessFacts) {
        func sum(_ counter: ProcessCounter) -> UInt64 { engine.counters.sum(counter.rawValue) }
        facts.maxConnections = engine.maxConnections
        facts.hardMaxConnections = max(
            engine.maxConnections, Engine.connectionLimit(snapshot))
        facts.currentConnections = engine.activeConnections
        facts.connections = sum(.connections)
        facts.requests = sum(.requests)
        facts.bytesOut = sum(.bytesOut)
        facts.splicedBytesOut = sum(.splicedBytesOut)
        facts.connectionRate = engine.connectionRate.rate(now: Clock.now())
        facts.connectionRateMaximum = engine.connectionRate.maximum
        facts.connectionRateLimit = engine.connectionRateLimit
        facts.secureConnections = TLSStatistics.connections
        facts.allSecureConnections = TLSStatistics.allConnections
        facts.sessionLookups = TLSStatistics.cacheLookups
        facts.sessionMisses = TLSStatistics.cacheMisses
        facts.serverHandshakeRate = engine.serverHandshakeRate.rate(now: Clock.now())
        facts.serverHandshakeRateMaximum = engine.serverHandshakeRate.maximum
        facts.handshakeRate = engine.handshakeRate.rate(now: Clock.now())
        facts.handshakeRateMaximum = engine.handshakeRate.maximum
        facts.fullHandshakeRate = engine.fullHandshakeRate.rate(now: Clock.now())
        facts.fullHandshakeRateMaximum = engine.fullHandshakeRate.maximum
        facts.sessionRate = engine.sessionRate.rate(now: Clock.now())
        facts.sessionRateMaximum = engine.sessionRate.maximum
        facts.sessionRateLimit = engine.sessionRateLimit
        facts.secureRateLimit = engine.secureRateLimit
        facts.maxSecureConnections = engine.maxSecureConnections
    }

    var virtualRouters: [VirtualRouterReport] {
        let (router, drains) = state.withLock { ($0.router, $0.drains) }
        guard let router else { return [] }
        let now = Clock.now()
        return router.status().instances.map {
            var report = VirtualRouterReport($0, now: now)
            let name = $0.name
            report.drain = drains.first { $0.routers.contains(name) }?.report(now: now)
            return report
        }
    }

    var nameServers: [NameService.SectionReport] { state.withLock { $0.names }?.report ?? [] }

    var listeningDescriptors: [Int32] { state.withLock { $0.listening } }

    // MARK: What is changed

    func apply(_ change: ServerChange, to server: ServerReference, in snapshot: Snapshot) {
        state.withLock { $0.health }?.apply(change, to: server, in: snapshot)
    }

    func apply(_ change: FrontendChange, toProxy index: Int, in snapshot: Snapshot) {
        let proxy = snapshot.proxies[index]
        let engine = state.withLock { $0.engine }
        switch change {
        case .pause:
            proxy.state.setStopped(true)
            say("Paused frontend \(proxy.settings.name).", of: proxy)
        case .resume:
            proxy.state.setStopped(false)
            say("Resumed frontend \(proxy.settings.name).", of: proxy)
        case .shutDown:
            // Its connections go on to their end; only no new ones come.
            proxy.state.setShutDown()
            say(proxy.stopText, of: proxy)
        case .maxConnections(let limit): proxy.state.setMaxConnections(limit)
        }
        engine?.resumeAccepting()
    }

    private func say(_ text: String, of proxy: Snapshot.Proxy) {
        logs.system.send(.warning, text, proxy: proxy.settings.name, console: .warning)
    }

    func setMaximumConnections(_ limit: Int) {
        state.withLock { $0.engine }?.setMaxConnections(limit)
    }

    func clearProcessCounters(all: Bool) {
        guard let engine = state.withLock({ $0.engine }) else { return }
        engine.connectionRate.clearMaximum()
        engine.sessionRate.clearMaximum()
        if all {
            for counter in ProcessCounter.allCases { engine.counters.clear(counter.rawValue) }
        }
    }

    func shutSessions(of server: ServerReference, in snapshot: Snapshot) {
        let servers = snapshot.proxies[server.proxy].servers
        state.withLock { $0.engine }?.shutdownSessions(server: servers[server.server])
    }

    func setRateLimit(_ kind: RateLimitKind, _ limit: Int) {
        guard let engine = state.withLock({ $0.engine }) else { return }
        switch kind {
        case .connections: engine.connectionRateLimit = limit
        case .sessions: engine.sessionRateLimit = limit
        case .secureSessions: engine.secureRateLimit = limit
        }
    }

    // MARK: What takes time

    func inspect(
        _ question: Inspection.Question, _ ticket: CommandTicket,
        answer: @escaping @Sendable ([WorkerReport]) -> String
    ) {
        let mailbox = mailbox
        guard let engine = state.withLock({ $0.engine }) else {
            return mailbox.post(.inspected(ticket, [], answer))
        }
        engine.inspect(question) { mailbox.post(.inspected(ticket, $0, answer)) }
    }

    func reload(_ ticket: CommandTicket) {
        state.withLock { state in
            // A file may have been edited since the reload on its way read it.
            if state.tickets.isEmpty {
                state.tickets = [ticket]
            } else {
                state.laterTickets.append(ticket)
            }
        }
        mailbox.post(.reloadRequested)
    }

    func change(_ change: CertificateChange, reply: String, _ ticket: CommandTicket) {
        mailbox.post(.certificates(change, reply: reply, ticket))
    }

    /// Answers whoever asked for the reload.
    func reloadEnded(
        success: Bool, _ text: String, runtime: RuntimeSocketServer, in loop: Loop
    ) {
        let tickets = state.withLock { state in
            state.lastReload = success ? "ok" : "failed: \(text)"
            defer {
                state.tickets = state.laterTickets
                state.laterTickets = []
            }
            return state.tickets
        }
        let answer = "Success=\(success ? 1 : 0)\n--\n\(text)" + (text.hasSuffix("\n") ? "" : "\n")
        for ticket in tickets { runtime.answer(ticket, answer, in: loop) }
    }

    func change(_ servers: ServerListChange, _ ticket: CommandTicket) {
        mailbox.post(.changeServers(servers, ticket))
    }

    func handOver(
        _ command: HandOver, router name: String?, drain: Duration?, _ ticket: CommandTicket
    ) -> String? {
        guard state.withLock({ $0.router }) != nil else { return "There is no virtual router." }
        mailbox.post(.handOver(HandOverRequest(command, router: name, drain: drain, ticket)))
        return nil
    }

    /// For which virtual routers connections are waited for.
    func showDrains(_ drains: [AddressDrain]) { state.withLock { $0.drains = drains } }
}

internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Failover
internal import Linux
internal import Logging
internal import Proxy

/// Both modules of a running process and what looks at them: the proxy engine with its health checks, the VRRP router,
/// the runtime sockets. Made in two steps, because privileges are dropped between them.
internal final class Modules {
    let engine: Engine
    let health: HealthMonitor
    /// Follows the names of servers.
    let names: ServerNames
    /// nil when no file has a keepalived section.
    private(set) var router: Router?
    let runtime: RuntimeSocketServer
    let desk: Desk
    private let board: HealthBoard
    private let logs: ServiceLogs
    private let mailbox: Mailbox<ServiceMessage>

    /// Opens everything that needs rights; no thread runs yet.
    static func open(
        _ configuration: ServiceConfiguration, sockets: [String: [Int32]], options: Options,
        board: HealthBoard, logs: ServiceLogs, mailbox: Mailbox<ServiceMessage>,
        past: RouterPast, startedAt: Instant
    ) throws(StartFailure) -> Modules {
        do throws(Errno) {
            return try Modules(
                configuration, sockets, options, board, logs, mailbox, past, startedAt)
        } catch {
            throw StartFailure(message: "cannot start: \(error)")
        }
    }

    private init(
        _ configuration: ServiceConfiguration, _ sockets: [String: [Int32]], _ options: Options,
        _ board: HealthBoard, _ logs: ServiceLogs, _ mailbox: Mailbox<ServiceMessage>,
        _ past: RouterPast, _ startedAt: Instant
    ) throws(Errno) {
        self.board = board
        self.logs = logs
        self.mailbox = mailbox
        let workers = configuration.process.workerCount
        let snapshot = Snapshot(
            configuration, keeping: nil, workers: workers, now: startedAt)
        let desk = Desk(
            snapshot: snapshot, options: options, board: board, logs: logs, mailbox: mailbox,
            workers: workers, startedAt: startedAt)
        self.desk = desk
        desk.expose(Modules.exposed(configuration, sockets))
        engine = try Engine(
            snapshot: snapshot, listeners: Modules.listeners(configuration, sockets),
            workers: workers, board: board, service: StatsService(control: desk),
            openLogs: { snapshot in
                LogWriter(
                    lists: logs.proxyLists(snapshot.configuration), process: Processes.identifier,
                    hostname: snapshot.configuration.process.logHostname)
            })
        let engine = engine
        health = try HealthMonitor(
            snapshot: snapshot, board: board, log: logs.system,
            launcher: MailboxCheckLauncher(mailbox: mailbox),
            stateChanged: { index in
                let proxies = desk.snapshot.proxies
                if proxies.indices.contains(index) {
                    engine.stateChanged(proxy: proxies[index].state)
                }
            },
            endSessions: { server, reason in
                engine.shutdownSessions(server: server, because: reason)
            })
        let health = health
        engine.setObserver { count, last, server, snapshot in
            health.observed(count, last: last, server: server, in: snapshot)
        }
        names = try ServerNames(snapshot: snapshot) { change, server, snapshot in
            health.apply(change, to: server, in: snapshot)
        }
        runtime = RuntimeSocketServer(
            listeners: Modules.runtimeListeners(configuration, sockets), control: desk,
            timeout: configuration.process.runtimeSocketTimeout,
            tokenKind: ControlKind.runtime.rawValue)
        runtime.payloadLimit = configuration.process.runtimePayloadBytes
        if let settings = configuration.vrrp {
            router = try makeRouter(settings, configuration, past)
        }
        desk.connect(engine: engine, health: health, names: names, router: router)
    }

    // MARK: Start

    /// The vrrp thread first: it keeps the network capabilities that the others must not have.
    func startRouter() throws(StartFailure) {
        do throws(Errno) {
            try router?.start()
        } catch {
            throw StartFailure(message: "cannot start the virtual routers: \(error)")
        }
    }

    func startProxy() throws(StartFailure) {
        do throws(Errno) {
            try engine.start()
            try health.start()
            try names.start()
        } catch {
            throw StartFailure(message: "cannot start a thread: \(error)")
        }
    }

    // MARK: Reload

    /// Swaps to a new configuration; `swapped` is called when every worker has, `released` when they have left the dropped
    /// listeners.
    func apply(
        _ configuration: ServiceConfiguration, sockets: [String: [Int32]], in loop: Loop,
        swapped: @escaping @Sendable () -> Void = {}, released: @escaping @Sendable () -> Void
    ) throws(StartFailure) {
        try applyRouters(configuration)
        do throws(Errno) {
            logs.apply(configuration)
            let snapshot = Snapshot(
                configuration, keeping: desk.snapshot, workers: engine.workers, now: loop.now)
            desk.adopt(snapshot, router: router)
            desk.expose(Modules.exposed(configuration, sockets))
            engine.apply(
                snapshot, listeners: Modules.listeners(configuration, sockets), swapped: swapped,
                dropped: { _ in released() })
            health.apply(snapshot)
            try names.adopt(snapshot)
            try runtime.replaceListeners(
                Modules.runtimeListeners(configuration, sockets), in: loop)
            runtime.timeout = configuration.process.runtimeSocketTimeout
            runtime.payloadLimit = configuration.process.runtimePayloadBytes
        } catch {
            throw StartFailure(message: error.description)
        }
    }

    /// Swaps to a configuration that differs in its TLS files only. Returns why that cannot be; nil: it is in force.
    func swap(to configuration: ServiceConfiguration, now: Instant) -> String? {
        let snapshot = Snapshot(
            configuration, keeping: desk.snapshot, workers: engine.workers, now: now,
            keepsBalance: true)
        if let problem = snapshot.tlsProblem { return problem }
        desk.adopt(snapshot, router: router)
        engine.replace(snapshot)
        health.apply(snapshot)
        return nil
    }

    /// The only step that may be impossible, so it comes first.
    private func applyRouters(
        _ configuration: ServiceConfiguration
    ) throws(StartFailure) {
        guard let settings = configuration.vrrp else {
            router?.requestStop(graceful: true) {}
            router = nil
            return
        }
        if let router {
            router.apply(settings, tracksProxy: configuration.hasProxySection)
            return
        }
        do throws(Errno) {
            let made = try makeRouter(settings, configuration, RouterPast())
            try made.start()
            router = made
        } catch {
            let reason =
                error == .permission || error == .access
                ? "the process has given its rights up and had none before: restart the service"
                : error.description
            throw StartFailure(message: "cannot add virtual routers by a reload: \(reason)")
        }
    }

    /// HAProxy's lines at the end of a proxy.
    func logStoppedProxies() {
        for proxy in desk.snapshot.proxies {
            logs.system.send(
                .warning, proxy.stopText, proxy: proxy.settings.name, console: .warning)
        }
    }

    // MARK: Parts

    private func makeRouter(
        _ settings: VRRPSettings, _ configuration: ServiceConfiguration,
        _ past: RouterPast
    ) throws(Errno) -> Router {
        let (mailbox, system) = (mailbox, logs.system)
        let router = try Router(
            settings: settings, tracksProxy: configuration.hasProxySection, health: board,
            log: { level, text in system.vrrp(level, text) },
            launcher: MailboxLauncher(mailbox: mailbox),
            factsChanged: { names, changed in
                mailbox.post(
                    .virtualRouters(names: names, changed.map { VirtualRouterRecord($0) }))
            })
        try router.open(past)
        return router
    }

    private static func listeners(
        _ configuration: ServiceConfiguration, _ sockets: [String: [Int32]]
    ) -> [Listener] {
        ListenerPlan(configuration, withOwnSocket: false).entries.compactMap { entry in
            guard case .bind(let proxy, let bind) = entry.place, let open = sockets[entry.key]
            else {
                return nil
            }
            return Listener(proxy: proxy, bind: bind, descriptors: open)
        }
    }

    /// What another instance may take over: socket files it makes anew, under the same name.
    private static func exposed(
        _ configuration: ServiceConfiguration, _ sockets: [String: [Int32]]
    ) -> [Int32] {
        listeners(configuration, sockets).filter {
            if case .address(.ip) = configuration.proxies[$0.proxy].binds[$0.bind].address {
                true
            } else {
                false
            }
        }.flatMap(\.descriptors)
    }

    /// The listening sockets are about to be closed: nobody may take them over any more.
    func keepListeners() { desk.expose([]) }

    private static func runtimeListeners(
        _ configuration: ServiceConfiguration, _ sockets: [String: [Int32]]
    ) -> [RuntimeSocketServer.Listener] {
        ListenerPlan(configuration, withOwnSocket: true).entries.compactMap { entry in
            guard case .runtime(let index) = entry.place, let descriptor = sockets[entry.key]?.first
            else { return nil }
            var own = RuntimeSocketSettings(address: .address(.unix(ListenerPlan.ownSocket)))
            own.level = .admin
            own.exposesListeners = true
            return RuntimeSocketServer.Listener(
                descriptor: descriptor,
                settings: index.map { configuration.process.runtimeSockets[$0] } ?? own)
        }
    }
}

/// Hands the vrrp thread's scripts to the control thread, whose host can start them.
private struct MailboxLauncher: ScriptLauncher {
    let mailbox: Mailbox<ServiceMessage>

    func start(_ launch: ScriptLaunch, id: Int) { mailbox.post(.runScript(launch, id: id)) }
    func signal(id: Int, _ signal: Int32) { mailbox.post(.killScript(id: id, signal: signal)) }
}

/// The same for the health thread's programs.
private struct MailboxCheckLauncher: CheckLauncher {
    let mailbox: Mailbox<ServiceMessage>

    func start(_ launch: CheckLaunch, id: Int) { mailbox.post(.runCheck(launch, id: id)) }
    func signal(id: Int, _ signal: Int32) { mailbox.post(.killScript(id: id, signal: signal)) }
}

extension VirtualRouterRecord {
    /// What the guard must know.
    fileprivate init(_ facts: RouterFacts) {
        self.init(
            name: facts.name, isMaster: facts.isMaster, interfaceIndex: Int(facts.interfaceIndex),
            advertisement: facts.advertisement, resignation: facts.resignation,
            addresses: facts.addresses.map { "\($0.prefix) \($0.interface)" },
            intervalMilliseconds: Int(facts.interval.milliseconds))
        wish = facts.wish?.rawValue ?? ""
        isSigned = facts.isSigned
        rounds = facts.rounds
        lastSequence = facts.lastSequence
        removals = facts.removals
        virtualLink = facts.virtualLink
    }
}

extension Snapshot.Proxy {
    /// HAProxy's line at the end of a proxy.
    var stopText: String {
        let front = state.frontend.sum(FrontendCounter.sessions.rawValue)
        let back = state.backend.sum(BackendCounter.sessions.rawValue)
        return "Proxy \(settings.name) stopped (cumulated conns: FE: \(front), BE: \(back))."
    }
}

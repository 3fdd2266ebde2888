internal import Configuration
internal import EventLoop
internal import Expressions

/// Rules that go on after a reload: their names and places are those of the snapshot that they began with.
extension Worker {
    /// The snapshot of the stream or the connection whose rules run, where a reload has replaced it.
    var oldSnapshot: Snapshot? {
        guard let (client, stream) = ruled else { return nil }
        let proxy = stream?.frontend ?? client.listener.proxy
        return proxy.isCurrent ? nil : proxy.snapshot
    }

    /// A number of something that expressions name. A worker keeps its own view of the proxies of its snapshot alone;
    /// their states are still there.
    func number(_ number: EngineNumber, reference: Int, in snapshot: Snapshot) -> Int64? {
        guard snapshot.configuration.expressionReferences.indices.contains(reference) else {
            return nil
        }
        let names = snapshot.configuration.expressionReferences[reference]
        let frontend = names.frontend.map { snapshot.proxies[$0] }
        let backend = names.backend.map { snapshot.proxies[$0] }
        let server = names.server.flatMap { backend?.servers[$0] }
        let value: Int?
        switch number {
        case .frontendConnections: value = frontend?.state.frontendActive
        case .backendConnections: value = backend?.state.backendActive
        case .serverConnections: value = server?.active
        case .frontendSessionRate: value = frontend?.state.frontendRate.rate(now: loop.now)
        case .backendSessionRate: value = backend?.state.backendRate.rate(now: loop.now)
        case .serverSessionRate: value = server?.sessionRate.rate(now: loop.now)
        case .frontendRequestRate: value = frontend?.state.requestRate.rate(now: loop.now)
        case .usableServers: value = backend.map(Worker.usableServers)
        case .serverIsUp: value = server.map { $0.isUsable ? 1 : 0 }
        case .serverQueue: value = server?.queued
        case .queue: value = backend.map(Worker.queued)
        case .averageQueue:
            value = backend.map {
                let servers = max(Worker.usableServers($0), 1)
                return (Worker.queued($0) + servers - 1) / servers
            }
        case .connectionSlots, .backendFreeConnections: value = backend.map(Worker.freeSlots)
        case .frontendID: value = frontend?.settings.id
        case .backendID: value = backend?.settings.id
        case .serverWeight: value = server.map { $0.isUsable ? $0.weight : 0 }
        case .serverUserWeight: value = server?.weight
        case .serverInitialWeight:
            value = names.server.flatMap { backend?.settings.servers[$0].weight }
        case .serverFreeConnections: value = server.map(Worker.freePlaces)
        default: value = nil
        }
        return value.map(Int64.init)
    }

    private static func usableServers(_ proxy: Snapshot.Proxy) -> Int {
        var (active, backups) = (0, 0)
        for index in proxy.servers.indices where proxy.servers[index].isUsable {
            if proxy.settings.servers[index].isBackup { backups += 1 } else { active += 1 }
        }
        return usableServers(active: active, backups: backups, proxy.settings)
    }

    private static func queued(_ proxy: Snapshot.Proxy) -> Int {
        proxy.servers.reduce(proxy.state.queued) { $0 + $1.queued }
    }

    /// -1 where one has no limit.
    private static func freeSlots(_ proxy: Snapshot.Proxy) -> Int {
        var sum = 0
        for server in proxy.servers where server.isUsable {
            guard server.maxConnections > 0 else { return -1 }
            sum += freePlaces(server)
        }
        return sum
    }

    private static func freePlaces(_ server: ServerState) -> Int {
        server.maxConnections > 0 ? max(server.maxConnections - server.active, 0) : -1
    }
}

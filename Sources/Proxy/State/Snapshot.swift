package import Configuration
package import Core
internal import StickTables
package import TLS

/// A configuration together with the states of its proxies and servers, by the same indexes. Immutable; a reload
/// makes a new one in which everything that kept its name keeps its state.
package final class Snapshot: Sendable {
    /// A proxy of the configuration and what is true of it.
    package struct Proxy: Sendable {
        package let settings: ProxySettings
        package let state: ProxyState
        package let servers: [ServerState]
        package let balance: BackendBalance
        /// As `settings.binds`.
        package let listeners: [ListenerState]
        /// As `settings.binds`; nil: plain, or not to be built.
        package let bindContexts: [TLSServerContext?]
        /// As `settings.servers`, for traffic and for checks.
        package let serverContexts: [TLSClientContext?]
        package let checkContexts: [TLSClientContext?]
        package let scriptContexts: [TLSClientContext?]
    }

    package let configuration: ServiceConfiguration
    /// As `configuration.proxies`.
    package let proxies: [Proxy]
    /// As `configuration.stickTables`.
    package let tables: [StickTable]
    /// Variables of the process.
    package let variables: ProcessVariables
    /// Counts reloads, from 1 on.
    package let generation: Int
    private let byName: [String: Int]
    /// Why TLS of some line cannot be had; nil: all can.
    package let tlsProblem: String?

    /// `previous`: whose states to keep. A server keeps its state when its backend and its name stay; its weight,
    /// address and administrative settings follow the new file where the file changed them. `keepsBalance`: the proxies
    /// and servers are the same, and whose turn it is stays.
    package init(
        _ configuration: ServiceConfiguration, keeping previous: Snapshot?, workers: Int,
        now: Instant, keepsBalance: Bool = false
    ) {
        self.configuration = configuration
        generation = (previous?.generation ?? 0) + 1
        var proxies: [Proxy] = []
        var byName: [String: Int] = [:]
        var tlsProblem: String?
        proxies.reserveCapacity(configuration.proxies.count)
        for settings in configuration.proxies {
            let old = previous?.proxy(settings.name)
            let oldServers = Dictionary(
                zip(old?.settings.servers ?? [], old?.servers ?? []).map { ($0.name, ($0, $1)) },
                uniquingKeysWith: { first, _ in first })
            let servers = settings.servers.map { server in
                guard let (before, state) = oldServers[server.name] else {
                    return ServerState(
                        server, backend: settings.name, workers: workers, now: now)
                }
                state.adopt(server, before: before)
                return state
            }
            let state = old?.state ?? ProxyState(settings, workers: workers, now: now)
            if let old, old.settings.maxConnections != settings.maxConnections {
                state.setMaxConnections(settings.maxConnections ?? 0)
            }
            byName[settings.name] = byName[settings.name] ?? proxies.count
            let oldListeners = Dictionary(
                zip(old?.settings.binds ?? [], old?.listeners ?? []).map { ($0.id, $1) },
                uniquingKeysWith: { first, _ in first })
            let contexts = SnapshotContexts(settings, keeping: old)
            tlsProblem = tlsProblem ?? contexts.problem
            let balance = keepsBalance ? old?.balance : nil
            proxies.append(
                Proxy(
                    settings: settings, state: state, servers: servers,
                    balance: balance ?? BackendBalance(settings, servers),
                    listeners: settings.binds.map {
                        oldListeners[$0.id] ?? ListenerState(workers: workers)
                    },
                    bindContexts: contexts.binds,
                    serverContexts: contexts.servers, checkContexts: contexts.checks,
                    scriptContexts: contexts.scripts))
        }
        self.proxies = proxies
        self.tlsProblem = tlsProblem
        // A table whose definition changed begins empty.
        let known = Dictionary(
            (previous?.tables ?? []).map { ($0.settings.name, $0) },
            uniquingKeysWith: { first, _ in first })
        tables = configuration.stickTables.map { settings in
            if let old = known[settings.name], old.settings == settings { return old }
            return StickTable(settings, seed: .random(in: .min ... .max))
        }
        variables =
            keepsBalance
            ? previous?.variables ?? ProcessVariables(configuration, keeping: nil)
            : ProcessVariables(configuration, keeping: previous?.variables)
        for proxy in proxies where proxy.settings.isBackend {
            proxy.state.setFullConnections(Snapshot.fullConnections(proxy.settings, configuration))
        }
        self.byName = byName
    }

    /// `fullconn`, or a tenth of what the frontends that lead to the backend may bring (HAProxy manual, `fullconn`).
    private static func fullConnections(
        _ backend: ProxySettings, _ configuration: ServiceConfiguration
    ) -> Int {
        if let limit = backend.fullConnections { return limit }
        let most = configuration.process.maxConnections ?? 0
        let sum = configuration.proxies.reduce(0) { sum, proxy in
            guard proxy.isFrontend, let index = proxy.defaultBackend,
                configuration.proxies.indices.contains(index),
                configuration.proxies[index].name == backend.name
            else { return sum }
            return sum + (proxy.maxConnections ?? most)
        }
        return (sum + 9) / 10
    }

    package func proxy(_ name: String) -> Proxy? { byName[name].map { proxies[$0] } }

    /// The state of a server by its place; nil for a reference into another snapshot.
    package func server(_ reference: ServerReference) -> ServerState? {
        guard proxies.indices.contains(reference.proxy),
            proxies[reference.proxy].servers.indices.contains(reference.server)
        else { return nil }
        return proxies[reference.proxy].servers[reference.server]
    }

    package func proxyIndex(_ name: String) -> Int? { byName[name] }

    /// A server by the names that commands use; `#id` is understood for both.
    package func server(backend: String, server: String) -> (proxy: Int, server: Int)? {
        let index =
            backend.hasPrefix("#")
            ? proxies.firstIndex { "#\($0.settings.id)" == backend } : byName[backend]
        guard let index else { return nil }
        let found =
            server.hasPrefix("#")
            ? proxies[index].settings.servers.firstIndex { "#\($0.id)" == server }
            : proxies[index].settings.servers.firstIndex { $0.name == server }
        return found.map { (index, $0) }
    }
}

extension ServerState {
    /// Takes over what the new file says where it says something else than the old one.
    fileprivate func adopt(_ settings: ServerSettings, before: ServerSettings) {
        if settings.weight != before.weight { setWeight(settings.weight) }
        if settings.maxConnections != before.maxConnections {
            setMaxConnections(settings.maxConnections)
        }
        setMinConnections(settings.minConnections)
        // Where a name server has put it, it stays.
        let isPlaced = settings.resolution != nil && settings.hostName == before.hostName
        let isMoved = settings.address != before.address && !(isPlaced && address != nil)
        withMutable { mutable in
            if isMoved { mutable.address = settings.address }
            // What a command has switched off stays off.
            if (settings.check == nil) != (before.check == nil) {
                mutable.check.isEnabled = settings.check != nil
            }
            if (settings.agent == nil) != (before.agent == nil) {
                mutable.agent.isEnabled = settings.agent != nil
            }
        }
    }
}

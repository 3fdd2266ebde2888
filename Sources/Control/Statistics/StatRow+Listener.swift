internal import Configuration
internal import Core
package import Proxy

extension StatRow {
    /// The row of a `bind` line, with `option socket-stats`. `index`: in the proxy's settings.
    package static func listener(
        _ index: Int, of proxy: Snapshot.Proxy, facts: ProcessFacts, showsAddress: Bool
    ) -> StatRow {
        let bind = proxy.settings.binds[index]
        let state = proxy.listeners[index]
        let counters = state.counters
        func sum(_ counter: ListenerCounter) -> StatValue { .u64(counters.sum(counter.rawValue)) }
        var row = StatRow(
            .listener, proxy: proxy.settings.name, proxyID: proxy.settings.id,
            name: bind.name ?? "sock-\(bind.id)", id: bind.id)
        row[.mode] = .text(proxy.settings.mode.rawValue)
        row[.scur] = .count(state.active)
        row[.smax] = .count(state.maximum)
        row[.slim] = .count(bind.maxConnections ?? 0)
        row[.stot] = sum(.sessions)
        row[.bin] = sum(.bytesIn)
        row[.bout] = sum(.bytesOut)
        row[.dreq] = sum(.deniedRequests)
        row[.dresp] = sum(.deniedResponses)
        row[.ereq] = sum(.requestErrors)
        row[.status] = .text(status(bind, state, proxy.state, facts))
        row[.dcon] = sum(.deniedConnections)
        row[.dses] = sum(.deniedSessions)
        row[.wrew] = sum(.failedRewrites)
        row[.eint] = sum(.internalErrors)
        if showsAddress { row[.addr] = .text(bind.address.description) }
        return row
    }

    /// `FULL` by its own limit, `WAITING` by that of its frontend or of the process.
    private static func status(
        _ bind: BindSettings, _ state: ListenerState, _ frontend: ProxyState,
        _ facts: ProcessFacts
    ) -> String {
        if let limit = bind.maxConnections, limit > 0, state.active >= limit { return "FULL" }
        let limit = frontend.maxConnections
        let isWaiting =
            limit > 0 && frontend.frontendActive >= limit
            || facts.maxConnections > 0 && facts.currentConnections >= facts.maxConnections
        return isWaiting ? "WAITING" : "OPEN"
    }
}

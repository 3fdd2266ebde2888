internal import Configuration
package import Core
package import Proxy

extension StatRow {
    /// The FRONTEND row of a proxy.
    package static func frontend(_ proxy: Snapshot.Proxy, facts: ProcessFacts, now: Instant)
        -> StatRow
    {
        let settings = proxy.settings
        let state = proxy.state
        let counters = state.frontend
        func sum(_ counter: FrontendCounter) -> StatValue { .u64(counters.sum(counter.rawValue)) }
        var row = StatRow(
            .frontend, proxy: settings.name, proxyID: settings.id, name: "FRONTEND", id: 0)
        row[.mode] = .text(settings.mode.rawValue)
        row[.scur] = .count(state.frontendActive)
        row[.smax] = .count(state.frontendMaximum)
        row[.slim] = .count(state.maxConnections > 0 ? state.maxConnections : facts.maxConnections)
        row[.stot] = sum(.sessions)
        row[.bin] = sum(.bytesIn)
        row[.bout] = sum(.bytesOut)
        row[.dreq] = sum(.deniedRequests)
        row[.dresp] = sum(.deniedResponses)
        row[.ereq] = sum(.requestErrors)
        row[.status] = .text(state.isShutDown ? "STOP" : state.isStopped ? "PAUSED" : "OPEN")
        row[.rate] = .count(state.frontendRate.rate(now: now))
        row[.rate_lim] = .count(settings.sessionRateLimit ?? 0)
        row[.rate_max] = .count(state.frontendRate.maximum)
        row[.req_rate] = .count(state.requestRate.rate(now: now))
        row[.req_rate_max] = .count(state.requestRate.maximum)
        row[.req_tot] = sum(.requests)
        row[.conn_rate] = .count(state.connectionRate.rate(now: now))
        row[.conn_rate_max] = .count(state.connectionRate.maximum)
        row[.conn_tot] = sum(.connections)
        row[.dcon] = sum(.deniedConnections)
        row[.dses] = sum(.deniedSessions)
        row[.wrew] = sum(.failedRewrites)
        row[.eint] = sum(.internalErrors)
        row.setCompression()
        if settings.mode == .http {
            row.setResponses {
                switch $0 {
                case .hrsp_1xx: sum(.response1xx)
                case .hrsp_2xx: sum(.response2xx)
                case .hrsp_3xx: sum(.response3xx)
                case .hrsp_4xx: sum(.response4xx)
                case .hrsp_5xx: sum(.response5xx)
                default: sum(.responseOther)
                }
            }
            row[.intercepted] = sum(.intercepted)
            row.setCache()
        }
        return row
    }

    /// The six classes of answers.
    mutating func setResponses(_ value: (StatColumn) -> StatValue) {
        for column in [
            StatColumn.hrsp_1xx, .hrsp_2xx, .hrsp_3xx, .hrsp_4xx, .hrsp_5xx, .hrsp_other,
        ] {
            self[column] = value(column)
        }
    }

    /// There is no compression: HAProxy prints 0 then.
    mutating func setCompression() {
        for column in [StatColumn.comp_in, .comp_out, .comp_byp, .comp_rsp] {
            self[column] = .u64(0)
        }
    }

    /// There is no cache: HAProxy prints 0 then.
    mutating func setCache() {
        self[.cache_lookups] = .u64(0)
        self[.cache_hits] = .u64(0)
    }
}

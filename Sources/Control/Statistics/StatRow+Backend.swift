internal import Configuration
package import Core
package import Proxy

extension StatRow {
    /// The BACKEND row of a proxy. `countsServers`: the status says how many servers are up, as
    /// HAProxy does where rows are hidden.
    package static func backend(
        _ proxy: Snapshot.Proxy, in snapshot: Snapshot, facts: ProcessFacts, showsAddress: Bool,
        countsServers: Bool, now: Instant
    ) -> StatRow {
        let settings = proxy.settings
        let state = proxy.state
        func sum(_ counter: BackendCounter) -> StatValue {
            .u64(state.backend.sum(counter.rawValue))
        }
        let usable = BackendUse(proxy)
        var row = StatRow(
            .backend, proxy: settings.name, proxyID: settings.id, name: "BACKEND", id: 0)
        row[.mode] = .text(settings.mode.rawValue)
        row[.qcur] = .count(state.queued)
        row[.qmax] = .count(state.queuedMaximum)
        row[.scur] = .count(state.backendActive)
        row[.smax] = .count(state.backendMaximum)
        row[.slim] = .count(snapshot.fullConnections(of: settings, facts: facts))
        row[.stot] = sum(.sessions)
        row[.bin] = sum(.bytesIn)
        row[.bout] = sum(.bytesOut)
        row[.dreq] = sum(.deniedRequests)
        row[.dresp] = sum(.deniedResponses)
        row[.econ] = sum(.connectErrors)
        row[.eresp] = sum(.responseErrors)
        row[.wretr] = sum(.retries)
        row[.wredis] = sum(.redispatches)
        var status = usable.isUp ? "UP" : "DOWN"
        if countsServers { status += " (\(usable.running)/\(proxy.servers.count))" }
        row[.status] = .text(status)
        row[.weight] = .count(usable.weight)
        row[.uweight] = .count(usable.userWeight)
        row[.act] = .count(usable.active)
        row[.bck] = .count(usable.backup)
        row[.chkdown] = .u64(UInt64(clamping: state.downs))
        row[.lastchg] = .seconds(now - state.lastChange)
        if !proxy.servers.isEmpty {
            row[.downtime] = .seconds(usable.isUp ? .zero : now - state.lastChange)
        }
        row[.lbtot] = sum(.balanced)
        row[.rate] = .count(state.backendRate.rate(now: now))
        row[.rate_max] = .count(state.backendRate.maximum)
        row[.cli_abrt] = sum(.clientAborts)
        row[.srv_abrt] = sum(.serverAborts)
        row[.lastsess] = .s32(state.lastSession.map { age(since: $0, now) } ?? -1)
        row[.wrew] = sum(.failedRewrites)
        row[.connect] = sum(.connects)
        row[.reuse] = sum(.reuses)
        row[.eint] = sum(.internalErrors)
        for column in [StatColumn.agg_server_status, .agg_server_check_status, .agg_check_status] {
            row[column] = .u32(0)
        }
        row.setCompression()
        row.setTimes(
            state.backend,
            sums: [
                BackendCounter.queueTime.rawValue, BackendCounter.connectTime.rawValue,
                BackendCounter.responseTime.rawValue, BackendCounter.totalTime.rawValue,
            ], timed: BackendCounter.timed.rawValue,
            maxima: [
                BackendCounter.queueTimeMaximum.rawValue,
                BackendCounter.connectTimeMaximum.rawValue,
                BackendCounter.responseTimeMaximum.rawValue,
                BackendCounter.totalTimeMaximum.rawValue,
            ])
        if settings.mode == .http {
            row[.req_tot] = sum(.requests)
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
            row.setCache()
        }
        if showsAddress {
            if let cookie = settings.cookie { row[.cookie] = .text(cookie.name) }
            row[.algo] = .text(settings.balance.name)
        }
        return row
    }
}

/// What the servers of a backend can do together.
struct BackendUse {
    /// Servers that may be given streams.
    private(set) var active = 0
    private(set) var backup = 0
    /// Servers that are not down.
    private(set) var running = 0
    /// Weights of the servers that count: the active ones, else the backups in use.
    private(set) var weight = 0
    private(set) var userWeight = 0
    private let hasServers: Bool

    init(_ proxy: Snapshot.Proxy) {
        hasServers = !proxy.servers.isEmpty
        var backupWeights: [(Int, Int)] = []
        for (settings, state) in zip(proxy.settings.servers, proxy.servers) {
            let isPaused = !state.administration.isDisjoint(with: .maintenance)
            if state.operation != .stopped && !isPaused { running += 1 }
            guard state.isUsable else { continue }
            if settings.isBackup {
                backup += 1
                backupWeights.append((state.effectiveWeight, state.weight))
            } else {
                active += 1
                weight += state.effectiveWeight
                userWeight += state.weight
            }
        }
        guard active == 0 else { return }
        // Without `allbackups` only the first usable backup gets streams.
        for (effective, user) in backupWeights.prefix(
            proxy.settings.allBackups ? backupWeights.count : 1)
        {
            weight += effective
            userWeight += user
        }
    }

    /// A backend without servers is UP, as in HAProxy.
    var isUp: Bool { !hasServers || weight > 0 }
}

extension Snapshot {
    /// `fullconn`, or what HAProxy takes instead: a tenth of what the frontends that lead here
    /// accept.
    func fullConnections(of settings: ProxySettings, facts: ProcessFacts) -> Int {
        if let own = settings.fullConnections { return own }
        var sum = 0
        for proxy in proxies where proxy.settings.isFrontend {
            let index = proxy.settings.defaultBackend
            let target =
                index.flatMap { proxies.indices.contains($0) ? proxies[$0].settings.name : nil }
                ?? (proxy.settings.isBackend ? proxy.settings.name : nil)
            if target == settings.name {
                let limit = proxy.settings.maxConnections ?? facts.maxConnections
                sum += min(limit, Int(Int32.max))
            }
        }
        return max(1, (sum + 9) / 10)
    }
}

internal import Configuration
package import Core
package import Proxy

extension StatRow {
    /// The row of a server. `showsAddress`: as on the socket; the page has it only with
    /// `show-legends`.
    package static func server(
        _ index: Int, of proxy: Snapshot.Proxy, in snapshot: Snapshot, showsAddress: Bool,
        now: Instant
    ) -> StatRow {
        let settings = proxy.settings.servers[index]
        let state = proxy.servers[index]
        let details = state.withMutable { $0 }
        let isHTTP = proxy.settings.mode == .http
        func sum(_ counter: ServerCounter) -> StatValue {
            .u64(state.counters.sum(counter.rawValue))
        }
        var row = StatRow(
            .server, proxy: proxy.settings.name, proxyID: proxy.settings.id, name: settings.name,
            id: settings.id)
        row[.mode] = .text(proxy.settings.mode.rawValue)
        row[.qcur] = .count(state.queued)
        row[.qmax] = .count(state.queuedMaximum)
        row[.scur] = .count(state.active)
        row[.smax] = .count(state.activeMaximum)
        if state.maxConnections > 0 { row[.slim] = .count(state.maxConnections) }
        if settings.maxQueue > 0 { row[.qlimit] = .count(settings.maxQueue) }
        row[.stot] = sum(.sessions)
        row[.bin] = sum(.bytesIn)
        row[.bout] = sum(.bytesOut)
        row[.dresp] = sum(.deniedResponses)
        row[.econ] = sum(.connectErrors)
        row[.eresp] = sum(.responseErrors)
        row[.wretr] = sum(.retries)
        row[.wredis] = sum(.redispatches)
        row[.weight] = .count(state.effectiveWeight)
        row[.uweight] = .count(state.weight)
        row[.act] = .u32(settings.isBackup ? 0 : 1)
        row[.bck] = .u32(settings.isBackup ? 1 : 0)
        row[.lastchg] = .seconds(now - details.lastChange)
        row[.lbtot] = sum(.balanced)
        row[.rate] = .count(state.sessionRate.rate(now: now))
        row[.rate_max] = .count(state.sessionRate.maximum)
        row[.lastsess] = .s32(state.lastSession.map { age(since: $0, now) } ?? -1)
        row[.cli_abrt] = sum(.clientAborts)
        row[.srv_abrt] = sum(.serverAborts)
        row[.wrew] = sum(.failedRewrites)
        row[.connect] = sum(.connects)
        row[.reuse] = sum(.reuses)
        row[.eint] = sum(.internalErrors)
        row[.srv_icur] = .count(state.idleConnections)
        if settings.poolMaxConnections >= 0 { row[.src_ilim] = .count(settings.poolMaxConnections) }
        row[.idle_conn_cur] = .count(state.idleConnections)
        row[.safe_conn_cur] = .u32(0)
        row[.used_conn_cur] = .count(state.active)
        row[.need_conn_est] = .u32(0)
        row.setTimes(
            state.counters,
            sums: [
                ServerCounter.queueTime.rawValue, ServerCounter.connectTime.rawValue,
                ServerCounter.responseTime.rawValue, ServerCounter.totalTime.rawValue,
            ], timed: ServerCounter.timed.rawValue,
            maxima: [
                ServerCounter.queueTimeMaximum.rawValue, ServerCounter.connectTimeMaximum.rawValue,
                ServerCounter.responseTimeMaximum.rawValue, ServerCounter.totalTimeMaximum.rawValue,
            ])
        if isHTTP {
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
        }
        row.setStatus(settings, state, details, in: snapshot, now: now)
        if showsAddress {
            if let address = details.address { row[.addr] = .text(address.description) }
            if let cookie = settings.cookie { row[.cookie] = .text(cookie) }
        }
        return row
    }

    private mutating func setStatus(
        _ settings: ServerSettings, _ state: ServerState, _ details: ServerState.Mutable,
        in snapshot: Snapshot, now: Instant
    ) {
        let tracked = settings.tracks.flatMap { snapshot.server($0) }
        let trackedName = tracked.map { "\($0.backend)/\($0.name)" }
        self[.status] = .text(
            ServerStatus.text(
                state, tracked: tracked, trackedName: trackedName,
                hasChecks: details.check.isEnabled))
        if let trackedName { self[.tracked] = .text(trackedName) }
        let inMaintenance = !state.administration.isDisjoint(with: .maintenance)
        if details.check.isEnabled {
            self[.chkfail] = .count(details.failedChecks).widened
            self[.chkdown] = .count(details.downs).widened
            let down = state.operation == .stopped ? now - details.lastChange : .zero
            self[.downtime] = .seconds(details.downtime + down)
        }
        if details.check.isEnabled && !inMaintenance {
            let check = details.check
            self[.check_status] = .text((check.isRunning ? "* " : "") + check.status)
            // While the next check runs, HAProxy has forgotten the code and the text of the last one.
            if ServerStatus.hasCode(check.status) && check.code >= 0 {
                self[.check_code] = .count(check.isRunning ? 0 : check.code)
            }
            if ServerStatus.number(ofCheckStatus: check.status) > 1 {
                self[.check_duration] = .u64(UInt64(clamping: check.duration.milliseconds))
            }
            self[.last_chk] = .text(check.isRunning ? "" : check.text)
            self[.check_desc] = .text(ServerStatus.sentence(ofCheckStatus: check.status))
            self[.check_rise] = .count(check.rise)
            self[.check_fall] = .count(check.fall)
            self[.check_health] = .count(check.health)
        }
        // Unlike checks, agents are asked in maintenance too.
        if details.agent.isEnabled {
            let agent = details.agent
            self[.agent_status] = .text((agent.isRunning ? "* " : "") + agent.status)
            if ServerStatus.hasCode(agent.status) && agent.code >= 0 {
                self[.agent_code] = .count(agent.code)
            }
            self[.agent_duration] = .u64(UInt64(clamping: agent.duration.milliseconds))
            self[.last_agt] = .text(agent.text)
            self[.agent_desc] = .text(ServerStatus.sentence(ofCheckStatus: agent.status))
            self[.agent_rise] = .count(agent.rise)
            self[.agent_fall] = .count(agent.fall)
            self[.agent_health] = .count(agent.health)
        }
        if settings.observe != nil { self[.hanafail] = .u64(UInt64(details.observedFailures)) }
        if let ends = details.slowStartEnds, let slowStart = settings.slowStart, ends > now {
            let left = (ends - now).milliseconds
            let whole = max(1, slowStart.milliseconds)
            self[.throttle] = .count(Int(clamping: max(1, 100 - left * 100 / whole)))
        }
    }

    /// Averages over what was timed, and maxima, in milliseconds; the arrays go queue, connect,
    /// response, total.
    mutating func setTimes(_ table: CounterTable, sums: [Int], timed: Int, maxima: [Int]) {
        let count = max(1, table.sum(timed))
        for (column, counter) in zip([StatColumn.qtime, .ctime, .rtime, .ttime], sums) {
            self[column] = .u32(UInt32(clamping: table.sum(counter) / count))
        }
        for (column, counter) in zip(
            [StatColumn.qtime_max, .ctime_max, .rtime_max, .ttime_max], maxima)
        {
            self[column] = .u32(UInt32(clamping: table.maximum(counter)))
        }
    }

    static func age(since time: Instant, _ now: Instant) -> Int32 {
        Int32(clamping: max(0, (now - time).components.seconds))
    }
}

extension StatValue {
    /// The same number as `u64`, for counters.
    var widened: StatValue {
        if case .u32(let number) = self { .u64(UInt64(number)) } else { self }
    }
}

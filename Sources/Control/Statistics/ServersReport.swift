internal import Configuration
internal import Core
internal import Proxy

/// `show servers state` and `show servers conn`: one line a server, of one backend or of all.
final class ServersReport: ReplySource {
    enum Kind { case state, connections }

    private let kind: Kind
    private let snapshot: Snapshot
    private let backend: Int?
    private let now: Instant
    private let workers: Int
    private var cursor = StatCursor()
    private var hasBegun = false

    /// `backend`: index of the only one to show.
    init(_ kind: Kind, _ snapshot: Snapshot, backend: Int?, workers: Int, now: Instant) {
        self.kind = kind
        self.snapshot = snapshot
        self.backend = backend
        self.now = now
        self.workers = workers
    }

    func appendPiece(to output: inout [UInt8]) -> Bool {
        let end = output.count + RuntimeLimits.pieceBytes
        if !hasBegun {
            hasBegun = true
            output.write(
                kind == .state
                    ? ServersReport.stateHeader
                    : ServersReport.connectionsHeader(workers: workers))
        }
        while output.count < end {
            guard let place = cursor.next(in: snapshot) else { return false }
            if let backend, backend != place.proxy {
                cursor.skipProxy()
                continue
            }
            guard case .server(let index) = place.part else { continue }
            let proxy = snapshot.proxies[place.proxy]
            if proxy.settings.isDisabled { continue }
            output.write(
                line: kind == .state ? state(index, of: proxy) : connections(index, of: proxy))
        }
        return true
    }

    static let stateHeader = """
        1
        # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight \
        srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state \
        srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port \
        srv_check_addr srv_agent_addr srv_agent_port

        """

    static func connectionsHeader(workers: Int) -> String {
        "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb "
            + "idle_lim idle_cur idle_per_thr[\(workers)]\n"
    }

    private func state(_ index: Int, of proxy: Snapshot.Proxy) -> String {
        let settings = proxy.settings.servers[index]
        let state = proxy.servers[index]
        let details = state.withMutable { $0 }
        let check = details.check
        let agent = details.agent
        let isPaused = !state.administration.isDisjoint(with: .maintenance)
        // `disabled` in the file counts as an operator's word too, and its bit stays when the operator
        // takes the word back.
        var administration = state.administration
        if administration.contains(.configuredMaintenance) {
            administration.insert(.forcedMaintenance)
        }
        if settings.startsDisabled { administration.insert(.configuredMaintenance) }
        var checkState = 0
        if settings.check != nil { checkState |= 2 }
        if check.isEnabled { checkState |= 4 }
        if check.isRunning { checkState |= 1 }
        if isPaused && (settings.check != nil || settings.startsDisabled) { checkState |= 8 }
        var agentState = 0
        if settings.agent != nil { agentState |= 16 | 2 }
        if agent.isEnabled { agentState |= 4 }
        if agent.isRunning { agentState |= 1 }
        // An agent or the tracked server has taken it down, not its own health.
        let hasOtherJudge = agent.isEnabled && agent.health == 0 || settings.tracks != nil
        let checkResult =
            check.isRunning ? 0 : ServerStatus.result(ofCheckStatus: check.status)
        let checkHealth =
            settings.check == nil
            ? (isPaused || state.operation == .stopped && !hasOtherJudge ? 0 : settings.rise)
            : check.health
        let fields: [String] = [
            "\(proxy.settings.id)", proxy.settings.name, "\(settings.id)", settings.name,
            details.address?.ip.map { "\($0)" } ?? "-",
            "\(isPaused ? 0 : state.operation.rawValue)", "\(administration.rawValue)",
            "\(state.weight)",
            "\(settings.weight)", "\(max(0, (now - details.lastChange).components.seconds))",
            "\(settings.check == nil ? 1 : ServerStatus.number(ofCheckStatus: check.status))",
            "\(settings.check == nil ? 0 : checkResult)", "\(checkHealth)", "\(checkState)",
            "\(agentState)", "0", "0", settings.hostName ?? "-", "\(details.address?.port ?? 0)",
            "-", "0",
            "\(details.overrides.checkPort ?? settings.check?.port ?? 0)",
            (details.overrides.checkAddress ?? settings.check?.address).map { "\($0)" } ?? "-",
            (details.overrides.agentAddress ?? settings.agent?.address).map { "\($0)" } ?? "-",
            "\(details.overrides.agentPort ?? settings.agent?.port ?? 0)",
        ]
        return fields.joined(separator: " ")
    }

    private func connections(_ index: Int, of proxy: Snapshot.Proxy) -> String {
        let settings = proxy.settings.servers[index]
        let state = proxy.servers[index]
        let address = state.address
        let fields: [String] = [
            "\(proxy.settings.name)/\(settings.name)", "\(proxy.settings.id)/\(settings.id)",
            address?.ip.map { "\($0)" } ?? "-", "\(address?.port ?? 0)", "-",
            "\(settings.poolPurgeDelay.milliseconds)", "\(state.active)", "\(state.activeMaximum)",
            "\(state.neededConnections)", "\(state.idleConnections)", "0",
            "\(settings.poolMaxConnections)", "\(state.idleConnections)",
        ]
        return (fields + state.idleByWorker.map { "\($0)" }).joined(separator: " ")
    }
}

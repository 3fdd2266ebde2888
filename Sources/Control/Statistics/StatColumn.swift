/// The columns of `show stat`, in HAProxy 2.6's order; the raw value is the position that tools
/// count.
package enum StatColumn: Int, CaseIterable, Sendable {
    case pxname, svname, qcur, qmax, scur, smax, slim, stot, bin, bout, dreq, dresp, ereq, econ,
        eresp
    case wretr, wredis, status, weight, act, bck, chkfail, chkdown, lastchg, downtime, qlimit, pid,
        iid
    case sid, throttle, lbtot, tracked, type, rate, rate_lim, rate_max, check_status, check_code
    case check_duration, hrsp_1xx, hrsp_2xx, hrsp_3xx, hrsp_4xx, hrsp_5xx, hrsp_other, hanafail,
        req_rate
    case req_rate_max, req_tot, cli_abrt, srv_abrt, comp_in, comp_out, comp_byp, comp_rsp, lastsess
    case last_chk, last_agt, qtime, ctime, rtime, ttime, agent_status, agent_code, agent_duration
    case check_desc, agent_desc, check_rise, check_fall, check_health, agent_rise, agent_fall
    case agent_health, addr, cookie, mode, algo, conn_rate, conn_rate_max, conn_tot, intercepted,
        dcon
    case dses, wrew, connect, reuse, cache_lookups, cache_hits, srv_icur, src_ilim, qtime_max,
        ctime_max
    case rtime_max, ttime_max, eint, idle_conn_cur, safe_conn_cur, used_conn_cur, need_conn_est,
        uweight
    case agg_server_status, agg_server_check_status, agg_check_status

    /// The name that tools read.
    package var name: String { StatColumn.names[rawValue] }

    private static let names = allCases.map { "\($0)" }

    /// Origin, nature and scope of the value, as `typed` and `json` give them.
    var tags: FieldTags { StatColumn.tagTable[rawValue] }

    private static let tagTable = allCases.map { FieldTags($0.tagText) }

    private var tagText: String {
        switch self {
        case .pxname, .svname: "KNS"
        case .pid: "KGP"
        case .iid, .sid: "KGS"
        case .type, .mode, .algo, .addr, .qlimit: "CGS"
        case .check_rise, .check_fall, .check_health, .agent_rise, .agent_fall, .agent_health: "CGS"
        case .slim, .rate_lim, .src_ilim: "CLP"
        case .cookie, .tracked: "CNS"
        case .status, .act, .bck: "SGP"
        case .weight, .uweight, .throttle, .qtime, .ctime, .rtime, .ttime: "MaP"
        case .lastchg, .lastsess: "MAP"
        case .check_status, .check_code, .check_desc, .last_chk: "MOP"
        case .agent_status, .agent_code, .agent_desc, .last_agt: "MOP"
        case .check_duration, .agent_duration: "MDP"
        case .rate, .req_rate, .conn_rate: "MRP"
        case .qmax, .smax, .rate_max, .req_rate_max, .conn_rate_max: "MMP"
        case .qtime_max, .ctime_max, .rtime_max, .ttime_max: "MMP"
        case .qcur, .scur, .srv_icur, .idle_conn_cur, .safe_conn_cur, .used_conn_cur: "MGP"
        case .need_conn_est, .agg_server_status, .agg_server_check_status, .agg_check_status: "MGP"
        default: "MCP"
        }
    }
}

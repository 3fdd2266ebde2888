/// What a stick table keeps for a key (HAProxy manual, section 11.1), in the order in which `show table` tells it.
public enum StickData: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case serverID, gpt0, gpc0, gpc0Rate, connections, connectionRate, openConnections
    case sessions, sessionRate, requests, requestRate, errors, errorRate
    case bytesIn, bytesInRate, bytesOut, bytesOutRate, gpc1, gpc1Rate, serverKey
    case failures, failureRate, gpt, gpc, gpcRate

    /// HAProxy's word.
    public var name: String {
        switch self {
        case .serverID: "server_id"
        case .gpt0: "gpt0"
        case .gpc0: "gpc0"
        case .gpc0Rate: "gpc0_rate"
        case .connections: "conn_cnt"
        case .connectionRate: "conn_rate"
        case .openConnections: "conn_cur"
        case .sessions: "sess_cnt"
        case .sessionRate: "sess_rate"
        case .requests: "http_req_cnt"
        case .requestRate: "http_req_rate"
        case .errors: "http_err_cnt"
        case .errorRate: "http_err_rate"
        case .bytesIn: "bytes_in_cnt"
        case .bytesInRate: "bytes_in_rate"
        case .bytesOut: "bytes_out_cnt"
        case .bytesOutRate: "bytes_out_rate"
        case .gpc1: "gpc1"
        case .gpc1Rate: "gpc1_rate"
        case .serverKey: "server_key"
        case .failures: "http_fail_cnt"
        case .failureRate: "http_fail_rate"
        case .gpt: "gpt"
        case .gpc: "gpc"
        case .gpcRate: "gpc_rate"
        }
    }

    /// Events in a sliding period.
    public var isRate: Bool {
        switch self {
        case .gpc0Rate, .connectionRate, .sessionRate, .requestRate, .errorRate, .bytesInRate,
            .bytesOutRate, .gpc1Rate, .failureRate, .gpcRate:
            true
        default: false
        }
    }

    /// Several, told apart by a number.
    public var isArray: Bool { self == .gpt || self == .gpc || self == .gpcRate }

    /// Words that one of them takes: a rate is a start and two counts.
    var words: Int { isRate ? 2 : 1 }
}

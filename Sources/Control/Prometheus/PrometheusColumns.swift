/// The metrics of frontends, backends and servers: HAProxy 2.6's names and types, in its order.
enum PrometheusColumns {
    static func of(_ kind: StatRow.Kind) -> [PrometheusColumn] {
        all.filter { $0.kinds.contains(kind) }
    }

    /// Which rows have a column.
    private struct Owners {
        let kinds: [StatRow.Kind]
        static let every = Owners(kinds: [.frontend, .listener, .backend, .server])
        static let all = Owners(kinds: [.frontend, .backend, .server])
        static let proxies = Owners(kinds: [.frontend, .backend])
        static let refusing = Owners(kinds: [.frontend, .listener, .backend])
        static let incoming = Owners(kinds: [.frontend, .listener])
        static let behind = Owners(kinds: [.backend, .server])
        static let front = Owners(kinds: [.frontend])
        static let back = Owners(kinds: [.backend])
        static let single = Owners(kinds: [.server])
    }

    private static func gauge(
        _ column: StatColumn, _ name: String, _ owners: Owners, _ help: String,
        as form: PrometheusMetric.Form = .number
    ) -> PrometheusColumn {
        PrometheusColumn(
            column: column, metric: PrometheusMetric(name, .gauge, help, as: form),
            kinds: owners.kinds)
    }

    private static func counter(
        _ column: StatColumn, _ name: String, _ owners: Owners, _ help: String,
        as form: PrometheusMetric.Form = .number
    ) -> PrometheusColumn {
        PrometheusColumn(
            column: column, metric: PrometheusMetric(name, .counter, help, as: form),
            kinds: owners.kinds)
    }

    private static let all: [PrometheusColumn] = [
        gauge(.qcur, "current_queue", .behind, "Streams that wait for a place"),
        gauge(.qmax, "max_queue", .behind, "Most streams that waited at once"),
        gauge(.scur, "current_sessions", .every, "Sessions now"),
        gauge(.smax, "max_sessions", .every, "Most sessions at once"),
        gauge(.slim, "limit_sessions", .every, "Limit of sessions: maxconn, for backends fullconn"),
        counter(.stot, "sessions_total", .every, "Sessions since the start"),
        counter(.bin, "bytes_in_total", .every, "Bytes of requests since the start"),
        counter(.bout, "bytes_out_total", .every, "Bytes of responses since the start"),
        counter(.dreq, "requests_denied_total", .refusing, "Requests that rules refused"),
        counter(.dresp, "responses_denied_total", .every, "Responses that rules refused"),
        counter(
            .ereq, "request_errors_total", .incoming,
            "Requests that were invalid or never complete"),
        counter(.econ, "connection_errors_total", .behind, "Connections to servers that failed"),
        counter(
            .eresp, "response_errors_total", .behind,
            "Responses that were invalid or never complete"),
        counter(.wretr, "retry_warnings_total", .behind, "Connections that were tried again"),
        counter(
            .wredis, "redispatch_warnings_total", .behind,
            "Requests that were given to another server"),
        gauge(
            .status, "status", .every,
            "State, one series for each that is possible", as: .status),
        gauge(
            .weight, "weight", .behind,
            "Weight in force; for backends the sum over usable servers"),
        gauge(.act, "active_servers", .back, "Usable servers that are no backups"),
        gauge(.bck, "backup_servers", .back, "Usable backup servers"),
        counter(.chkfail, "check_failures_total", .single, "Checks that failed"),
        counter(.chkdown, "check_up_down_total", .behind, "Changes from up to down"),
        gauge(.lastchg, "check_last_change_seconds", .behind, "Seconds since the state changed"),
        counter(.downtime, "downtime_seconds_total", .behind, "Seconds spent down"),
        gauge(.qlimit, "queue_limit", .single, "Limit of the queue (maxqueue)"),
        gauge(
            .throttle, "current_throttle", .single,
            "Share of the weight that slowstart allows, in percent"),
        counter(.lbtot, "loadbalanced_total", .behind, "Requests that the algorithm placed"),
        gauge(.rate_lim, "limit_session_rate", .front, "Limit of sessions a second"),
        gauge(.rate_max, "max_session_rate", .all, "Most sessions in a second"),
        gauge(
            .check_status, "check_status", .single,
            "Result of the last check, one series for each that is possible", as: .checkStatus),
        gauge(.check_code, "check_code", .single, "Code of layers 5 to 7 of the last check"),
        gauge(
            .check_duration, "check_duration_seconds", .single,
            "Seconds that the last check took", as: .milliseconds),
        counter(
            .hrsp_1xx, "http_responses_total", .all,
            "Responses by class of status code", as: .responses),
        gauge(.req_rate_max, "http_requests_rate_max", .front, "Most requests in a second"),
        counter(.req_tot, "http_requests_total", .proxies, "Requests since the start"),
        counter(.cli_abrt, "client_aborts_total", .behind, "Transfers that the client gave up"),
        counter(.srv_abrt, "server_aborts_total", .behind, "Transfers that the server gave up"),
        counter(.comp_in, "http_comp_bytes_in_total", .proxies, "Bytes given to compression"),
        counter(.comp_out, "http_comp_bytes_out_total", .proxies, "Bytes that compression gave"),
        counter(
            .comp_byp, "http_comp_bytes_bypassed_total", .proxies,
            "Bytes that were not compressed for lack of a resource"),
        counter(.comp_rsp, "http_comp_responses_total", .proxies, "Responses that were compressed"),
        gauge(.conn_rate_max, "connections_rate_max", .front, "Most connections in a second"),
        counter(.conn_tot, "connections_total", .front, "Connections since the start"),
        counter(
            .intercepted, "intercepted_requests_total", .front,
            "Requests that the proxy answered itself"),
        counter(.dcon, "denied_connections_total", .incoming, "Connections that rules refused"),
        counter(.dses, "denied_sessions_total", .incoming, "Sessions that rules refused"),
        gauge(
            .lastsess, "last_session_seconds", .behind,
            "Seconds since the last session; -1: there was none"),
        gauge(
            .qtime, "queue_time_average_seconds", .behind,
            "Average time in the queue", as: .milliseconds),
        gauge(
            .ctime, "connect_time_average_seconds", .behind,
            "Average time to connect", as: .milliseconds),
        gauge(
            .rtime, "response_time_average_seconds", .behind,
            "Average time to the response", as: .milliseconds),
        gauge(
            .ttime, "total_time_average_seconds", .behind,
            "Average time of a session", as: .milliseconds),
        counter(
            .wrew, "failed_header_rewriting_total", .every,
            "Changes of header fields that did not fit"),
        counter(
            .connect, "connection_attempts_total", .behind,
            "Connections to servers that were tried"),
        counter(
            .reuse, "connection_reuses_total", .behind,
            "Requests on a connection that was there"),
        counter(
            .cache_lookups, "http_cache_lookups_total", .proxies,
            "Requests that the cache was asked for"),
        counter(.cache_hits, "http_cache_hits_total", .proxies, "Requests that the cache answered"),
        gauge(.srv_icur, "idle_connections_current", .single, "Idle connections"),
        gauge(
            .src_ilim, "idle_connections_limit", .single,
            "Limit of idle connections (pool-max-conn)"),
        gauge(
            .qtime_max, "max_queue_time_seconds", .behind,
            "Longest time in the queue", as: .milliseconds),
        gauge(
            .ctime_max, "max_connect_time_seconds", .behind,
            "Longest time to connect", as: .milliseconds),
        gauge(
            .rtime_max, "max_response_time_seconds", .behind,
            "Longest time to the response", as: .milliseconds),
        gauge(
            .ttime_max, "max_total_time_seconds", .behind,
            "Longest time of a session", as: .milliseconds),
        counter(.eint, "internal_errors_total", .every, "Errors inside the proxy"),
        gauge(
            .idle_conn_cur, "unsafe_idle_connections_current", .single,
            "Idle connections for further requests of the same client"),
        gauge(
            .safe_conn_cur, "safe_idle_connections_current", .single,
            "Idle connections for anybody's requests"),
        gauge(.used_conn_cur, "used_connections_current", .single, "Connections in use"),
        gauge(
            .need_conn_est, "need_connections_current", .single,
            "Connections that are probably needed"),
        gauge(
            .uweight, "uweight", .behind,
            "Weight that was set; for backends the sum over usable servers"),
        gauge(
            .agg_server_status, "agg_server_status", .back,
            "Servers by state", as: .serverStates),
        gauge(
            .agg_server_check_status, "agg_server_check_status", .back,
            "Servers by state (older name)", as: .serverStates),
        gauge(
            .agg_check_status, "agg_check_status", .back,
            "Servers by result of the last check", as: .serverCheckStates),
    ]
}

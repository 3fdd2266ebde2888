/// The metrics of the process: HAProxy 2.6's names and types, in its order, each with the field of `show info` that it
/// comes from.
enum PrometheusProcess {
    static let all: [(field: String, metric: PrometheusMetric)] = [
        ("Nbthread", .init("nbthread", .gauge, "Workers")),
        ("Nbproc", .init("nbproc", .gauge, "Worker processes, always 1")),
        ("Process_num", .init("relative_process_id", .gauge, "Number of this process, always 1")),
        ("Uptime_sec", .init("uptime_seconds", .gauge, "Seconds since the start")),
        ("PoolFailed", .init("pool_failures_total", .counter, "Buffers that could not be had")),
        ("Ulimit-n", .init("max_fds", .gauge, "Limit of open descriptors")),
        ("Maxsock", .init("max_sockets", .gauge, "Limit of open sockets")),
        ("Maxconn", .init("max_connections", .gauge, "Limit of client connections")),
        (
            "Hard_maxconn",
            .init(
                "hard_max_connections", .gauge, "Limit of client connections that descriptors allow"
            )
        ),
        ("CurrConns", .init("current_connections", .gauge, "Client connections now")),
        ("CumConns", .init("connections_total", .counter, "Client connections since the start")),
        ("CumReq", .init("requests_total", .counter, "Requests since the start")),
        ("MaxSslConns", .init("max_ssl_connections", .gauge, "Limit of TLS connections, 0: none")),
        ("CurrSslConns", .init("current_ssl_connections", .gauge, "TLS connections now")),
        (
            "CumSslConns",
            .init("ssl_connections_total", .counter, "TLS connections since the start")
        ),
        ("Maxpipes", .init("max_pipes", .gauge, "Limit of splice pipes, 0: none")),
        ("PipesUsed", .init("pipes_used_total", .counter, "Splice pipes in use")),
        ("PipesFree", .init("pipes_free_total", .counter, "Splice pipes kept")),
        (
            "ConnRate",
            .init("current_connection_rate", .gauge, "Client connections in the last second")
        ),
        (
            "ConnRateLimit",
            .init("limit_connection_rate", .gauge, "Limit of client connections a second")
        ),
        (
            "MaxConnRate",
            .init("max_connection_rate", .gauge, "Most client connections in a second")
        ),
        ("SessRate", .init("current_session_rate", .gauge, "Sessions in the last second")),
        ("SessRateLimit", .init("limit_session_rate", .gauge, "Limit of sessions a second")),
        ("MaxSessRate", .init("max_session_rate", .gauge, "Most sessions in a second")),
        ("SslRate", .init("current_ssl_rate", .gauge, "TLS connections in the last second")),
        ("SslRateLimit", .init("limit_ssl_rate", .gauge, "Limit of TLS connections a second")),
        ("MaxSslRate", .init("max_ssl_rate", .gauge, "Most TLS connections in a second")),
        (
            "SslFrontendKeyRate",
            .init(
                "current_frontend_ssl_key_rate", .gauge, "Keys made for clients in the last second")
        ),
        (
            "SslFrontendMaxKeyRate",
            .init("max_frontend_ssl_key_rate", .gauge, "Most keys made for clients in a second")
        ),
        (
            "SslFrontendSessionReuse_pct",
            .init(
                "frontend_ssl_reuse", .gauge,
                "Share of clients that resumed a TLS session, in percent")
        ),
        (
            "SslBackendKeyRate",
            .init(
                "current_backend_ssl_key_rate", .gauge, "Keys made for servers in the last second")
        ),
        (
            "SslBackendMaxKeyRate",
            .init("max_backend_ssl_key_rate", .gauge, "Most keys made for servers in a second")
        ),
        (
            "SslCacheLookups",
            .init("ssl_cache_lookups_total", .counter, "TLS sessions that were looked for")
        ),
        (
            "SslCacheMisses",
            .init("ssl_cache_misses_total", .counter, "TLS sessions that were not found")
        ),
        (
            "CompressBpsIn",
            .init(
                "http_comp_bytes_in_total", .counter,
                "Bytes given to compression in the last second")
        ),
        (
            "CompressBpsOut",
            .init(
                "http_comp_bytes_out_total", .counter,
                "Bytes that compression gave in the last second")
        ),
        (
            "CompressBpsRateLim",
            .init("limit_http_comp", .gauge, "Limit of compressed bytes a second")
        ),
        (
            "ZlibMemUsage",
            .init("current_zlib_memory", .gauge, "Memory that compression uses, in bytes")
        ),
        (
            "MaxZlibMemUsage",
            .init("max_zlib_memory", .gauge, "Limit of the memory that compression uses, in bytes")
        ),
        ("Tasks", .init("current_tasks", .gauge, "Connections and listeners")),
        (
            "Run_queue",
            .init("current_run_queue", .gauge, "Always 0: nothing waits behind the loop")
        ),
        (
            "Idle_pct",
            .init(
                "idle_time_percent", .gauge,
                "Share of the last second that workers waited, in percent")
        ),
        ("Stopping", .init("stopping", .gauge, "1 while the process drains")),
        ("Jobs", .init("jobs", .gauge, "Connections and listeners")),
        ("Unstoppable Jobs", .init("unstoppable_jobs", .gauge, "Always 0")),
        ("Listeners", .init("listeners", .gauge, "Listening sockets of frontends")),
        ("ActivePeers", .init("active_peers", .gauge, "Peers that answer")),
        ("ConnectedPeers", .init("connected_peers", .gauge, "Peers that are connected")),
        ("DroppedLogs", .init("dropped_logs_total", .counter, "Log lines that were lost")),
        ("BusyPolling", .init("busy_polling_enabled", .gauge, "Always 0")),
        (
            "FailedResolutions",
            .init("failed_resolutions", .counter, "Names that could not be resolved")
        ),
        ("TotalBytesOut", .init("bytes_out_total", .counter, "Bytes sent since the start")),
        (
            "TotalSplicdedBytesOut",
            .init("spliced_bytes_out_total", .counter, "Bytes that the kernel spliced")
        ),
        ("BytesOutRate", .init("bytes_out_rate", .gauge, "Bytes sent in the last second")),
        ("CumRecvLogs", .init("recv_logs_total", .counter, "Log lines received")),
        ("Version", .init("build_info", .gauge, "Version, in the label", as: .label("version"))),
        ("Memmax_bytes", .init("max_memory_bytes", .gauge, "Memory limit (-m), in bytes")),
        (
            "PoolAlloc_bytes",
            .init("pool_allocated_bytes", .gauge, "Buffers of the workers, in bytes")
        ),
        ("PoolUsed_bytes", .init("pool_used_bytes", .gauge, "Buffers in use, in bytes")),
        ("Start_time_sec", .init("start_time_seconds", .gauge, "Start, in seconds since 1970")),
    ]
}

/// One sentence for each field of `show info desc`.
enum InfoDescriptions {
    static func text(_ name: String) -> String { all[name] ?? name }

    private static let all: [String: String] = [
        "Name": "Product whose interface this is", "Version": "Version of that interface, and ours",
        "Release_date": "Date of this release", "Nbthread": "Workers",
        "Nbproc": "Worker processes, always 1", "Process_num": "Number of this process, always 1",
        "Pid": "Process identifier", "Uptime": "Time since the start",
        "Uptime_sec": "Seconds since the start", "Memmax_MB": "Memory limit (-m), in MB",
        "PoolAlloc_MB": "Buffers of the workers, in MB", "PoolUsed_MB": "Buffers in use, in MB",
        "PoolFailed": "Buffers that could not be had", "Ulimit-n": "Limit of open descriptors",
        "Maxsock": "Limit of open sockets", "Maxconn": "Limit of client connections",
        "Hard_maxconn": "Limit of client connections that descriptors allow",
        "CurrConns": "Client connections now", "CumConns": "Client connections since the start",
        "CumReq": "Requests since the start", "PipesUsed": "Splice pipes in use",
        "PipesFree": "Splice pipes kept", "ConnRate": "Client connections in the last second",
        "MaxConnRate": "Most client connections in a second",
        "SessRate": "Sessions in the last second", "MaxSessRate": "Most sessions in a second",
        "Tasks": "Connections and listeners",
        "Run_queue": "Always 0: nothing waits behind the loop",
        "Idle_pct": "Share of the last second that workers waited", "node": "Name of this node",
        "description": "What the configuration says about this node",
        "Stopping": "1 while the process drains", "Jobs": "Connections and listeners",
        "Listeners": "Listening sockets of frontends", "DroppedLogs": "Log lines that were lost",
        "TotalBytesOut": "Bytes sent since the start",
        "TotalSplicdedBytesOut": "Of these, bytes that the kernel spliced",
        "BytesOutRate": "Bytes sent in the last second", "Build info": "Who we really are",
        "Start_time_sec": "Start, in seconds since 1970",
    ]
}

extension CommandTable {
    /// Commands of HAProxy that are known and not here: refused by name, so that a script sees why.
    static let refusedCommands: [Command] = refusals.flatMap { reason, names in
        names.map { Command(refused: $0, because: reason) }
    }

    private static let refusals: [(String, [String])] = [
        (
            "servers and backends come from the configuration; change it and say 'reload'",
            [
                "add backend", "del backend", "publish backend",
                "unpublish backend",
            ]
        ),
        (
            "this part of TLS is not in this version",
            [
                "show ssl providers", "show ssl jwt", "add ssl jwt", "del ssl jwt",
                "show ssl ocsp-updates", "update ssl ocsp-response",
                "show ssl ech", "acme",
            ]
        ),
        ("keys are never shown", ["dump ssl cert"]),
        ("there is no cache in this version", ["show cache"]),
        (
            "dynamic cookies are not available in this version",
            [
                "enable dynamic-cookie backend", "disable dynamic-cookie backend",
                "set dynamic-cookie-key backend",
            ]
        ),
        (
            "this shows the inside of HAProxy",
            [
                "show events", "show libs", "show profiling", "set profiling", "show tasks",
                "show trace", "trace", "show startup-logs",
                "show dev", "show defaults", "show default-server", "show anon", "set anon",
                "debug",
                "expert-mode", "httpclient", "dump stats-file", "echo", "wait",
            ]
        ),
        (
            "there is one process, not a master with workers; say the command without it",
            ["show proc", "hard-reload", "mcli-debug-mode"]
        ),
    ]
}

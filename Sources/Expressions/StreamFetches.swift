/// Fetches of what the engine knows of a stream, its proxies and its server.
enum StreamFetches {
    static let entries: [FetchEntry] = [
        number("be_connect_timeout", .backendTimeout(.connect), .backend),
        number("be_queue_timeout", .backendTimeout(.queue), .backend),
        number("be_server_timeout", .backendTimeout(.server), .backend),
        number("be_tarpit_timeout", .backendTimeout(.tarpit), .backend),
        number("be_tunnel_timeout", .backendTimeout(.tunnel), .backend),
        number("fe_client_timeout", .frontendTimeout(.client)),
        number("fe_tarpit_timeout", .frontendTimeout(.tarpit)),
        number("cur_client_timeout", .currentTimeout(.client)),
        number("cur_connect_timeout", .currentTimeout(.connect), .backend),
        number("cur_queue_timeout", .currentTimeout(.queue), .backend),
        number("cur_server_timeout", .currentTimeout(.server), .backend),
        number("cur_tarpit_timeout", .currentTimeout(.tarpit), .backend),
        number("cur_tunnel_timeout", .currentTimeout(.tunnel), .backend),
        number("be_max_retries", .backendRetries, .backend),
        number("cur_max_retries", .maxRetries, .backend),
        number("prio_class", .priorityClass), number("prio_offset", .priorityOffset),
        number("txn.status", .answerStatus),
        number("server_status", .answerStatus),
        number("txn.conn_retries", .retries, .server),
        FetchEntry(
            "txn.redispatched", .bool, .server, is: .number(.isRedispatched, reference: -1)),
        number("bc_http_major", .serverMajorVersion, .server),
        FetchEntry("bc_reused", .bool, .server, is: .number(.isReused, reference: -1)),
        FetchEntry("quic_enabled", .bool, is: .constant(.bool(false))),
        FetchEntry("fe_defbe", .string, is: .name(.defaultBackendName)),
        server("srv_weight", .serverWeight), server("srv_iweight", .serverInitialWeight),
        server("srv_uweight", .serverUserWeight), server("srv_conn_free", .serverFreeConnections),
    ]

    private static func number(
        _ name: String, _ number: EngineNumber, _ needs: SampleNeeds = []
    ) -> FetchEntry {
        FetchEntry(name, .integer, needs, is: .number(number, reference: -1))
    }

    private static func server(_ name: String, _ number: EngineNumber) -> FetchEntry {
        FetchEntry(name, .integer, [], 1...1) { a throws(ExpressionProblem) in
            .number(number, reference: try a.server(0))
        }
    }
}

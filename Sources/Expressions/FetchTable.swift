import Core

/// Every sample fetch that can be evaluated: its name, what it gives and needs, and how its
/// arguments are understood.
struct FetchEntry: Sendable {
    let name: String
    let type: SampleType
    let needs: SampleNeeds
    /// Fewest and most arguments.
    let arguments: ClosedRange<Int>
    let make: @Sendable (inout ExpressionArguments) throws(ExpressionProblem) -> Fetch

    init(
        _ name: String, _ type: SampleType, _ needs: SampleNeeds = [],
        _ arguments: ClosedRange<Int> = 0...0,
        _ make: @escaping @Sendable (inout ExpressionArguments) throws(ExpressionProblem) -> Fetch
    ) {
        self.name = name
        self.type = type
        self.needs = needs
        self.arguments = arguments
        self.make = make
    }

    init(_ name: String, _ type: SampleType, _ needs: SampleNeeds = [], is fetch: Fetch) {
        self.init(name, type, needs) { _ throws(ExpressionProblem) in fetch }
    }
}

enum FetchTable {
    static let entries: [FetchEntry] =
        constants + accessLists + requestLine + ContentFetch.entries + StickFetches.entries
        + fields(of: .request)
        + fields(of: .response) + cookies
        + connection + TLSFetches.entries + UserFetches.entries + BodyFetches.entries
        + StreamFetches.entries + ConnectionFetches.entries + kept + clock + engine + answers

    static let byName: [String: FetchEntry] = Dictionary(
        entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    /// A part of the request line, which is kept where somebody asks for it.
    private static func keptLine(_ name: String, _ fetch: Fetch) -> FetchEntry {
        FetchEntry(name, .string) { a throws(ExpressionProblem) in
            a.world.keepRequestLine()
            return fetch
        }
    }

    private static let constants: [FetchEntry] = [
        // A connection that has failed has no stream, and no sample is taken of it.
        FetchEntry("fc_err", .integer, is: .constant(.integer(0))),
        FetchEntry("always_true", .bool, is: .constant(.bool(true))),
        FetchEntry("always_false", .bool, is: .constant(.bool(false))),
        FetchEntry("str", .string, [], 1...1) { a throws(ExpressionProblem) in
            .text(try a.bytes(0), isBinary: false)
        },
        FetchEntry("int", .integer, [], 1...1) { a throws(ExpressionProblem) in
            .constant(.integer(try a.integer(0)))
        },
        FetchEntry("bool", .bool, [], 1...1) { a throws(ExpressionProblem) in
            switch try a.text(0) {
            case "true", "1": .constant(.bool(true))
            case "false", "0": .constant(.bool(false))
            case let other:
                throw ExpressionProblem(
                    "invalid boolean value '\(other)', expects 'true' or 'false'")
            }
        },
        FetchEntry("bin", .binary, [], 1...1) { a throws(ExpressionProblem) in
            let text = try a.text(0)
            guard let bytes = HexText.bytes(text) else {
                throw ExpressionProblem("'\(text)' is not a list of hexadecimal digits")
            }
            let start = a.constants.count
            a.constants += bytes
            return .text(Bytes(start..<a.constants.count), isBinary: true)
        },
        FetchEntry("ipv4", .ipv4, [], 1...1) { a throws(ExpressionProblem) in
            .constant(.address(try a.address(0)))
        },
        FetchEntry("ipv6", .ipv6, [], 1...1) { a throws(ExpressionProblem) in
            .constant(.address(try a.address(0)))
        },
        FetchEntry("env", .string, [], 1...1) { a throws(ExpressionProblem) in
            .text(a.keep(a.world.environment(try a.text(0)) ?? ""), isBinary: false)
        },
    ]

    private static let accessLists = [
        FetchEntry("acl", .bool, [], 1...AccessLists.nameLimit) { a throws(ExpressionProblem) in
            try a.takeCondition()
            return .conditionHolds
        }
    ]

    private static let requestLine: [FetchEntry] = [
        FetchEntry("method", .method, .requestMethod, is: .method),
        FetchEntry("path", .string, .requestHead, is: .path),
        FetchEntry("pathq", .string, .requestHead, is: .pathAndQuery),
        FetchEntry("url", .string, .requestHead, is: .url),
        FetchEntry("base", .string, .requestHead, is: .base),
        FetchEntry("url_ip", .address, .requestHead, is: .urlAddress),
        FetchEntry("url_port", .integer, .requestHead, is: .urlPort),
        FetchEntry("req.ver", .string, .requestHead, is: .requestVersion),
        FetchEntry("req_ver", .string, .requestHead, is: .requestVersion),
        FetchEntry("query", .string, .requestHead, 0...1) { a throws(ExpressionProblem) in
            let mode = a.has(0) ? try a.text(0) : ""
            return .query(withMark: mode == "with_qm")
        },
        parameter("url_param", .string, .text), parameter("urlp", .string, .text),
        parameter("urlp_val", .integer, .number),
        FetchEntry("req.body_len", .integer, .requestHead, is: .bodyLength),
        FetchEntry("req.body_size", .integer, .requestHead, is: .bodySize),
        FetchEntry("req.proto_http", .bool, .requestHead, is: .isHTTP),
        FetchEntry("req_proto_http", .bool, .requestHead, is: .isHTTP),
        FetchEntry("wait_end", .bool, is: .waitEnd),
    ]

    private static func parameter(_ name: String, _ type: SampleType, _ use: Fetch.Use)
        -> FetchEntry
    {
        FetchEntry(name, type, .requestHead, 0...2) { a throws(ExpressionProblem) in
            .parameter(
                name: a.bytes(0, or: ""), delimiter: try a.delimiter(1, or: UInt8(ascii: "?")),
                use: use)
        }
    }

    private static func fields(of side: Fetch.Side) -> [FetchEntry] {
        let needs: SampleNeeds = side == .request ? .requestHead : .responseHead
        let names = side == .request ? ["req.", ""] : ["res.", "s"]
        var entries: [FetchEntry] = []
        for prefix in names {
            entries += [
                field("\(prefix)hdr", .string, needs, true, .text, side),
                field("\(prefix)hdr_cnt", .integer, needs, true, .count, side),
                field("\(prefix)hdr_ip", .address, needs, true, .address, side),
                field("\(prefix)hdr_val", .integer, needs, true, .number, side),
            ]
        }
        let prefix = names[0]
        entries += [
            field("\(prefix)fhdr", .string, needs, false, .text, side),
            field("\(prefix)fhdr_cnt", .integer, needs, false, .count, side),
            FetchEntry("\(prefix)hdr_names", .string, needs, 0...1) { a throws(ExpressionProblem) in
                .fieldNames(delimiter: a.bytes(0, or: ","), side: side)
            },
            FetchEntry("\(prefix)hdrs", .string, needs, is: .allFields(side: side)),
            FetchEntry("\(prefix)hdrs_bin", .binary, needs, is: .binaryFields(side: side)),
        ]
        return entries
    }

    private static func field(
        _ name: String, _ type: SampleType, _ needs: SampleNeeds, _ isSplit: Bool, _ use: Fetch.Use,
        _ side: Fetch.Side
    ) -> FetchEntry {
        FetchEntry(name, type, needs, 0...2) { a throws(ExpressionProblem) in
            let occurrence = try a.integer(1, or: 0)
            guard (-10...1_000_000).contains(occurrence) else {
                throw ExpressionProblem("occurrence must be within -10 and 1000000")
            }
            return .field(
                name: a.bytes(0, or: ""), occurrence: Int32(occurrence), isSplit: isSplit, use: use,
                side: side)
        }
    }

    private static let cookies: [FetchEntry] = [
        cookie("req.cook", .string, .text, .request), cookie("cook", .string, .text, .request),
        cookie("cookie", .string, .text, .request),
        cookie("req.cook_cnt", .integer, .count, .request),
        cookie("cook_cnt", .integer, .count, .request),
        cookie("req.cook_val", .integer, .number, .request),
        cookie("cook_val", .integer, .number, .request),
        cookie("res.cook", .string, .text, .response), cookie("scook", .string, .text, .response),
        cookie("set-cookie", .string, .text, .response),
        cookie("res.cook_cnt", .integer, .count, .response),
        cookie("scook_cnt", .integer, .count, .response),
        cookie("res.cook_val", .integer, .number, .response),
        cookie("scook_val", .integer, .number, .response),
    ]

    private static func cookie(
        _ name: String, _ type: SampleType, _ use: Fetch.Use, _ side: Fetch.Side
    ) -> FetchEntry {
        FetchEntry(name, type, side == .request ? .requestHead : .responseHead, 0...1) {
            a throws(ExpressionProblem) in
            .cookie(name: a.bytes(0, or: ""), use: use, side: side)
        }
    }

    private static let answers: [FetchEntry] = [
        FetchEntry("status", .integer, .responseStatus, is: .status),
        FetchEntry("res.ver", .string, .responseHead, is: .responseVersion),
        FetchEntry("resp_ver", .string, .responseHead, is: .responseVersion),
    ]

    private static let connection: [FetchEntry] = [
        FetchEntry("src", .address, is: .source),
        FetchEntry("src_port", .integer, is: .sourcePort),
        FetchEntry("dst", .address, is: .destination),
        FetchEntry("dst_port", .integer, is: .destinationPort),
        FetchEntry("fc_src", .address, is: .source),
        FetchEntry("fc_src_port", .integer, is: .sourcePort),
        FetchEntry("fc_dst", .address, is: .destination),
        FetchEntry("fc_dst_port", .integer, is: .destinationPort),
        FetchEntry("fc_http_major", .integer, is: .number(.majorVersion, reference: -1)),
        FetchEntry("fc_rcvd_proxy", .bool, is: .number(.hasProxyHeader, reference: -1)),
    ]

    private static let kept: [FetchEntry] = [
        FetchEntry("var", .any, [], 1...2) { a throws(ExpressionProblem) in
            let variable = try a.variable(0)
            return .variable(variable, otherwise: a.count > 1 ? try a.bytes(1) : nil)
        },
        FetchEntry("capture.req.hdr", .string, [], 1...1) { a throws(ExpressionProblem) in
            .captured(index: try a.int32(0, or: 0), side: .request)
        },
        FetchEntry("capture.res.hdr", .string, [], 1...1) { a throws(ExpressionProblem) in
            .captured(index: try a.int32(0, or: 0), side: .response)
        },
        keptLine("capture.req.method", .capturedMethod),
        keptLine("capture.req.uri", .capturedURI),
        keptLine("capture.req.ver", .capturedVersion(.request)),
        FetchEntry("capture.res.ver", .string, is: .capturedVersion(.response)),
    ]

    private static let clock: [FetchEntry] = [
        FetchEntry("date", .integer, [], 0...2) { a throws(ExpressionProblem) in
            .date(offset: try a.integer(0, or: 0), unit: try a.unit(1))
        },
        FetchEntry("date_us", .integer, is: .dateMicroseconds),
        FetchEntry("rand", .integer, [], 0...1) { a throws(ExpressionProblem) in
            .random(try a.integer(0, or: 0))
        },
        FetchEntry("uuid", .string, [], 0...1) { a throws(ExpressionProblem) in
            guard try a.integer(0, or: 4) == 4 else {
                throw ExpressionProblem("Unsupported UUID version, only version 4 is supported")
            }
            return .uuid
        },
    ]

    private static let engine: [FetchEntry] = [
        FetchEntry("hostname", .string, is: .name(.hostName)),
        FetchEntry("fe_name", .string, is: .name(.frontendName)),
        FetchEntry("be_name", .string, .backend, is: .name(.backendName)),
        FetchEntry("srv_name", .string, .server, is: .name(.serverName)),
        FetchEntry("so_name", .string, is: .name(.listenerName)),
        FetchEntry("unique-id", .string, is: .name(.uniqueID)),
        FetchEntry("txn.sess_term_state", .string, .server, is: .name(.terminationState)),
        own("txn.status", .transactionStatus, .responseStatus),
        own("fe_id", .frontendID), own("be_id", .backendID, .backend),
        own("srv_id", .serverID, .server),
        own("so_id", .listenerID), own("pid", .processID), own("nbproc", .processCount),
        own("thread", .thread), own("nbthread", .threadCount), own("uptime", .uptimeSeconds),
        own("act_conn", .activeConnections), own("bytes_in", .bytesIn), own("bytes_out", .bytesOut),
        FetchEntry("stopping", .bool, is: .number(.isStopping, reference: -1)),
        FetchEntry("http_first_req", .bool, is: .number(.isFirstRequest, reference: -1)),
        named("nbsrv", .usableServers, 0...1), named("be_conn", .backendConnections, 0...1),
        named("be_conn_free", .backendFreeConnections, 0...1),
        named("be_sess_rate", .backendSessionRate, 0...1),
        named("fe_conn", .frontendConnections, 0...1),
        named("fe_sess_rate", .frontendSessionRate, 0...1),
        named("fe_req_rate", .frontendRequestRate, 0...1), named("queue", .queue, 0...1),
        named("avg_queue", .averageQueue, 0...1), named("connslots", .connectionSlots, 0...1),
        server("srv_conn", .serverConnections), server("srv_queue", .serverQueue),
        server("srv_sess_rate", .serverSessionRate), server("srv_is_up", .serverIsUp, .bool),
    ]

    private static func server(
        _ name: String, _ number: EngineNumber, _ type: SampleType = .integer
    ) -> FetchEntry {
        FetchEntry(name, type, [], 1...1) { a throws(ExpressionProblem) in
            .number(number, reference: try a.server(0))
        }
    }

    private static func own(
        _ name: String, _ number: EngineNumber, _ needs: SampleNeeds = []
    ) -> FetchEntry {
        FetchEntry(name, .integer, needs, is: .number(number, reference: -1))
    }

    private static func named(
        _ name: String, _ number: EngineNumber, _ arguments: ClosedRange<Int>,
        _ type: SampleType = .integer
    ) -> FetchEntry {
        FetchEntry(name, type, [], arguments) { a throws(ExpressionProblem) in
            .number(number, reference: a.has(0) ? a.world.reference(try a.text(0)) : -1)
        }
    }
}

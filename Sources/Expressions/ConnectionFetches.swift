/// Fetches of what connections and clocks know (HAProxy manual, sections 7.3.2, 7.3.3 and 8.4).
enum ConnectionFetches {
    static let entries: [FetchEntry] =
        timers + dates + transport + ends + proxyHeader + [
            fact("bc_be_queue", .backendQueue, .backend),
            fact("bc_srv_queue", .serverQueue, .server),
            fact("txn.id32", .identifier),
            number("req.bytes_in", .bytesIn), number("res.bytes_in", .bytesOut, .server),
            // There is one process with one group of threads.
            FetchEntry("proc", .integer, is: .constant(.integer(1))),
            FetchEntry("tgroup", .integer, is: .constant(.integer(0))),
        ]

    private static let timers: [FetchEntry] = [
        fact("fc.timer.handshake", .timer(.handshake)), fact("fc.timer.total", .timer(.total)),
        fact("req.timer.idle", .timer(.idle)), fact("req.timer.tq", .timer(.query)),
        fact("req.timer.hdr", .timer(.request)),
        fact("req.timer.queue", .timer(.wait), .backend),
        fact("bc.timer.connect", .timer(.connect), .server),
        fact("res.timer.hdr", .timer(.response), .server),
        fact("res.timer.data", .timer(.data), .server),
        fact("txn.timer.total", .timer(.active)), fact("txn.timer.user", .timer(.user)),
    ]

    private static let dates: [FetchEntry] = [
        FetchEntry("accept_date", .integer, [], 0...1) { a throws(ExpressionProblem) in
            .number(.stream(.acceptDate(unit: try a.unit(0))), reference: -1)
        },
        FetchEntry("request_date", .integer, [], 0...1) { a throws(ExpressionProblem) in
            .number(.stream(.requestDate(unit: try a.unit(0))), reference: -1)
        },
    ]

    private static let transport: [FetchEntry] =
        roundTrips("fc", ofServer: false) + roundTrips("bc", ofServer: true) + [
            counter("fc_unacked", .unacknowledged), counter("fc_lost", .lost),
            counter("fc_sacked", .selectivelyAcknowledged), counter("fc_retrans", .retransmitted),
            counter("fc_fackets", .forwardAcknowledged), counter("fc_reordering", .reordering),
        ]

    private static func roundTrips(_ prefix: String, ofServer: Bool) -> [FetchEntry] {
        let facts: [(String, TransportFact)] = [
            ("rtt", .roundTrip), ("rttvar", .roundTripVariation),
        ]
        return facts.map { name, fact in
            FetchEntry("\(prefix)_\(name)", .integer, ofServer ? .server : [], 0...1) {
                a throws(ExpressionProblem) in
                let unit = a.has(0) ? try a.unit(0) : 1
                guard unit > 0 else { throw ExpressionProblem("expects 'ms' or 'us', got 's'") }
                return .number(
                    .stream(.transport(fact, ofServer: ofServer, unit: unit)), reference: -1)
            }
        }
    }

    private static func counter(_ name: String, _ fact: TransportFact) -> FetchEntry {
        self.fact(name, .transport(fact, ofServer: false, unit: 0))
    }

    private static let ends: [FetchEntry] = [
        FetchEntry("bc_src", .address, .server, is: .serverEnd(isOurs: true)),
        FetchEntry("bc_dst", .address, .server, is: .serverEnd(isOurs: false)),
        FetchEntry("bc_src_port", .integer, .server, is: .serverEndPort(isOurs: true)),
        FetchEntry("bc_dst_port", .integer, .server, is: .serverEndPort(isOurs: false)),
        isLocal("src_is_local", isSource: true, received: false),
        isLocal("dst_is_local", isSource: false, received: false),
        isLocal("fc_src_is_local", isSource: true, received: true),
        isLocal("fc_dst_is_local", isSource: false, received: true),
    ]

    private static func isLocal(_ name: String, isSource: Bool, received: Bool) -> FetchEntry {
        FetchEntry(
            name, .bool,
            is: .number(
                .stream(.isLocal(isSource: isSource, received: received)), reference: -1))
    }

    private static let proxyHeader: [FetchEntry] = [
        headerValue("fc_pp_authority", 0x02), headerValue("fc_pp_unique_id", 0x05),
        FetchEntry("fc_pp_tlv", .string, [], 1...1) { a throws(ExpressionProblem) in
            let text = try a.text(0)
            let number =
                text.hasPrefix("0x") ? UInt8(text.dropFirst(2), radix: 16) : UInt8(text)
            guard let type = headerTypes[text] ?? number else {
                throw ExpressionProblem(
                    "expects a number from 0 to 255 or a name like 'AUTHORITY', got '\(text)'")
            }
            a.world.keepProxyHeaders()
            return .proxyHeaderValue(type: type)
        },
    ]

    private static func headerValue(_ name: String, _ type: UInt8) -> FetchEntry {
        FetchEntry(name, .string) { a throws(ExpressionProblem) in
            a.world.keepProxyHeaders()
            return .proxyHeaderValue(type: type)
        }
    }

    /// HAProxy's proxy-protocol.txt, section 2.2.
    private static let headerTypes: [String: UInt8] = [
        "ALPN": 0x01, "AUTHORITY": 0x02, "CRC32": 0x03, "NOOP": 0x04, "UNIQUE_ID": 0x05,
        "SSL": 0x20, "SSL_VERSION": 0x21, "SSL_CN": 0x22, "SSL_CIPHER": 0x23, "SSL_SIG_ALG": 0x24,
        "SSL_KEY_ALG": 0x25, "NETNS": 0x30,
    ]

    private static func fact(
        _ name: String, _ fact: StreamFact, _ needs: SampleNeeds = []
    ) -> FetchEntry {
        number(name, .stream(fact), needs)
    }

    private static func number(
        _ name: String, _ number: EngineNumber, _ needs: SampleNeeds = []
    ) -> FetchEntry {
        FetchEntry(name, .integer, needs, is: .number(number, reference: -1))
    }
}

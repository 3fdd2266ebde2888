/// A fetch of bytes that nobody has parsed (HAProxy manual, section 7.3.5).
public enum ContentFetch: Sendable, BitwiseCopyable {
    /// A length of 0 means all that is there.
    case payload(offset: Int32, length: Int32)
    /// The length stands in the bytes. `offset`: of the payload, from the end of the length where `isRelative`.
    case counted(lengthAt: Int32, lengthBytes: Int32, offset: Int32, isRelative: Bool)
    case length
    case helloType, helloVersion, helloName, helloProtocols
    case helloCiphers, helloGroups, helloSignatures, helloKeyShares, helloCurves, helloTicket
    /// `name`: of the cookie; empty: whichever it is.
    case rdpCookie(name: Bytes, isCounted: Bool)

    static let entries: [FetchEntry] =
        payloads("req.", .request, .content) + payloads("res.", .response, .responseContent)
        + payloads("", .request, .content) + [
            FetchEntry("req.len", .integer, .content, is: .requestLength),
            FetchEntry("req_len", .integer, .content, is: .requestLength),
            FetchEntry("res.len", .integer, .responseContent, is: .content(.length, .response)),
            FetchEntry("rep_len", .integer, .responseContent, is: .content(.length, .response)),
        ] + hellos + remoteDesktop

    private static let hellos: [FetchEntry] = [
        hello("req.ssl_hello_type", .integer, .helloType),
        hello("req_ssl_hello_type", .integer, .helloType),
        hello("req.ssl_sni", .string, .helloName), hello("req_ssl_sni", .string, .helloName),
        hello("req.ssl_alpn", .string, .helloProtocols),
        hello("req.ssl_ver", .integer, .helloVersion),
        hello("req_ssl_ver", .integer, .helloVersion),
        hello("req.ssl_cipherlist", .binary, .helloCiphers),
        hello("req.ssl_supported_groups", .binary, .helloGroups),
        hello("req.ssl_sigalgs", .binary, .helloSignatures),
        hello("req.ssl_keyshare_groups", .binary, .helloKeyShares),
        hello("req.ssl_ec_ext", .bool, .helloCurves),
        hello("req.ssl_st_ext", .integer, .helloTicket),
        FetchEntry(
            "res.ssl_hello_type", .integer, .responseContent, is: .content(.helloType, .response)),
        FetchEntry(
            "rep_ssl_hello_type", .integer, .responseContent, is: .content(.helloType, .response)),
    ]

    private static func hello(
        _ name: String, _ type: SampleType, _ fetch: ContentFetch
    ) -> FetchEntry {
        FetchEntry(name, type, .content, is: .content(fetch, .request))
    }

    private static let remoteDesktop: [FetchEntry] = ["req.rdp_cookie", "rdp_cookie"].flatMap {
        [
            FetchEntry($0, .string, .content, 0...1) { a throws(ExpressionProblem) in
                .content(.rdpCookie(name: a.bytes(0, or: ""), isCounted: false), .request)
            },
            FetchEntry("\($0)_cnt", .integer, .content, 0...1) { a throws(ExpressionProblem) in
                .content(.rdpCookie(name: a.bytes(0, or: ""), isCounted: true), .request)
            },
        ]
    }

    private static func payloads(
        _ prefix: String, _ side: Fetch.Side, _ needs: SampleNeeds
    ) -> [FetchEntry] {
        [
            FetchEntry("\(prefix)payload", .binary, needs, 2...2) { a throws(ExpressionProblem) in
                let (offset, length) = (try a.int32(0, or: 0), try a.int32(1, or: 0))
                guard offset >= 0, length >= 0 else {
                    throw ExpressionProblem("payload length must be > 0")
                }
                return .content(.payload(offset: offset, length: length), side)
            },
            FetchEntry("\(prefix)payload_lv", .binary, needs, 2...3) {
                a throws(ExpressionProblem) in
                let (at, bytes) = (try a.int32(0, or: 0), try a.int32(1, or: 0))
                guard at >= 0, bytes > 0, bytes <= 8 else {
                    throw ExpressionProblem("payload length must be between 1 and 8")
                }
                let text = a.has(2) ? try a.text(2) : "+0"
                let isRelative = text.hasPrefix("+") || text.hasPrefix("-")
                guard let offset = Int32(text) else {
                    throw ExpressionProblem("payload offset2 is not a number")
                }
                guard !isRelative || Int(offset) + Int(at) + Int(bytes) >= 0 else {
                    throw ExpressionProblem("payload offset2 too negative")
                }
                return .content(
                    .counted(
                        lengthAt: at, lengthBytes: bytes, offset: offset, isRelative: isRelative),
                    side)
            },
        ]
    }
}

/// What a fetch reads. It decides where the fetch may stand.
public struct SampleNeeds: OptionSet, Sendable, Hashable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let requestHead = SampleNeeds(rawValue: 1)
    public static let responseHead = SampleNeeds(rawValue: 2)
    /// Bytes of a request's body, or of a TCP session's beginning.
    public static let content = SampleNeeds(rawValue: 4)
    /// Something that is known when the stream has a backend.
    public static let backend = SampleNeeds(rawValue: 8)
    /// Something that is known when a server was chosen.
    public static let server = SampleNeeds(rawValue: 16)
    /// The method and the status outlive their heads: log lines know them, too.
    public static let requestMethod = SampleNeeds(rawValue: 64)
    public static let responseStatus = SampleNeeds(rawValue: 128)

    /// Bytes of an answer.
    public static let responseContent = SampleNeeds(rawValue: 32)

    /// HAProxy's words for the first thing that is missing.
    public var name: String {
        if contains(.responseHead) || contains(.responseStatus) { return "HTTP response headers" }
        if contains(.requestHead) || contains(.requestMethod) { return "HTTP request headers" }
        if contains(.content) { return "raw request contents" }
        if contains(.responseContent) { return "raw response contents" }
        return "backend information"
    }
}

/// Where an expression stands.
public enum RulePlace: Sendable, Hashable {
    /// `global`, and commands: no connection is there.
    case start
    case tcpConnection, tcpSession, tcpContent
    case tcpResponse
    case httpRequest
    /// `use_backend`, `monitor fail`.
    case routing
    /// `use-server`, `balance`.
    case serverChoice
    case httpResponse, httpAfterResponse
    case log
    /// `http-check`, `tcp-check`: only the answer is known.
    case check

    public var offers: SampleNeeds {
        switch self {
        case .start, .tcpConnection, .tcpSession: []
        case .tcpContent: [.requestHead, .requestMethod, .content, .backend]
        case .tcpResponse:
            [.responseHead, .responseStatus, .responseContent, .requestMethod, .backend, .server]
        case .httpRequest, .routing: [.requestHead, .requestMethod, .content, .backend]
        case .serverChoice: [.requestHead, .requestMethod, .content, .backend]
        case .httpResponse, .httpAfterResponse:
            [.responseHead, .responseStatus, .requestMethod, .backend, .server]
        case .log: [.responseStatus, .requestMethod, .backend, .server]
        case .check: [.responseHead, .responseStatus, .responseContent]
        }
    }

    /// HAProxy's words for the place, without the side.
    public var name: String {
        switch self {
        case .start: "global section"
        case .tcpConnection: "tcp-request connection rule"
        case .tcpSession: "tcp-request session rule"
        case .tcpContent: "tcp-request content rule"
        case .tcpResponse: "tcp-response content rule"
        case .httpRequest: "http-request header rule"
        case .routing: "use-backend rule"
        case .serverChoice: "use-server, balance or stick-match rule"
        case .httpResponse, .httpAfterResponse: "http-response header rule"
        case .log: "logs"
        case .check: "tcp-check or http-check rule"
        }
    }
}

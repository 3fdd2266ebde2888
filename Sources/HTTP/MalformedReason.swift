/// Why a message is refused. What has been refused is never forwarded, not even in parts.
public enum MalformedReason: UInt8, Error, Sendable, BitwiseCopyable, CaseIterable {
    // The first line.
    case method, target, requestLine, version, status, reason
    /// The first line of HTTP/2's preface, where HTTP/1 was expected.
    case http2Preface
    // Fields.
    case fieldName, fieldValue, foldedField, lineEnding, tooManyFields, headTooLarge, targetTooLong
    case hostMissing, hostRepeated, host, hostMismatch
    /// `transferEncoding`: a coding that we do not know, with chunks around it. `lastCoding`: nothing says where the body
    /// ends.
    case contentLength, transferEncoding, lastCoding, connectWithBody
    // Bodies.
    case chunkSize, chunkExtension, chunkEnd, trailer
    /// An answer that switches protocols although nobody asked for that.
    case unexpectedUpgrade

    /// The status that a client gets for a request of that kind. For an answer of a server it is
    /// always 502.
    public var requestStatus: Int {
        switch self {
        case .transferEncoding: 422
        case .tooManyFields, .headTooLarge: 431
        case .targetTooLong: 414
        default: 400
        }
    }

    /// For operators.
    public var explanation: String {
        switch self {
        case .method: "no method"
        case .target: "malformed target"
        case .requestLine: "malformed request line"
        case .version: "malformed version"
        case .status: "malformed status"
        case .reason: "malformed reason phrase"
        case .http2Preface: "HTTP/2 where HTTP/1 was expected"
        case .fieldName: "malformed field name"
        case .fieldValue: "malformed field value"
        case .foldedField: "folded field"
        case .lineEnding: "malformed end of line"
        case .tooManyFields: "too many fields"
        case .headTooLarge: "head too large"
        case .targetTooLong: "target too long"
        case .hostMissing: "no Host field"
        case .hostRepeated: "more than one Host field"
        case .host: "malformed Host field"
        case .hostMismatch: "Host field and target name different hosts"
        case .contentLength: "malformed or contradictory Content-Length"
        case .transferEncoding: "unknown transfer coding"
        case .lastCoding: "nothing says where the body ends"
        case .connectWithBody: "CONNECT with a body"
        case .chunkSize: "malformed chunk size"
        case .chunkExtension: "malformed chunk extension"
        case .chunkEnd: "malformed end of chunk"
        case .trailer: "malformed trailer"
        case .unexpectedUpgrade: "upgrade that nobody asked for"
        }
    }
}

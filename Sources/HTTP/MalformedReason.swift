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
}

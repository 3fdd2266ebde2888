import Core

/// Request methods that mean something to a proxy; all others are forwarded as `other`.
public enum Method: UInt8, Sendable, BitwiseCopyable, CaseIterable {
    case other
    case options, get, head, post, put, delete, trace, connect, patch

    /// The method as it stands on the wire; empty for `other`.
    public var name: StaticString {
        switch self {
        case .other: ""
        case .options: "OPTIONS"
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .patch: "PATCH"
        }
    }

    /// Whether sending the request twice means the same as sending it once (RFC 9110 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .connect, .patch, .other: false
        }
    }

    /// The meaning of the token at `range`. Methods are case-sensitive.
    @inline(__always)
    static func recognise(_ bytes: RawSpan, _ range: Range<Int>) -> Method {
        let text = bytes.extracting(range)
        switch range.count {
        case 3:
            if text.equals("GET") { return .get }
            return text.equals("PUT") ? .put : .other
        case 4:
            if text.equals("POST") { return .post }
            return text.equals("HEAD") ? .head : .other
        case 5:
            if text.equals("PATCH") { return .patch }
            return text.equals("TRACE") ? .trace : .other
        case 6: return text.equals("DELETE") ? .delete : .other
        case 7:
            if text.equals("OPTIONS") { return .options }
            return text.equals("CONNECT") ? .connect : .other
        default: return .other
        }
    }
}

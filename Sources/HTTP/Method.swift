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
        // A target and a version follow, so that there always are eight bytes to look at.
        guard range.count <= 7, range.lowerBound &+ 8 <= bytes.byteCount else { return .other }
        let spare = UInt64(64 &- range.count &* 8)
        switch (bytes.word(at: range.lowerBound) &<< spare) &>> spare {
        case 0x54_4547: return .get
        case 0x5453_4f50: return .post
        case 0x4441_4548: return .head
        case 0x54_5550: return .put
        case 0x4554_454c_4544: return .delete
        case 0x53_4e4f_4954_504f: return .options
        case 0x54_4345_4e4e_4f43: return .connect
        case 0x48_4354_4150: return .patch
        case 0x45_4341_5254: return .trace
        default: return .other
        }
    }
}

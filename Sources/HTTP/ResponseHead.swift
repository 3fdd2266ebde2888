/// A valid response head: ranges into the message, and what the proxy must know.
public struct ResponseHead: Sendable, BitwiseCopyable {
    /// Bytes up to and including the empty line; the body starts there.
    public internal(set) var length: UInt32 = 0
    /// First byte of the first field line.
    var fieldsStart: UInt32 = 0
    /// First byte of the empty line.
    var fieldsEnd: UInt32 = 0
    var reasonStart: UInt32 = 0
    var reasonEnd: UInt32 = 0
    var lineEnd: UInt32 = 0
    /// 100 to 599.
    public internal(set) var status: UInt16 = 0
    public internal(set) var version = Version.http11
    /// Status and reason were set by a rule; the reason stands in the edits.
    public internal(set) var hasEditedReason = false
    public internal(set) var facts = MessageFacts()

    @inline(__always)
    init() {}

    /// Bytes of the head, for `Buffer.consume`.
    @inline(__always)
    public var byteCount: Int { Int(length) }

    /// The status line as it was received.
    @inline(__always)
    public var lineRange: Range<Int> { 0..<Int(lineEnd) }

    /// The reason phrase, may be empty; in the edits where `hasEditedReason`.
    @inline(__always)
    public var reasonRange: Range<Int> { Int(reasonStart)..<Int(reasonEnd) }

    /// An answer before the answer: 100 to 199 but 101.
    @inline(__always)
    public var isInterim: Bool { status < 200 && status != 101 }

    /// Whether the server's connection may carry another request after this answer.
    @inline(__always)
    public var allowsKeepAlive: Bool {
        if facts.saysClose || facts.hasSuspectFraming { return false }
        return version == .http11 || facts.saysKeepAlive
    }

    /// Replaces status and reason (`set-status`).
    public mutating func replaceStatus(_ status: UInt16, reason range: Range<Int>) {
        self.status = status
        reasonStart = UInt32(clamping: range.lowerBound)
        reasonEnd = UInt32(clamping: range.upperBound)
        hasEditedReason = true
    }
}

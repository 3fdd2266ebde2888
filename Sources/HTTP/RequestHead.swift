/// A valid request head: ranges into the message, and what the proxy must know.
public struct RequestHead: Sendable, BitwiseCopyable {
    /// First byte of the request line; empty lines before it are skipped.
    public internal(set) var start: UInt32 = 0
    /// Bytes up to and including the empty line; the body starts there.
    public internal(set) var length: UInt32 = 0
    /// First byte of the first field line.
    var fieldsStart: UInt32 = 0
    /// First byte of the empty line.
    var fieldsEnd: UInt32 = 0
    var methodEnd: UInt32 = 0
    var targetStart: UInt32 = 0
    var targetEnd: UInt32 = 0
    /// End of the request line, without its line ending.
    var lineEnd: UInt32 = 0
    var authorityStart: UInt32 = 0
    var authorityEnd: UInt32 = 0
    /// Index of the Host field in the table, or -1.
    var hostField: Int32 = -1
    public internal(set) var method = Method.other
    public internal(set) var version = Version.http11
    public internal(set) var form = RequestTarget.Form.origin
    /// The target stands in the edits, not in the message.
    public internal(set) var hasEditedTarget = false
    /// The method stands in the edits, not in the message.
    public internal(set) var hasEditedMethod = false
    var editedMethodStart: UInt32 = 0
    public internal(set) var facts = MessageFacts()

    @inline(__always)
    init() {}

    /// Bytes of the head, for `Buffer.consume`.
    @inline(__always)
    public var byteCount: Int { Int(length) }

    /// The request line as it was received, for logs.
    @inline(__always)
    public var lineRange: Range<Int> { Int(start)..<Int(lineEnd) }

    /// The method, in the edits where `hasEditedMethod`.
    @inline(__always)
    public var methodRange: Range<Int> {
        Int(hasEditedMethod ? editedMethodStart : start)..<Int(methodEnd)
    }

    /// The whole target, in the edits where `hasEditedTarget`.
    @inline(__always)
    public var targetRange: Range<Int> { Int(targetStart)..<Int(targetEnd) }

    /// Host and port of an absolute or authority-form target, without user information; nil for
    /// other forms.
    public var authorityRange: Range<Int>? {
        authorityEnd > authorityStart ? Int(authorityStart)..<Int(authorityEnd) : nil
    }

    /// Index of the Host field in the header table.
    @inline(__always)
    public var hostIndex: Int? { hostField < 0 ? nil : Int(hostField) }

    /// Whether the client's connection may carry another request after this one.
    @inline(__always)
    public var allowsKeepAlive: Bool {
        if facts.saysClose || facts.hasSuspectFraming { return false }
        return version == .http11 || facts.saysKeepAlive
    }

    /// Replaces the target by the bytes at `range` of the edits (`set-path`, `set-uri`). The caller
    /// keeps to the characters of a target; nil: the form stays.
    public mutating func replaceTarget(
        with range: Range<Int>, as form: RequestTarget.Form? = nil
    ) {
        if let form { self.form = form }
        targetStart = UInt32(clamping: range.lowerBound)
        targetEnd = UInt32(clamping: range.upperBound)
        hasEditedTarget = true
    }

    /// Replaces the method by the token at `range` of the edits (`set-method`).
    public mutating func replaceMethod(with range: Range<Int>, as method: Method) {
        editedMethodStart = UInt32(clamping: range.lowerBound)
        methodEnd = UInt32(clamping: range.upperBound)
        self.method = method
        hasEditedMethod = true
    }
}

import Core

extension HeadParser {
    @inline(__always)
    static func parseRequest(
        _ bytes: RawSpan, into table: inout HeaderTable, _ reading: HeadReading
    ) throws(Stop) -> RequestHead {
        var head = RequestHead()
        // Ranges are 32 bits wide, so nothing longer can be looked at; buffers are far smaller.
        guard bytes.byteCount <= Int(UInt32.max) else { throw .malformed(.headTooLarge) }
        let start = try skipEmptyLines(bytes)
        head.start = UInt32(truncatingIfNeeded: start)
        head.fieldsStart = UInt32(truncatingIfNeeded: try requestLine(bytes, start, &head, reading))
        let end = try fields(
            bytes, from: Int(head.fieldsStart), into: &table, facts: &head.facts,
            host: &head.hostField, isRequest: true)
        head.fieldsEnd = UInt32(truncatingIfNeeded: end.fields)
        head.length = UInt32(truncatingIfNeeded: end.head)
        if head.hostField < 0 {
            guard head.version == .http10 else { throw .malformed(.hostMissing) }
        }
        if head.facts.needSettling || head.method == .connect { try settle(&head, &table) }
        if head.form != .origin { try checkAuthority(bytes, head, table, reading) }
        return head
    }

    /// RFC 9112 2.2: a client may have sent a line ending too many behind the last body.
    @inline(__always)
    private static func skipEmptyLines(_ bytes: RawSpan) throws(Stop) -> Int {
        var at = 0
        while at < bytes.byteCount, bytes.byte(at: at) == 0x0d {
            guard at &+ 1 < bytes.byteCount else { throw .needsMore }
            guard bytes.byte(at: at &+ 1) == 0x0a, at < 2 &* emptyLinesLimit else {
                throw .malformed(.requestLine)
            }
            at &+= 2
        }
        return at
    }

    /// Parses `method SP target SP version` and returns the start of the fields.
    @inline(__always)
    private static func requestLine(
        _ bytes: RawSpan, _ start: Int, _ head: inout RequestHead, _ reading: HeadReading
    ) throws(Stop) -> Int {
        let methodEnd = bytes.tokenEnd(from: start)
        guard methodEnd < bytes.byteCount else { throw .needsMore }
        guard methodEnd > start, bytes.byte(at: methodEnd) == 0x20 else {
            throw .malformed(.method)
        }
        let targetStart = methodEnd &+ 1
        var targetEnd = bytes.targetEnd(from: targetStart)
        guard targetEnd < bytes.byteCount else { throw .needsMore }
        if bytes.byte(at: targetEnd) != 0x20 {
            guard reading.isLenient else { throw .malformed(.target) }
            targetEnd = try lenientEnd(bytes, from: targetEnd)
        }
        guard targetEnd > targetStart else { throw .malformed(.target) }
        head.method = Method.recognise(bytes, start..<methodEnd)
        head.methodEnd = UInt32(truncatingIfNeeded: methodEnd)
        head.targetStart = UInt32(truncatingIfNeeded: targetStart)
        head.targetEnd = UInt32(truncatingIfNeeded: targetEnd)
        if bytes.byte(at: targetStart) != 0x2f || head.method == .connect {
            try unusualForm(bytes, targetStart..<targetEnd, &head, reading)
        }
        head.version = try version(bytes, targetEnd &+ 1)
        head.lineEnd = UInt32(truncatingIfNeeded: targetEnd &+ 9)
        return try lineEnd(bytes, targetEnd &+ 9, &head.facts, otherwise: .version)
    }

    /// Where a target ends that may hold `#` and bytes above 0x7f: nothing that ends a line or a word.
    @inline(never)
    private static func lenientEnd(_ bytes: RawSpan, from start: Int) throws(Stop) -> Int {
        var at = start
        while at < bytes.byteCount, bytes.byte(at: at) > 0x20, bytes.byte(at: at) != 0x7f {
            at &+= 1
        }
        guard at < bytes.byteCount else { throw .needsMore }
        guard bytes.byte(at: at) == 0x20 else { throw .malformed(.target) }
        return at
    }

    /// Finds out the form of a target that does not begin with a slash, or belongs to CONNECT.
    @inline(never)
    private static func unusualForm(
        _ bytes: RawSpan, _ range: Range<Int>, _ head: inout RequestHead, _ reading: HeadReading
    ) throws(Stop) {
        let target = bytes.extracting(range)
        if head.method == .connect {
            // RFC 9112 3.2.3: host and port, both.
            guard RequestTarget.isAuthority(bytes, range),
                case let (name, port) = RequestTarget.split(bytes, range), port != nil,
                !name.isEmpty
            else { throw .malformed(.target) }
            head.form = .authority
            head.authorityStart = UInt32(truncatingIfNeeded: range.lowerBound)
            head.authorityEnd = UInt32(truncatingIfNeeded: range.upperBound)
            return
        }
        if target.equals("*") {
            guard head.method == .options else { throw try starWithout(options: bytes, range) }
            head.form = .asterisk
            return
        }
        guard hasScheme(target) else { throw .malformed(.target) }
        let authority = RequestTarget.authority(of: target)
        var start = authority.lowerBound
        for at in authority where target.byte(at: at) == 0x40 { start = at &+ 1 }
        // RFC 9110 4.2.1: a host is needed. HAProxy's exception is an authority that is a port alone.
        guard RequestTarget.isAuthority(target, start..<authority.upperBound),
            start < authority.upperBound || reading.isRepeated
        else { throw .malformed(.target) }
        head.form = .absolute
        head.authorityStart = UInt32(truncatingIfNeeded: range.lowerBound &+ start)
        head.authorityEnd = UInt32(truncatingIfNeeded: range.lowerBound &+ authority.upperBound)
    }

    /// Only OPTIONS may ask for `*`. Who begins like HTTP/2 is told so, once all of that is there.
    private static func starWithout(
        options bytes: RawSpan, _ target: Range<Int>
    ) throws(Stop) -> Stop {
        let preface: StaticString = "PRI * HTTP/2.0"
        let start = target.upperBound - 5
        guard start >= 0, bytes.extracting(start..<target.upperBound).equals("PRI *") else {
            return .malformed(.target)
        }
        let end = start + preface.utf8CodeUnitCount
        guard bytes.byteCount >= end else { throw .needsMore }
        return .malformed(bytes.extracting(start..<end).equals(preface) ? .http2Preface : .target)
    }

    /// Whether a target begins with `scheme://` (RFC 3986 3.1).
    private static func hasScheme(_ target: RawSpan) -> Bool {
        var at = 0
        while at < target.byteCount {
            let byte = target.byte(at: at)
            let isLetter = (byte | 0x20) &- 0x61 < 26
            guard isLetter || at > 0 && (Characters.isDigit(byte) || "+-.".utf8.contains(byte))
            else { break }
            at &+= 1
        }
        return at > 0 && at &+ 3 <= target.byteCount
            && target.extracting(at..<at &+ 3).equals("://")
    }

    /// Settles what the fields say together.
    @inline(never)
    private static func settle(
        _ head: inout RequestHead, _ table: inout HeaderTable
    ) throws(Stop) {
        try checkCodings(head.facts)
        settleFraming(&head.facts, version: head.version, &table)
        let hasBody = head.facts.isChunked || head.facts.length > 0
        if head.method == .connect, hasBody { throw .malformed(.connectWithBody) }
        // An upgrade to HTTP/2 would let requests pass that nobody parses; one with a body leaves
        // open which protocol the body belongs to; and HTTP/1.0 has no upgrades. HAProxy drops the
        // field in these cases, too.
        if head.facts.has(MessageFacts.upgradeFieldBit),
            !head.facts.hasUpgrade || hasBody || head.version == .http10
                || head.facts.has(MessageFacts.http2UpgradeBit)
        {
            dropUpgrade(&table, &head.facts)
        }
    }

    /// Chunks win over a length; both together, or chunks in a message of 1.0, are suspect (RFC
    /// 9112 6.1, 6.3).
    static func settleFraming(
        _ facts: inout MessageFacts, version: Version, _ table: inout HeaderTable
    ) {
        guard facts.isChunked else { return }
        if facts.length >= 0 { hideLengths(&table) }
        if facts.length >= 0 || version == .http10 { facts.set(MessageFacts.droppedLengthBit) }
        facts.length = -1
    }
}

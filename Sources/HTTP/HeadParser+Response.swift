import Core

extension HeadParser {
    @inline(__always)
    static func parseResponse(
        _ bytes: RawSpan, into table: inout HeaderTable
    ) throws(Stop) -> ResponseHead {
        var head = ResponseHead()
        guard bytes.byteCount <= Int(UInt32.max) else { throw .malformed(.headTooLarge) }
        head.fieldsStart = UInt32(truncatingIfNeeded: try statusLine(bytes, &head))
        var host: Int32 = -1
        let end = try fields(
            bytes, from: Int(head.fieldsStart), into: &table, facts: &head.facts, host: &host,
            isRequest: false)
        head.fieldsEnd = UInt32(truncatingIfNeeded: end.fields)
        head.length = UInt32(truncatingIfNeeded: end.head)
        if head.facts.needSettling || head.status < 200 || head.status == 204 {
            try settle(&head, &table)
        }
        return head
    }

    /// Parses `version SP status [SP reason]` and returns the start of the fields.
    @inline(__always)
    private static func statusLine(
        _ bytes: RawSpan, _ head: inout ResponseHead
    ) throws(Stop) -> Int {
        head.version = try version(bytes, 0)
        guard bytes.byteCount >= 13 else {
            let isCut = bytes.firstControl(from: 8) == bytes.byteCount
            guard isCut || bytes.byteCount >= 12 && bytes.firstControl(from: 8) == 12 else {
                throw .malformed(.status)
            }
            throw .needsMore
        }
        guard bytes.byte(at: 8) == 0x20 else { throw .malformed(.status) }
        var status: UInt16 = 0
        for at in 9..<12 {
            let byte = bytes.byte(at: at)
            guard Characters.isDigit(byte) else { throw .malformed(.status) }
            status = status &* 10 &+ UInt16(byte &- 0x30)
        }
        guard status >= 100, status <= 599 else { throw .malformed(.status) }
        head.status = status
        var at = 12
        if bytes.byte(at: at) == 0x20 {
            at &+= 1
        } else if bytes.byte(at: at) != 0x0d, bytes.byte(at: at) != 0x0a {
            throw .malformed(.status)
        }
        head.reasonStart = UInt32(truncatingIfNeeded: at)
        at = bytes.firstControl(from: at)
        while at < bytes.byteCount, bytes.byte(at: at) == 0x09 {
            at = bytes.firstControl(from: at &+ 1)
        }
        head.reasonEnd = UInt32(truncatingIfNeeded: at)
        head.lineEnd = head.reasonEnd
        return try lineEnd(bytes, at, &head.facts, otherwise: .reason)
    }

    /// Settles what the fields say together.
    @inline(never)
    private static func settle(
        _ head: inout ResponseHead, _ table: inout HeaderTable
    ) throws(Stop) {
        try checkCodings(head.facts)
        settleFraming(&head.facts, version: head.version, &table)
        // 1xx and 204 have no body whatever they say (RFC 9112 6.3), and must not speak of one. 101
        // grants an upgrade; 426 names protocols that would be granted, which concerns the next hop
        // only.
        if head.status < 200 || head.status == 204 {
            head.facts.clear(MessageFacts.chunkedBit)
            head.facts.length = -1
        }
        if head.status != 101, head.facts.has(MessageFacts.upgradeFieldBit) {
            dropUpgrade(&table, &head.facts)
        }
    }
}

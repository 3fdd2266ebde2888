import Core

extension HeadParser {
    /// Where the fields of a head end.
    struct FieldsEnd: BitwiseCopyable {
        /// First byte of the empty line.
        var fields: Int
        /// First byte behind the empty line.
        var head: Int
    }

    /// Parses field lines from `start` through the empty line. Hop-by-hop and framing fields are
    /// marked as dropped, because the writer makes its own.
    @inline(__always)
    static func fields(
        _ bytes: RawSpan, from start: Int, into table: inout HeaderTable,
        facts: inout MessageFacts, host: inout Int32, isRequest: Bool
    ) throws(Stop) -> FieldsEnd {
        let limit = table.limit
        var at = start
        var count = 0
        var storage = table.storage.mutableSpan
        precondition(limit <= storage.count)
        while true {
            guard at < bytes.byteCount else { throw .needsMore }
            let nameEnd = bytes.nameEnd(from: at)
            guard nameEnd < bytes.byteCount else { throw .needsMore }
            guard nameEnd > at, bytes.checkedByte(at: nameEnd) == 0x3a else {
                let first = bytes.byte(at: at)
                if first == 0x0d || first == 0x0a {
                    let end = try lineEnd(bytes, at, &facts, otherwise: .lineEnding)
                    table.receivedCount = count
                    table.count = count
                    table.editedBytes = 0
                    table.nameBits = .max
                    return FieldsEnd(fields: at, head: end)
                }
                throw .malformed(Characters.isBlank(first) ? .foldedField : .fieldName)
            }
            guard count < limit else { throw .malformed(.tooManyFields) }

            var field = HeaderTable.Field()
            field.name = HeaderName.recognise(bytes, at..<nameEnd)
            if field.name == .other, !bytes.isToken(from: at, to: nameEnd) {
                throw .malformed(.fieldName)
            }
            let valueStart = bytes.blanksEnd(from: nameEnd &+ 1)
            var valueEnd = bytes.firstControl(from: valueStart)
            while valueEnd < bytes.byteCount, bytes.checkedByte(at: valueEnd) == 0x09 {
                valueEnd = bytes.firstControl(from: valueEnd &+ 1)
            }
            let next = try lineEnd(bytes, valueEnd, &facts, otherwise: .fieldValue)
            valueEnd = bytes.trimmedEnd(from: valueStart, to: valueEnd)
            field.nameStart = UInt32(truncatingIfNeeded: at)
            field.nameEnd = UInt32(truncatingIfNeeded: nameEnd)
            field.valueStart = UInt32(truncatingIfNeeded: valueStart)
            field.valueEnd = UInt32(truncatingIfNeeded: valueEnd)
            if field.name != .other {
                if field.name.isRegenerated { field.fate = .regenerated }
                if isRequest, field.name == .host {
                    guard host < 0 else { throw .malformed(.hostRepeated) }
                    guard RequestTarget.isAuthority(bytes, valueStart..<valueEnd) else {
                        throw .malformed(.host)
                    }
                    host = Int32(truncatingIfNeeded: count)
                } else if isRequest, field.name == .te {
                    keepTrailers(of: &field, bytes, &facts)
                } else {
                    try interpret(&field, bytes, &facts)
                }
            }
            storage[count] = field
            count &+= 1
            at = next
        }
    }

    /// Takes in what a field says about the message or the connection.
    @inline(never)
    static func interpret(
        _ field: inout HeaderTable.Field, _ bytes: RawSpan, _ facts: inout MessageFacts
    ) throws(Stop) {
        let value = field.valueRange
        switch field.name {
        case .contentLength:
            let length = try contentLength(bytes, value)
            // Equal values are one value, anything else cannot be framed (RFC 9112 6.3).
            guard facts.length < 0 || facts.length == length else {
                throw .malformed(.contentLength)
            }
            facts.length = length
        case .transferEncoding:
            try codings(bytes, value, &facts)
        case .connection:
            // By far the most frequent value is also a known name; a value holds no control
            // characters either.
            if HeaderName.recognise(bytes, value) == .keepAlive {
                facts.set(MessageFacts.keepAliveBit)
                field.fate = .removed
                return
            }
            forEachElement(bytes, value) { element in
                switch element.byteCount {
                case 5 where element.equalsIgnoringCase("close"):
                    facts.set(MessageFacts.closeBit)
                case 7 where element.equalsIgnoringCase("upgrade"):
                    facts.set(MessageFacts.upgradeOptionBit)
                case 10 where element.equalsIgnoringCase("keep-alive"):
                    facts.set(MessageFacts.keepAliveBit)
                default: break
                }
            }
            hideOwnOptions(of: &field, bytes)
        case .upgrade:
            forEachElement(bytes, value) { element in
                facts.set(MessageFacts.upgradeFieldBit)
                if element.equalsIgnoringCase("h2c") || element.equalsIgnoringCase("h2") {
                    facts.set(MessageFacts.http2UpgradeBit)
                }
            }
        case .expect:
            if bytes.extracting(value).equalsIgnoringCase("100-continue") {
                facts.set(MessageFacts.continueBit)
            }
        default: break
        }
    }

    /// Transfer codings. One that we do not know would have to be forwarded without being understood; what follows
    /// chunks, even more of them, leaves open where the body ends (RFC 9112 6.3).
    private static func codings(
        _ bytes: RawSpan, _ value: Range<Int>, _ facts: inout MessageFacts
    ) throws(Stop) {
        var at = value.lowerBound
        repeat {
            guard !facts.isChunked else { throw .malformed(.lastCoding) }
            let element = listElement(bytes, from: at, to: value.upperBound)
            let isChunked = bytes.extracting(element.text).equalsIgnoringCase("chunked")
            facts.set(isChunked ? MessageFacts.chunkedBit : MessageFacts.otherCodingBit)
            at = element.next
        } while at <= value.upperBound
    }

    /// Refuses codings that `codings` let pass, once the whole head is known.
    static func checkCodings(_ facts: MessageFacts) throws(Stop) {
        guard facts.has(MessageFacts.otherCodingBit) else { return }
        throw .malformed(facts.isChunked ? .transferEncoding : .lastCoding)
    }

    /// `TE` speaks to the next hop (RFC 9110 10.1.4). That we pass trailers on is all that may be said there; codings
    /// that the client would take are not ours to offer.
    @inline(never)
    private static func keepTrailers(
        of field: inout HeaderTable.Field, _ bytes: RawSpan, _ facts: inout MessageFacts
    ) {
        let value = field.valueRange
        var at = value.lowerBound
        field.fate = .removed
        while at <= value.upperBound, field.isRemoved {
            let element = listElement(bytes, from: at, to: value.upperBound)
            at = element.next
            guard bytes.extracting(element.text).equalsIgnoringCase("trailers") else { continue }
            field.fate = .kept
            guard element.text != value else { return }
            field.valueStart = UInt32(truncatingIfNeeded: element.text.lowerBound)
            field.valueEnd = UInt32(truncatingIfNeeded: element.text.upperBound)
            facts.set(MessageFacts.bareFeedBit)
        }
    }

    /// As HAProxy: whether a connection lives on is the proxy's own business, and rules do not read of it. Only at the ends
    /// of the list, so that what is left is one piece.
    @inline(never)
    private static func hideOwnOptions(of field: inout HeaderTable.Field, _ bytes: RawSpan) {
        func isOwn(_ element: Range<Int>) -> Bool {
            let text = bytes.extracting(element)
            return element.isEmpty || text.equalsIgnoringCase("close")
                || text.equalsIgnoringCase("keep-alive")
        }
        var first: Range<Int>?
        var last: Range<Int>?
        var at = field.valueRange.lowerBound
        let end = field.valueRange.upperBound
        while at <= end {
            let element = listElement(bytes, from: at, to: end)
            at = element.next
            if isOwn(element.text) { continue }
            first = first ?? element.text
            last = element.text
        }
        guard let first, let last else {
            field.fate = .removed
            return
        }
        field.valueStart = UInt32(truncatingIfNeeded: first.lowerBound)
        field.valueEnd = UInt32(truncatingIfNeeded: last.upperBound)
    }

    /// Takes lengths back that chunks have made void.
    static func hideLengths(_ table: inout HeaderTable) {
        for index in 0..<table.count where table.storage[index].name == .contentLength {
            table.storage[index].fate = .removed
        }
    }

    /// The element of a comma-separated list that begins at `start`, without the blanks around it, and where the next one
    /// does; behind `end` where it was the last.
    private static func listElement(
        _ bytes: RawSpan, from start: Int, to end: Int
    ) -> (text: Range<Int>, next: Int) {
        var first = start
        var comma = start
        while comma < end, bytes.byte(at: comma) != 0x2c { comma &+= 1 }
        var last = comma
        while first < last, Characters.isBlank(bytes.byte(at: first)) { first &+= 1 }
        while first < last, Characters.isBlank(bytes.byte(at: last &- 1)) { last &-= 1 }
        return (first..<last, comma &+ 1)
    }

    /// One decimal number, or a list of equal ones.
    private static func contentLength(_ bytes: RawSpan, _ range: Range<Int>) throws(Stop) -> Int64 {
        var result: Int64?
        var at = range.lowerBound
        while true {
            var value: Int64 = 0
            let first = at
            while at < range.upperBound, Characters.isDigit(bytes.byte(at: at)) {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(
                    Int64(bytes.byte(at: at) &- 0x30))
                guard !overflow, !carry else { throw .malformed(.contentLength) }
                value = sum
                at &+= 1
            }
            guard at > first, result == nil || result == value else {
                throw .malformed(.contentLength)
            }
            result = value
            while at < range.upperBound, Characters.isBlank(bytes.byte(at: at)) { at &+= 1 }
            if at == range.upperBound { return value }
            guard bytes.byte(at: at) == 0x2c else { throw .malformed(.contentLength) }
            at &+= 1
            while at < range.upperBound, Characters.isBlank(bytes.byte(at: at)) { at &+= 1 }
        }
    }

    /// Calls `body` with each element of a comma-separated list, blanks removed, empty ones left
    /// out.
    @inline(__always)
    static func forEachElement(_ bytes: RawSpan, _ range: Range<Int>, _ body: (RawSpan) -> Void) {
        var at = range.lowerBound
        while at < range.upperBound {
            var end = at
            while end < range.upperBound, bytes.byte(at: end) != 0x2c { end &+= 1 }
            var last = end
            while at < last, Characters.isBlank(bytes.byte(at: at)) { at &+= 1 }
            while at < last, Characters.isBlank(bytes.byte(at: last &- 1)) { last &-= 1 }
            if at < last { body(bytes.extracting(at..<last)) }
            at = end &+ 1
        }
    }

    /// Takes the request to switch protocols back: the Upgrade fields are not passed on.
    static func dropUpgrade(_ table: inout HeaderTable, _ facts: inout MessageFacts) {
        facts.clear(MessageFacts.upgradeFieldBit)
        for index in 0..<table.count where table.storage[index].name == .upgrade {
            table.storage[index].fate = .removed
        }
    }
}

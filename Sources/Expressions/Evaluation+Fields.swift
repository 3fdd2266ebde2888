import Core
import HTTP

/// Fields and cookies.
extension Evaluation {
    mutating func field(
        _ expression: SampleExpression, _ name: Bytes, _ occurrence: Int32, isSplit: Bool,
        _ use: Fetch.Use, isIterating: Bool
    ) -> Sample? {
        if use == .count {
            beginValues()
            var count: Int64 = 0
            while nextValue(expression, name, isSplit: isSplit) != nil { count &+= 1 }
            return .integer(count)
        }
        if occurrence == 0, isIterating {
            guard let range = nextValue(expression, name, isSplit: isSplit) else { return nil }
            hasMore = true
            return sample(of: range, as: use)
        }
        beginValues()
        var left = Int(occurrence == 0 ? -1 : occurrence)
        if left > 0 {
            while let range = nextValue(expression, name, isSplit: isSplit) {
                left &-= 1
                if left == 0 { return sample(of: range, as: use) }
            }
            return nil
        }
        if left == -1 {
            var last: Range<Int>?
            while let range = nextValue(expression, name, isSplit: isSplit) { last = range }
            guard let last else { return nil }
            return sample(of: last, as: use)
        }
        // From the end: counted first, then walked again.
        var count = 0
        while nextValue(expression, name, isSplit: isSplit) != nil { count &+= 1 }
        guard count &+ left >= 0 else { return nil }
        beginValues()
        var skip = count &+ left
        while let range = nextValue(expression, name, isSplit: isSplit) {
            if skip == 0 { return sample(of: range, as: use) }
            skip &-= 1
        }
        return nil
    }

    /// The next value of the fields called `name`, all fields for an empty name.
    private mutating func nextValue(
        _ expression: SampleExpression, _ name: Bytes, isSplit: Bool
    ) -> Range<Int>? {
        while true {
            if cursorOffset == 0 {
                guard
                    let found = Evaluation.find(
                        expression.constant(name), fields,
                        arena.bytes, from: cursorField)
                else { return nil }
                cursorField = found
            }
            guard cursorField < fields.count else { return nil }
            let value = fields[cursorField].valueRange
            guard isSplit else {
                cursorField &+= 1
                cursorOffset = 0
                return ListElements.trimmed(arena.bytes, value)
            }
            var at = value.lowerBound &+ cursorOffset
            if cursorOffset > 0, at > value.upperBound {
                cursorField &+= 1
                cursorOffset = 0
                continue
            }
            let part = ListElements.element(arena.bytes, at..<value.upperBound)
            at = part.next
            if at > value.upperBound {
                cursorField &+= 1
                cursorOffset = 0
            } else {
                cursorOffset = at &- value.lowerBound
            }
            return part.value
        }
    }

    static func find(
        _ name: RawSpan, _ fields: borrowing HeaderTable, _ bytes: RawSpan, from start: Int
    ) -> Int? {
        if name.isEmpty {
            var index = start
            while index < fields.count {
                if !fields[index].isRemoved { return index }
                index &+= 1
            }
            return nil
        }
        return fields.first(named: name, from: start, in: bytes, edits: bytes)
    }

    /// Adds a field whose name and value lie in the arena; false when the table is full.
    public mutating func addField(name: Range<Int>, value: Range<Int>) -> Bool {
        Evaluation.add(name, value, to: &fields, arena)
    }

    private static func add(
        _ name: Range<Int>, _ value: Range<Int>, to fields: inout HeaderTable,
        _ arena: borrowing Buffer
    ) -> Bool {
        fields.add(name: name, value: value, edits: arena.bytes)
    }

    mutating func fieldNames(_ delimiter: Bytes, _ expression: SampleExpression) -> Sample? {
        let start = arena.count
        var isFirst = true
        for index in 0..<fields.count where !fields[index].isRemoved {
            if !isFirst {
                guard append(constant: delimiter, of: expression) != nil else { return nil }
            }
            isFirst = false
            for at in fields[index].nameRange {
                guard arena.append(arena.bytes.byte(at: at).asciiLowercased) else { return nil }
            }
        }
        return .string(Bytes(start..<arena.count))
    }

    mutating func allFields() -> Sample? {
        let start = arena.count
        for index in 0..<fields.count where !fields[index].isRemoved {
            for at in fields[index].nameRange {
                guard arena.append(arena.bytes.byte(at: at).asciiLowercased) else { return nil }
            }
            guard arena.append(": "), arena.append(copyOf: fields[index].valueRange),
                arena.append("\r\n")
            else { return nil }
        }
        guard arena.append("\r\n") else { return nil }
        return .string(Bytes(start..<arena.count))
    }

    /// `req.hdrs_bin`: names and values with their lengths in front, in the numbers of SPOE, and two lengths of 0.
    mutating func binaryFields() -> Sample? {
        let start = arena.count
        for index in 0..<fields.count where !fields[index].isRemoved {
            let (name, value) = (fields[index].nameRange, fields[index].valueRange)
            guard appendLength(name.count) else { return nil }
            for at in name {
                guard arena.append(arena.bytes.byte(at: at).asciiLowercased) else { return nil }
            }
            guard appendLength(value.count), arena.append(copyOf: value) else { return nil }
        }
        guard appendLength(0), appendLength(0) else { return nil }
        return .binary(Bytes(start..<arena.count))
    }

    /// SPOE's number of variable length (HAProxy's SPOE.txt, section 3.1): four bits, then seven in each byte.
    private mutating func appendLength(_ length: Int) -> Bool {
        guard length >= 240 else { return arena.append(UInt8(truncatingIfNeeded: length)) }
        guard arena.append(UInt8(truncatingIfNeeded: length | 240)) else { return false }
        var rest = (length - 240) >> 4
        while rest >= 128 {
            guard arena.append(UInt8(truncatingIfNeeded: rest | 128)) else { return false }
            rest = (rest - 128) >> 7
        }
        return arena.append(UInt8(truncatingIfNeeded: rest))
    }

    // MARK: Cookies

    mutating func cookie(
        _ expression: SampleExpression, _ name: Bytes, _ use: Fetch.Use, _ side: Fetch.Side,
        isIterating: Bool
    ) -> Sample? {
        if use == .count {
            beginValues()
            var count: Int64 = 0
            while nextCookie(expression, name, side) != nil { count &+= 1 }
            return .integer(count)
        }
        guard !isIterating else {
            guard let range = nextCookie(expression, name, side) else { return nil }
            hasMore = true
            return sample(of: range, as: use)
        }
        // As HAProxy: without a place in an ACL the last one counts.
        beginValues()
        var last: Range<Int>?
        while let range = nextCookie(expression, name, side) {
            last = range
            // Of all cookies the first one.
            if name.isEmpty { break }
        }
        guard let last else { return nil }
        return sample(of: last, as: use)
    }

    private mutating func nextCookie(
        _ expression: SampleExpression, _ name: Bytes, _ side: Fetch.Side
    ) -> Range<Int>? {
        while let index = fields.first(side == .request ? .cookie : .setCookie, from: cursorField) {
            cursorField = index
            let value = fields[index].valueRange
            let found = CookieText.value(
                of: expression.constant(name), arena.bytes,
                value.lowerBound &+ cursorOffset..<value.upperBound, isAnswer: side == .response)
            if let found {
                if side == .response {
                    cursorField &+= 1
                    cursorOffset = 0
                } else {
                    cursorOffset = found.upperBound &- value.lowerBound
                }
                return found
            }
            cursorField &+= 1
            cursorOffset = 0
        }
        return nil
    }
}

/// Lists in field values.
public enum ListElements {
    /// The element that begins at the range's start, without blanks around it; `next` is where the
    /// following one begins, behind the range's end when there is none. Quotes protect commas.
    public static func element(
        _ bytes: RawSpan, _ range: Range<Int>
    ) -> (value: Range<Int>, next: Int) {
        // Mostly the one that ends it, or none.
        var at = bytes.listMark(range)
        var isQuoted = false
        while at < range.upperBound {
            let byte = bytes.byte(at: at)
            if isQuoted, byte == UInt8(ascii: "\\") {
                at &+= 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ","), !isQuoted {
                break
            }
            at &+= 1
        }
        at = min(at, range.upperBound)
        return (trimmed(bytes, range.lowerBound..<at), at &+ 1)
    }

    /// Without blanks before and behind it.
    public static func trimmed(_ bytes: RawSpan, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(bytes.byte(at: start)) { start &+= 1 }
        while end > start, isBlank(bytes.byte(at: end &- 1)) { end &-= 1 }
        return start..<end
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

/// Cookies in a `Cookie` or `Set-Cookie` field.
enum CookieText {
    /// The value of the next cookie of that name, of any for an empty name.
    static func value(
        of name: RawSpan, _ bytes: RawSpan, _ range: Range<Int>, isAnswer: Bool
    ) -> Range<Int>? {
        var at = range.lowerBound
        while at < range.upperBound {
            var end = at
            while end < range.upperBound, bytes.byte(at: end) != UInt8(ascii: ";") { end &+= 1 }
            var equals = at
            while equals < end, bytes.byte(at: equals) != UInt8(ascii: "=") { equals &+= 1 }
            if equals < end {
                let found = ListElements.trimmed(bytes, at..<equals)
                if name.isEmpty || bytes.extracting(found).equals(name) {
                    return ListElements.trimmed(bytes, equals &+ 1..<end)
                }
            }
            // Behind the first pair of Set-Cookie stand attributes.
            if isAnswer { return nil }
            at = end &+ 1
        }
        return nil
    }
}

/// Parameters of a target's query.
enum QueryScanner {
    static func value(
        of name: RawSpan, in bytes: RawSpan, _ target: Range<Int>, delimiter: UInt8
    ) -> Range<Int>? {
        var at = target.lowerBound
        while at < target.upperBound, bytes.byte(at: at) != delimiter { at &+= 1 }
        return pair(
            name, bytes, min(at &+ 1, target.upperBound)..<target.upperBound, delimiter)
    }

    /// The value of a pair `name=value` of a form; of the first one for an empty name. Pairs end with `&`, `;` or
    /// the delimiter (measured).
    static func pair(
        _ name: RawSpan, _ bytes: RawSpan, _ range: Range<Int>, _ delimiter: UInt8
    ) -> Range<Int>? {
        var at = range.lowerBound
        while at < range.upperBound {
            var equals: Int?
            var end = at
            while end < range.upperBound {
                let byte = bytes.byte(at: end)
                if byte == UInt8(ascii: "&") || byte == UInt8(ascii: ";") || byte == delimiter {
                    break
                }
                if byte == UInt8(ascii: "="), equals == nil { equals = end }
                end &+= 1
            }
            if let equals, name.isEmpty || bytes.extracting(at..<equals).equals(name) {
                return equals &+ 1..<end
            }
            at = end &+ 1
        }
        return nil
    }

    /// The value behind `name=` among pairs with a separator between them.
    static func parameter(
        _ name: RawSpan, _ bytes: RawSpan, _ range: Range<Int>, _ separator: UInt8
    ) -> Range<Int>? {
        var at = range.lowerBound
        while at < range.upperBound {
            var end = at
            while end < range.upperBound, bytes.byte(at: end) != separator { end &+= 1 }
            var equals = at
            while equals < end, bytes.byte(at: equals) != UInt8(ascii: "=") { equals &+= 1 }
            if name.isEmpty || bytes.extracting(at..<equals).equals(name) {
                return min(equals &+ 1, end)..<end
            }
            at = end &+ 1
        }
        return nil
    }
}

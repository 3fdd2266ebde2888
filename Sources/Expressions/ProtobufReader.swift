import Core

/// Fields of protocol buffers (encoding: protobuf.dev/programming-guides/encoding), found by their numbers.
enum ProtobufReader {
    /// What a field is read as.
    enum FieldType: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        /// Its bytes as they are.
        case raw
        case int32, int64, uint32, uint64, sint32, sint64, bool
        case `enum`
        case fixed64, sfixed64, double, fixed32, sfixed32, float

        init?(name: String) {
            guard let found = FieldType.allCases.first(where: { "\($0)" == name && $0 != .raw })
            else { return nil }
            self = found
        }

        /// How such a field lies on the wire; nil: in any way.
        var wire: UInt8? {
            switch self {
            case .raw: nil
            case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enum: 0
            case .fixed64, .sfixed64, .double: 1
            case .fixed32, .sfixed32, .float: 5
            }
        }
    }

    /// Most numbers of a path.
    static let depthLimit = 16
    /// Bytes before each message of gRPC: a flag, and the length.
    private static let headerBytes = 5

    /// Where the field lies in messages of gRPC that follow one another. `path`: four bytes for each number, the first
    /// byte the highest.
    static func findInCalls(
        _ path: RawSpan, _ type: FieldType, in text: RawSpan, _ range: Range<Int>
    ) -> Range<Int>? {
        var at = range.lowerBound
        while range.upperBound &- at > headerBytes {
            let length = Int(text.networkUInt32(at: at &+ 1))
            at &+= headerBytes
            let end = at &+ length
            // As HAProxy: nothing is told of a message that is not whole.
            guard end <= range.upperBound else { return nil }
            if let found = find(path, type, in: text, at..<end) { return found }
            at = end
        }
        return nil
    }

    /// Where the first such field lies; of numbers that stand one in another the first on each level counts.
    static func find(
        _ path: RawSpan, _ type: FieldType, in text: RawSpan, _ range: Range<Int>
    ) -> Range<Int>? {
        var (at, end) = (range.lowerBound, range.upperBound)
        var level = 0
        while at < end {
            guard let key = varint(text, &at, end) else { return nil }
            let wire = UInt8(truncatingIfNeeded: key & 7)
            let start = at
            guard let next = valueEnd(wire, text, &at, end) else { return nil }
            guard key >> 3 == UInt64(path.networkUInt32(at: level &* 4)) else {
                at = next
                continue
            }
            if (level &+ 1) &* 4 == path.byteCount {
                guard type.wire == nil || type.wire == wire else { return nil }
                // Of a field with a length that does not count.
                return (wire == 2 ? at : start)..<next
            }
            guard wire == 2 else { return nil }
            end = next
            level &+= 1
        }
        return nil
    }

    /// Where a value ends; `at` moves behind a length. nil: it is not whole, or of a kind that is not there any more.
    private static func valueEnd(
        _ wire: UInt8, _ text: RawSpan, _ at: inout Int, _ end: Int
    ) -> Int? {
        var next = at
        switch wire {
        case 0: guard varint(text, &next, end) != nil else { return nil }
        case 1: next &+= 8
        case 5: next &+= 4
        case 2:
            guard let length = varint(text, &at, end), length <= UInt64(end &- at) else {
                return nil
            }
            next = at &+ Int(length)
        default: return nil
        }
        return next <= end ? next : nil
    }

    private static func varint(_ text: RawSpan, _ at: inout Int, _ end: Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while at < end, shift < 64 {
            let byte = text.byte(at: at)
            at &+= 1
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift &+= 7
        }
        return nil
    }

    /// The number that lies there.
    static func number(_ type: FieldType, _ text: RawSpan, _ range: Range<Int>) -> Int64? {
        var at = range.lowerBound
        switch type {
        case .raw: return nil
        case .int32, .int64, .uint32, .uint64, .sint32, .sint64, .bool, .enum:
            return varint(text, &at, range.upperBound).map { whole(type, $0) }
        case .fixed64, .sfixed64: return Int64(bitPattern: word(text, range))
        case .double:
            return Int64(exactly: Double(bitPattern: word(text, range)).rounded(.towardZero))
        case .fixed32: return Int64(word(text, range))
        case .sfixed32: return Int64(Int32(truncatingIfNeeded: word(text, range)))
        case .float:
            let float = Float(bitPattern: UInt32(truncatingIfNeeded: word(text, range)))
            return Int64(exactly: float.rounded(.towardZero))
        }
    }

    private static func whole(_ type: FieldType, _ value: UInt64) -> Int64 {
        switch type {
        case .int32, .enum: Int64(Int32(truncatingIfNeeded: value))
        case .sint32:
            Int64(
                Int32(bitPattern: UInt32(truncatingIfNeeded: value) >> 1)
                    ^ -Int32(truncatingIfNeeded: value & 1))
        case .sint64: Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
        // As HAProxy: what is no bool or too large is told as it is.
        default: Int64(bitPattern: value)
        }
    }

    /// The lowest byte comes first.
    private static func word(_ text: RawSpan, _ range: Range<Int>) -> UInt64 {
        var value: UInt64 = 0
        for at in range.reversed() { value = value << 8 | UInt64(text.byte(at: at)) }
        return value
    }
}

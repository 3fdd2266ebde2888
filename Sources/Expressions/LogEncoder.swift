public import Core

/// Log lines as JSON (RFC 8259) or CBOR (RFC 8949) maps: `%{+json}o`, `%{+cbor}o`. All functions return
/// false, and may have written a part, where the room is too small.
public enum LogEncoder {
    /// What a value is, once its type is known.
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case text, number, bool, bytes
    }

    public static func begin(_ encoding: LogEncoding, into line: inout Buffer) -> Bool {
        encoding == .json
            ? line.append("{") : append(raw: 0xbf, encoding, into: &line)
    }

    public static func end(_ encoding: LogEncoding, into line: inout Buffer) -> Bool {
        encoding == .json
            ? line.append("}") : append(raw: 0xff, encoding, into: &line)
    }

    /// A name of the map. Names hold nothing that would have to be escaped.
    public static func append(
        key: RawSpan, isFirst: Bool, _ encoding: LogEncoding, into line: inout Buffer
    ) -> Bool {
        if encoding == .json {
            if !isFirst { guard line.append(", ") else { return false } }
            return line.append("\"") && line.append(key) && line.append("\": ")
        }
        guard append(head: 3, UInt64(key.byteCount), encoding, into: &line) else { return false }
        for at in 0..<key.byteCount {
            guard append(raw: key.byte(at: at), encoding, into: &line) else { return false }
        }
        return true
    }

    /// Puts the encoded value in the place of a plain one, which stands at the line's end from `start` on. Quotes
    /// around it are not part of it; nothing at all is null.
    public static func encodeTail(
        from start: Int, as kind: Kind, _ encoding: LogEncoding, of line: inout Buffer
    ) -> Bool {
        let plainEnd = line.count
        var range = start..<plainEnd
        if range.isEmpty {
            return encoding == .json
                ? line.append("null") : append(raw: 0xf6, encoding, into: &line)
        }
        let isQuoted =
            kind != .bytes && range.count >= 2 && line.bytes.byte(at: start) == quote
            && line.bytes.byte(at: plainEnd - 1) == quote
        if isQuoted { range = (start + 1)..<(plainEnd - 1) }
        guard append(range, as: kind, encoding, into: &line) else { return false }
        line.moveDown(from: plainEnd, to: start, count: line.count - plainEnd)
        line.truncate(by: plainEnd - start)
        return true
    }

    private static let quote = UInt8(ascii: "\"")

    private static func append(
        _ range: Range<Int>, as kind: Kind, _ encoding: LogEncoding, into line: inout Buffer
    ) -> Bool {
        switch kind {
        case .number, .bool:
            guard let value = number(line.bytes.extracting(range)) else {
                return encoding == .json
                    ? line.append("null") : append(raw: 0xf6, encoding, into: &line)
            }
            if kind == .bool {
                guard encoding != .json else { return line.append(value == 0 ? "false" : "true") }
                return append(raw: value == 0 ? 0xf4 : 0xf5, encoding, into: &line)
            }
            guard encoding != .json else { return line.append(decimal: value) }
            // Negative numbers are written as -1 - n (RFC 8949 section 3.1).
            return append(
                head: value < 0 ? 1 : 0, UInt64(value < 0 ? -1 - value : value), encoding,
                into: &line)
        case .text where encoding == .json: return appendJSON(range, into: &line)
        case .text, .bytes:
            if encoding == .json { return appendJSON(range, into: &line) }
            guard
                append(
                    head: kind == .bytes ? 2 : 3, UInt64(range.count), encoding, into: &line)
            else { return false }
            for at in range {
                guard append(raw: line.bytes.byte(at: at), encoding, into: &line) else {
                    return false
                }
            }
            return true
        }
    }

    /// A field of a line that is not whole yet has a `+` before it; others have zeros.
    private static func number(_ text: RawSpan) -> Int? {
        var at = 0
        var isNegative = false
        if text.byteCount > 0, text.byte(at: 0) == UInt8(ascii: "+") { at = 1 }
        if at < text.byteCount, text.byte(at: at) == UInt8(ascii: "-") {
            isNegative = true
            at += 1
        }
        guard at < text.byteCount else { return nil }
        var value = 0
        while at < text.byteCount {
            let digit = text.byte(at: at) &- 0x30
            guard digit < 10 else { return nil }
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(Int(digit))
            guard !isTooLarge, !overflows else { return nil }
            value = sum
            at += 1
        }
        return isNegative ? -value : value
    }

    private static func appendJSON(_ range: Range<Int>, into line: inout Buffer) -> Bool {
        guard line.append(quote) else { return false }
        for at in range {
            let byte = line.bytes.byte(at: at)
            if byte < 0x20 || byte == 0x7f {
                guard line.append("\\u00"), line.append(digit(byte >> 4)),
                    line.append(digit(byte & 15))
                else { return false }
            } else {
                if byte == quote || byte == 0x5c { guard line.append("\\") else { return false } }
                guard line.append(byte) else { return false }
            }
        }
        return line.append(quote)
    }

    // MARK: CBOR

    /// The first bytes of an item: its major type and a number, as short as it goes (RFC 8949 section 3).
    private static func append(
        head type: UInt8, _ value: UInt64, _ encoding: LogEncoding, into line: inout Buffer
    ) -> Bool {
        let (code, bytes): (UInt8, UInt64) =
            switch value {
            case 0..<24: (UInt8(value), 0)
            case 24..<0x100: (24, 1)
            case 0x100..<0x1_0000: (25, 2)
            case 0x1_0000..<0x1_0000_0000: (26, 4)
            default: (27, 8)
            }
        guard append(raw: type << 5 | code, encoding, into: &line) else { return false }
        for place in 0..<bytes {
            let byte = UInt8(truncatingIfNeeded: value >> ((bytes - 1 - place) * 8))
            guard append(raw: byte, encoding, into: &line) else { return false }
        }
        return true
    }

    private static func append(
        raw byte: UInt8, _ encoding: LogEncoding, into line: inout Buffer
    ) -> Bool {
        if encoding == .binaryCBOR { return line.append(byte) }
        return line.append(digit(byte >> 4)) && line.append(digit(byte & 15))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value + 0x30 : value + 0x37
    }
}

/// Text on its way out: bytes of a reply.
extension [UInt8] {
    @inline(__always)
    mutating func write(_ text: String) { append(contentsOf: text.utf8) }

    /// A number in decimal digits, without a detour over text: large reports are mostly numbers.
    mutating func write(decimal number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: number / divisor % 10) + 0x30)
            divisor /= 10
        }
    }

    mutating func write(_ value: StatValue) {
        switch value {
        case .u32(let number): write(decimal: UInt64(number))
        case .u64(let number): write(decimal: number)
        case .s32(let number):
            if number < 0 { append(0x2d) }
            write(decimal: UInt64(number.magnitude))
        case .text(let text): write(text)
        }
    }

    mutating func write(line text: String) {
        write(text)
        append(0x0a)
    }

    /// One field of a CSV line: quoted only where it holds a comma, a quote or a line end (RFC
    /// 4180).
    mutating func write(csv text: String) {
        let needsQuotes = text.utf8.contains {
            $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d
        }
        guard needsQuotes else { return write(text) }
        append(0x22)
        for byte in text.utf8 {
            if byte == 0x22 { append(0x22) }
            append(byte)
        }
        append(0x22)
    }

    /// A JSON string with its quotes (RFC 8259 section 7).
    package mutating func write(json text: String) {
        append(0x22)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5c:
                append(0x5c)
                append(byte)
            case 0x0a: write("\\n")
            case 0x0d: write("\\r")
            case 0x09: write("\\t")
            case 0..<0x20:
                write("\\u00")
                append(Self.hexDigit(byte >> 4))
                append(Self.hexDigit(byte & 15))
            default: append(byte)
            }
        }
        append(0x22)
    }

    /// Text inside HTML, or inside a quoted attribute.
    mutating func write(html text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): write("&lt;")
            case UInt8(ascii: ">"): write("&gt;")
            case UInt8(ascii: "&"): write("&amp;")
            case UInt8(ascii: "\""): write("&quot;")
            case UInt8(ascii: "'"): write("&#39;")
            default: append(byte)
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x61 + value - 10
    }
}

public import Core

/// Writes values of log fields as HAProxy does (measured): what is quoted, escaped, written as
/// `#xx`, and what stands for nothing. All return false, and may have written a part, where the
/// room is too small.
public enum LogText {
    /// What is made unrecognisable because a reader of logs might take it for something else.
    public enum Encoding: UInt8, Sendable {
        /// Names and other texts of our own.
        case none = 0
        /// Request lines and their parts: `"`, and all that is not printable ASCII.
        case request = 1
        /// Captured headers, which stand between braces and bars: `{`, `|`, `}`, `#` besides.
        case header = 2
        /// Values of expressions: control characters, which could end a line. HAProxy writes them as they are.
        case expression = 4
    }

    /// A text; an empty one is `-`, or `""` with the flag Q.
    @inline(__always)
    public static func append(
        _ text: RawSpan, _ encoding: Encoding, _ flags: LogFlags, into line: inout Buffer
    ) -> Bool {
        if flags.isQuoted { guard line.append(quote) else { return false } }
        if text.isEmpty {
            if !flags.isQuoted { return line.append(UInt8(ascii: "-")) }
        } else if !appendEncoded(text, encoding, flags, into: &line) {
            return false
        }
        return flags.isQuoted ? line.append(quote) : true
    }

    /// The same for a text of ours that is never empty.
    @inline(__always)
    public static func append(
        _ text: StaticString, _ flags: LogFlags, into line: inout Buffer
    ) -> Bool {
        guard flags.isQuoted else { return line.append(text) }
        return line.append(quote) && line.append(text) && line.append(quote)
    }

    /// A text in pieces, like captured headers: the caller writes quotes by `appendQuote` around
    /// the pieces.
    public static func appendEncoded(
        _ text: RawSpan, _ encoding: Encoding, _ flags: LogFlags, into line: inout Buffer
    ) -> Bool {
        var run = 0
        for at in 0..<text.byteCount {
            let byte = text.byte(at: at)
            let isEncoded = encoding != .none && encodedBy(byte) & encoding.rawValue != 0
            guard isEncoded || flags.isEscaped && isSpecial(byte) else { continue }
            guard line.append(text.extracting(run..<at)) else { return false }
            run = at &+ 1
            if isEncoded {
                guard line.append(UInt8(ascii: "#")), line.append(digit(byte &>> 4)),
                    line.append(digit(byte & 15))
                else { return false }
            } else {
                guard line.append(UInt8(ascii: "\\")), line.append(byte) else { return false }
            }
        }
        return line.append(text.extracting(run..<text.byteCount))
    }

    /// A quote where the flag Q asks for one.
    @inline(__always)
    public static func appendQuote(_ flags: LogFlags, into line: inout Buffer) -> Bool {
        flags.isQuoted ? line.append(quote) : true
    }

    /// A port or a counter: decimal, or at least `digits` hexadecimal digits with the flag X.
    @inline(__always)
    public static func append(
        _ number: Int, digits: Int, _ flags: LogFlags, into line: inout Buffer
    ) -> Bool {
        guard flags.isHexadecimal else { return line.append(decimal: number) }
        return appendHexadecimal(UInt64(bitPattern: Int64(number)), digits: digits, into: &line)
    }

    /// An IPv4 address as text, or as eight digits with the flag X; quoted with Q.
    public static func append(
        _ address: IPv4Address, _ flags: LogFlags, into line: inout Buffer
    ) -> Bool {
        if flags.isHexadecimal {
            return appendHexadecimal(UInt64(address.rawValue), digits: 8, into: &line)
        }
        guard appendQuote(flags, into: &line) else { return false }
        for place in 0..<4 as Range<UInt32> {
            if place > 0 { guard line.append(UInt8(ascii: ".")) else { return false } }
            let octet = Int(address.rawValue &>> (24 &- 8 &* place) & 255)
            guard line.append(decimal: octet) else { return false }
        }
        return appendQuote(flags, into: &line)
    }

    /// At least `digits` upper-case hexadecimal digits.
    public static func appendHexadecimal(
        _ number: UInt64, digits: Int, into line: inout Buffer
    ) -> Bool {
        let needed = max((64 &- number.leadingZeroBitCount &+ 3) / 4, max(digits, 1))
        guard line.room >= needed else { return false }
        for place in 0..<needed {
            let shift = UInt64((needed &- 1 &- place) &* 4)
            line.append(digit(UInt8(truncatingIfNeeded: shift < 64 ? number &>> shift & 15 : 0)))
        }
        return true
    }

    private static let quote = UInt8(ascii: "\"")

    @inline(__always)
    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value &+ 0x30 : value &+ 0x37
    }

    /// `"`, `\` and `]` (RFC 5424 6.3.3).
    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == 0x22 || byte == 0x5c || byte == 0x5d
    }

    /// The encodings that turn a byte into `#xx`, as bits.
    @inline(__always)
    private static func encodedBy(_ byte: UInt8) -> UInt8 {
        if byte < 0x20 || byte == 0x7f { return 7 }
        if byte > 0x7e || byte == 0x22 || byte == 0x23 { return 3 }
        return byte == 0x7b || byte == 0x7c || byte == 0x7d ? 2 : 0
    }
}

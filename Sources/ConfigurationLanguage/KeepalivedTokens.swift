import Diagnostics

/// Cuts a finished line into words and braces.
struct KeepalivedTokens: Sendable {
    enum Token: Sendable {
        case word(Word)
        case open(SourceRange)
        case close(SourceRange)
    }

    private let line: KeepalivedLine
    private var index = 0
    /// Where a quote was opened that the line does not close.
    private(set) var unterminatedQuote: SourceRange?

    init(_ line: KeepalivedLine) { self.line = line }

    private var byte: UInt8? { line.marks.indices.contains(index) ? line.marks[index].byte : nil }

    /// The next one; nil at the end of the line.
    mutating func next() -> Token? {
        while let byte = self.byte, byte.isBlank { index += 1 }
        switch byte {
        case nil: return nil
        case UInt8(ascii: "{"):
            index += 1
            return .open(line.range(index - 1..<index))
        case UInt8(ascii: "}"):
            index += 1
            return .close(line.range(index - 1..<index))
        default: return .word(word())
        }
    }

    /// Quoted parts and bare ones that touch are one word; a bare brace ends it.
    private mutating func word() -> Word {
        let start = index
        var bytes: [UInt8] = []
        var quote: (byte: UInt8, index: Int)?
        scan: while let byte = self.byte {
            switch byte {
            case UInt8(ascii: "\\"):
                index += 1
                escape(into: &bytes)
                continue scan
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if quote == nil {
                    quote = (byte, index)
                } else if quote?.byte == byte {
                    quote = nil
                } else {
                    bytes.append(byte)
                }
            case _ where quote != nil: bytes.append(byte)
            case UInt8(ascii: "$") where isBraced(at: index + 1):
                // A definition that does not exist stays as it is written, and its braces are no block.
                while let byte = self.byte, byte != UInt8(ascii: "}") {
                    bytes.append(byte)
                    index += 1
                }
                bytes.append(UInt8(ascii: "}"))
            case UInt8(ascii: "{"), UInt8(ascii: "}"): break scan
            case _ where byte.isBlank: break scan
            default: bytes.append(byte)
            }
            index += 1
        }
        if let quote { unterminatedQuote = line.range(quote.index..<line.marks.count) }
        return Word(bytes: bytes, range: line.range(start..<index))
    }

    private func isBraced(at start: Int) -> Bool {
        guard start < line.marks.count, line.marks[start].byte == UInt8(ascii: "{") else {
            return false
        }
        return line.marks[start...].contains { $0.byte == UInt8(ascii: "}") }
    }

    /// The byte of an escape, as in a shell's `$'…'`; `index` is behind the backslash.
    private mutating func escape(into bytes: inout [UInt8]) {
        guard let byte = self.byte else { return bytes.append(UInt8(ascii: "\\")) }
        index += 1
        switch byte {
        case UInt8(ascii: "a"): bytes.append(0x07)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "E"): bytes.append(0x1b)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "v"): bytes.append(0x0b)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            index -= 1
            bytes.append(number(base: 8, digits: 3))
        case UInt8(ascii: "x"):
            if self.byte?.hexadecimalValue == nil {
                bytes.append(byte)
            } else {
                bytes.append(number(base: 16, digits: .max))
            }
        case UInt8(ascii: "c"):
            guard let control = self.byte else { return bytes.append(byte) }
            index += 1
            bytes.append(control & 0x1f)
        default: bytes.append(byte)
        }
    }

    /// Digits of a base; what does not fit in a byte loses its upper bits.
    private mutating func number(base: UInt8, digits limit: Int) -> UInt8 {
        var value: UInt8 = 0
        var digits = 0
        while digits < limit, let digit = byte?.hexadecimalValue, digit < base {
            value = value &* base &+ digit
            index += 1
            digits += 1
        }
        return value
    }
}

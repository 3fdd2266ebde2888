import Diagnostics

/// A line while it is rewritten: each byte knows the columns of the text that it stands for, so that
/// places survive the substitution of definitions.
struct KeepalivedLine: Sendable {
    struct Mark: Sendable {
        var byte: UInt8
        /// First column in the file.
        var start: Int
        /// The column behind it.
        var end: Int
    }

    let file: String
    let number: Int
    var marks: [Mark]

    init(file: String, number: Int, bytes: some Collection<UInt8>) {
        self.file = file
        self.number = number
        marks = bytes.enumerated().map { column, byte in
            Mark(byte: byte, start: column, end: column + 1)
        }
    }

    var bytes: [UInt8] { marks.map(\.byte) }
    var isBlank: Bool { marks.allSatisfy { $0.byte.isBlank } }

    /// The place of some of its bytes.
    func range(_ indices: Range<Int>) -> SourceRange {
        guard
            let first = marks.indices.contains(indices.lowerBound)
                ? marks[indices.lowerBound] : marks.last
        else { return SourceRange(file: file, line: number) }
        let last =
            marks.indices.contains(indices.upperBound - 1)
            ? marks[indices.upperBound - 1] : first
        return SourceRange(
            file: file, line: number, columns: first.start..<max(last.end, first.start))
    }

    var wholeRange: SourceRange { range(0..<marks.count) }

    /// Replaces some bytes by others that take over their place.
    mutating func replace(_ indices: Range<Int>, with bytes: some Sequence<UInt8>) {
        let place = range(indices).columns
        marks.replaceSubrange(
            indices,
            with: bytes.map { Mark(byte: $0, start: place.lowerBound, end: place.upperBound) })
    }

    /// Drops blanks at both ends.
    mutating func trim() {
        let start = marks.firstIndex { !$0.byte.isBlank } ?? marks.count
        marks.removeSubrange(..<start)
        while let last = marks.last, last.byte.isBlank { marks.removeLast() }
    }

    /// Cuts a comment off: `#` or `!` outside quotes, not behind a backslash.
    mutating func removeComment() {
        var quote: UInt8?
        var index = 0
        while index < marks.count {
            let byte = marks[index].byte
            switch byte {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if quote == nil { quote = byte } else if quote == byte { quote = nil }
            case UInt8(ascii: "#"), UInt8(ascii: "!"):
                if quote == nil {
                    marks.removeSubrange(index...)
                    return
                }
            default: break
            }
            index += 1
        }
    }

    /// The first word, with its indices; quotes are not looked at.
    var firstWord: (text: String, indices: Range<Int>)? {
        guard let start = marks.firstIndex(where: { !$0.byte.isBlank }) else { return nil }
        let end = marks[start...].firstIndex { $0.byte.isBlank } ?? marks.count
        return (
            String(decoding: marks[start..<end].map(\.byte), as: UTF8.self), start..<end
        )
    }
}

extension UInt8 {
    /// Space, tab, and the other blanks of C but the line feed.
    var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0d && self != 0x0a) }

    /// What the name of a definition is made of.
    var isNameByte: Bool {
        switch self {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    var isDecimalDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

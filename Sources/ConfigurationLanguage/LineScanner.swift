package import Diagnostics

/// Cuts a line of HAProxy's language into words (HAProxy manual, sections 2.2 and 2.3).
package struct LineScanner {
    /// Words of a line at most.
    package static let wordLimit = 64
    /// Bytes of a line at most, before and after its variables are replaced.
    package static let byteLimit = 65536

    /// Why a line cannot be cut; the column starts at 0.
    package struct Failure: Error, Equatable {
        package let message: String
        package let column: Int
    }

    private let line: ArraySlice<UInt8>
    private let file: String
    private let number: Int
    private let section: String
    private var index: Int
    /// The word that is being collected.
    private var word: [UInt8] = []
    private var wordStart: Int?
    private var words: [Word] = []
    private var expandedBytes = 0
    /// What variables stood for whose names are those of secrets.
    private var secrets: [[UInt8]] = []

    private init(_ line: ArraySlice<UInt8>, file: String, number: Int, section: String) {
        self.line = line
        self.file = file
        self.number = number
        self.section = section
        index = line.startIndex
    }

    /// The words of line `number` of a text; `section` is what the pseudo-variable `.SECTION` stands for. What is
    /// secret in them is kept in `secrets`, so that no message shows it.
    package static func words(
        of source: SourceFile, line number: Int, section: String, variables: Variables,
        secrets: inout SecretValues
    ) -> Result<[Word], Failure> {
        let line = source.line(number)
        var scanner = LineScanner(line, file: source.name, number: number, section: section)
        do throws(Failure) {
            try scanner.scan(variables)
        } catch {
            return .failure(error)
        }
        // The others read as they are written.
        if line.contains(where: { resolved.contains($0) }) {
            secrets.add(
                scanner.words.map(\.bytes), named: scanner.secrets, file: source.name, line: number)
        }
        return .success(scanner.words)
    }

    /// What begins quotes, escapes and variables.
    private static let resolved = Array("\"'\\$".utf8)

    private mutating func scan(_ variables: Variables) throws(Failure) {
        if line.count > Self.byteLimit {
            throw Failure(message: "line too long, limit: \(Self.byteLimit)", column: 0)
        }
        while index < line.endIndex {
            let byte = line[index]
            switch byte {
            case 0x20, 0x09, 0x0b, 0x0c, 0x0d:
                try endWord()
                index += 1
            case UInt8(ascii: "#"):
                try endWord()
                return
            case UInt8(ascii: "\\"): try escape()
            case UInt8(ascii: "'"): try strongQuotes()
            case UInt8(ascii: "\""): try weakQuotes(variables)
            case 0:
                throw failure("a NUL byte is not permitted", at: index)
            default:
                beginWord()
                word.append(byte)
                index += 1
            }
        }
        try endWord()
    }

    private mutating func strongQuotes() throws(Failure) {
        beginWord()
        let open = index
        index += 1
        while index < line.endIndex, line[index] != UInt8(ascii: "'") {
            word.append(line[index])
            index += 1
        }
        if index == line.endIndex { throw failure("unmatched quote", at: open) }
        index += 1
    }

    private mutating func weakQuotes(_ variables: Variables) throws(Failure) {
        beginWord()
        let open = index
        let written = word.count
        var isList = false
        index += 1
        while index < line.endIndex {
            switch line[index] {
            case UInt8(ascii: "\""):
                index += 1
                // "${LIST[*]}" of nothing is no word at all.
                if isList, word.isEmpty, written == 0 { wordStart = nil }
                return
            case UInt8(ascii: "\\"): try escape()
            case UInt8(ascii: "$"): isList = try variable(variables) || isList
            default:
                word.append(line[index])
                index += 1
            }
        }
        throw failure("unmatched quote", at: open)
    }

    /// A backslash; what is not one of the known pairs stays as it is, so that `\1` needs no care.
    private mutating func escape() throws(Failure) {
        beginWord()
        let start = index
        index += 1
        guard index < line.endIndex else {
            word.append(UInt8(ascii: "\\"))
            return
        }
        let byte = line[index]
        index += 1
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "\""),
            UInt8(ascii: "'"), UInt8(ascii: "$"), 0x09:
            word.append(byte)
        case UInt8(ascii: "n"): word.append(0x0a)
        case UInt8(ascii: "r"): word.append(0x0d)
        case UInt8(ascii: "t"): word.append(0x09)
        case UInt8(ascii: "x"):
            guard line.endIndex - index >= 2, let high = Self.hex(line[index]),
                let low = Self.hex(line[index + 1])
            else { throw failure("truncated or invalid hexadecimal sequence", at: start) }
            word.append(high << 4 | low)
            index += 2
        default:
            word.append(UInt8(ascii: "\\"))
            word.append(byte)
        }
    }

    /// `$NAME`, `${NAME}`, `${NAME-default}`, `${NAME[*]}`; true for the last one.
    private mutating func variable(_ variables: Variables) throws(Failure) -> Bool {
        let dollar = index
        index += 1
        let hasBrace = index < line.endIndex && line[index] == UInt8(ascii: "{")
        if hasBrace { index += 1 }
        guard index < line.endIndex,
            Self.isNameStart(line[index]) || line[index] == UInt8(ascii: ".")
        else { throw failure("forbidden first char in environment variable name", at: index) }
        let nameStart = index
        index += 1
        while index < line.endIndex, Self.isNameByte(line[index]) { index += 1 }
        let name = String(decoding: line[nameStart..<index], as: UTF8.self)
        var fallback: ArraySlice<UInt8>?
        var isList = false
        if hasBrace {
            if line[index...].starts(with: Array("[*]".utf8)) {
                isList = true
                index += 3
            }
            if index < line.endIndex, line[index] == UInt8(ascii: "-") {
                let start = index + 1
                guard let end = line[start...].firstIndex(of: UInt8(ascii: "}")) else {
                    throw failure("unmatched brace in environment variable name", at: dollar + 1)
                }
                fallback = line[start..<end]
                index = end
            }
            guard index < line.endIndex, line[index] == UInt8(ascii: "}") else {
                throw failure("unmatched brace in environment variable name", at: dollar + 1)
            }
            index += 1
        }
        let value = self.value(of: name, variables).map { ArraySlice($0.utf8) } ?? fallback ?? []
        expandedBytes += value.count
        if expandedBytes > Self.byteLimit {
            throw failure("line too long after its variables were replaced", at: dollar)
        }
        if SecretValues.isSecretName(name) { secrets.append(Array(value)) }
        if isList {
            for (position, part) in value.split(separator: 0x20).enumerated() {
                if position > 0 {
                    try endWord()
                    wordStart = dollar
                }
                word += part
            }
        } else {
            word += value
        }
        return isList
    }

    private func value(of name: String, _ variables: Variables) -> String? {
        switch name {
        case ".FILE": file
        case ".LINE": String(number)
        case ".SECTION": section
        default: variables[name]
        }
    }

    private mutating func beginWord() {
        if wordStart == nil { wordStart = index }
    }

    private mutating func endWord() throws(Failure) {
        guard let start = wordStart else { return }
        let columns = start - line.startIndex..<index - line.startIndex
        if words.count == Self.wordLimit {
            throw failure(
                "too many words, truncating after word \(Self.wordLimit)", at: start)
        }
        words.append(
            Word(bytes: word, range: SourceRange(file: file, line: number, columns: columns)))
        word.removeAll(keepingCapacity: true)
        wordStart = nil
    }

    /// In HAProxy's words, which count columns from 1.
    private func failure(_ message: String, at index: Int) -> Failure {
        let column = index - line.startIndex
        return Failure(message: "\(message) at position \(column + 1)", column: column)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isNameStart(byte) || (0x30...0x39).contains(byte)
    }
}

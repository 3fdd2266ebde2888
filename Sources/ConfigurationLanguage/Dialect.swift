package import Diagnostics

/// Which of the two languages a part of a file is written in.
package enum Dialect: Hashable, Sendable { case haproxy, keepalived }

/// Lines of a file that are in one language.
package struct DialectRange: Hashable, Sendable {
    package let dialect: Dialect
    /// Numbers of lines, from 1 on.
    package let lines: Range<Int>

    package init(dialect: Dialect, lines: Range<Int>) {
        self.dialect = dialect
        self.lines = lines
    }
}

/// Cuts a file into parts by the first word of each section, since both languages may stand in one file.
package enum DialectSplitter {
    /// Words that begin a section of HAProxy's language.
    package static let haproxyWords: Set<String> = [
        "global", "defaults", "frontend", "backend", "listen", "userlist", "peers", "resolvers",
        "mailers", "cache", "ring", "log-forward", "log-profile", "http-errors", "fcgi-app",
        "program", "crt-store", "crt-list", "traces", "healthcheck", "acme", "namespace_list",
        "spoe-agent", "spoe-message", "spoe-group",
    ]

    /// Words that may stand outside all blocks of keepalived's language.
    package static let keepalivedWords = Set(KeepalivedKeyword.names(in: .top))
        .union(KeepalivedInclude.keywords).subtracting(haproxyWords)

    /// Header words of HAProxy's language that keepalived's blocks never contain: where one begins a line
    /// without indentation, a closing brace was forgotten.
    private static let unmistakable: Set<String> = ["global", "defaults", "listen"]

    /// The parts of a file in order; lines before the first known word belong to `initial`, or to keepalived
    /// where they look like it.
    package static func split(_ source: SourceFile, initial: Dialect = .haproxy) -> [DialectRange] {
        var parts: [DialectRange] = []
        var current = initial
        var isOpen = false
        var start = 1
        var depth = 0
        guard source.lineCount > 0 else { return [] }
        for number in 1...source.lineCount {
            let line = source.line(number)
            let word = firstWord(of: line)
            if let dialect = dialect(
                of: word, in: current, depth: depth, isOpen: isOpen, line: line)
            {
                if dialect != current {
                    if number > start, isOpen {
                        parts.append(DialectRange(dialect: current, lines: start..<number))
                        start = number
                    }
                    depth = 0
                    current = dialect
                }
                isOpen = true
            }
            if current == .keepalived { depth = max(0, depth + braces(in: line)) }
        }
        parts.append(DialectRange(dialect: current, lines: start..<source.lineCount + 1))
        return parts
    }

    /// The language that a line's first word decides for; nil where it decides nothing.
    private static func dialect(
        of word: String, in current: Dialect, depth: Int, isOpen: Bool, line: ArraySlice<UInt8>
    ) -> Dialect? {
        if depth > 0, current == .keepalived {
            let isIndented = line.first == 0x20 || line.first == 0x09
            return unmistakable.contains(word) && !isIndented ? .haproxy : nil
        }
        if haproxyWords.contains(word) { return .haproxy }
        if keepalivedWords.contains(word) { return .keepalived }
        guard let first = word.utf8.first else { return nil }
        // `@host`, `$VAR=` and `!` comments stand outside blocks only in keepalived's language.
        if first == UInt8(ascii: "@") || (first == UInt8(ascii: "$") && word.contains("=")) {
            return .keepalived
        }
        return nil
    }

    private static func firstWord(of line: ArraySlice<UInt8>) -> String {
        let word = line.drop { $0 == 0x20 || $0 == 0x09 }
            .prefix { $0 > 0x20 && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "#") }
        return word.count > 64 ? "" : String(decoding: word, as: UTF8.self)
    }

    /// Braces opened minus braces closed, outside quotes and comments.
    private static func braces(in line: ArraySlice<UInt8>) -> Int {
        var sum = 0
        var isQuoted = false
        for byte in line {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "{") where !isQuoted: sum += 1
            case UInt8(ascii: "}") where !isQuoted: sum -= 1
            case UInt8(ascii: "#") where !isQuoted, UInt8(ascii: "!") where !isQuoted: return sum
            default: break
            }
        }
        return sum
    }
}

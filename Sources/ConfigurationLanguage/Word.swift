package import Diagnostics

/// A word of a configuration line, quotes, escapes and variables resolved.
package struct Word: Hashable, Sendable {
    package let text: String
    /// Where it stands; the columns are those of the source, quotes included.
    package let range: SourceRange
    /// What it was made of where that is not valid UTF-8.
    private let rawBytes: [UInt8]?

    package init(_ text: String, range: SourceRange) {
        self.text = text
        self.range = range
        rawBytes = nil
    }

    package init(bytes: some Collection<UInt8>, range: SourceRange) {
        self.range = range
        if let valid = String(validating: bytes, as: UTF8.self) {
            text = valid
            rawBytes = nil
        } else {
            text = String(decoding: bytes, as: UTF8.self)
            rawBytes = Array(bytes)
        }
    }

    /// The bytes as they were written, also where they are not UTF-8.
    package var bytes: [UInt8] { rawBytes ?? Array(text.utf8) }
}

/// A line with at least one word.
package struct Line: Hashable, Sendable {
    package let words: [Word]

    /// Empty lines are none.
    package init?(_ words: [Word]) {
        guard !words.isEmpty else { return nil }
        self.words = words
    }

    package var keyword: Word { words[0] }

    /// From the first word to the last one.
    package var range: SourceRange {
        let first = words[0].range
        let end = words[words.count - 1].range.columns.upperBound
        return SourceRange(
            file: first.file, line: first.line,
            columns: first.columns.lowerBound..<max(end, first.columns.upperBound))
    }
}

/// A section of HAProxy's language: its header and the lines up to the next header.
package struct Section: Sendable {
    package let header: Line
    package var lines: [Line] = []

    package init(header: Line) { self.header = header }

    /// `frontend`, `global` and so on.
    package var kind: String { header.keyword.text }
}

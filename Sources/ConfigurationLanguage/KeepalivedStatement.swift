package import Diagnostics

/// Words up to the end of the line or a brace, and the block behind them if there is one:
/// `priority 100`, `vrrp_instance VI_1 { … }`, `10.0.0.50/24 dev eth0`.
package struct KeepalivedStatement: Sendable {
    /// At least one; the first is the keyword.
    package var words: [Word]
    package var block: [KeepalivedStatement]?

    package init(words: [Word], block: [KeepalivedStatement]? = nil) {
        self.words = words
        self.block = block
    }

    package var keyword: String { words.first?.text ?? "" }

    /// The words behind the keyword.
    package var arguments: ArraySlice<Word> { words.dropFirst() }

    /// From the first word to the last one.
    package var range: SourceRange {
        guard let first = words.first?.range, let last = words.last?.range else {
            return SourceRange(file: "", line: 0)
        }
        guard first.line == last.line, first.file == last.file,
            last.columns.upperBound >= first.columns.lowerBound
        else { return first }
        return SourceRange(
            file: first.file, line: first.line,
            columns: first.columns.lowerBound..<last.columns.upperBound)
    }
}

/// A place in a configuration text. Small, because every word of the syntax tree and every object of the
/// model carries one.
package struct SourceRange: Hashable, Sendable {
    /// Name of the file.
    package let file: String
    /// Line, from 1 on; 0 for the file as a whole.
    package let line: Int
    /// Bytes of the line, from 0 on; empty where the line as a whole is meant.
    package let columns: Range<Int>

    package init(file: String, line: Int, columns: Range<Int> = 0..<0) {
        self.file = file
        self.line = line
        self.columns = columns
    }
}

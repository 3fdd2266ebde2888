import Diagnostics

/// Puts words and braces together to statements and blocks; an unbalanced brace costs as little as it can.
struct KeepalivedTree: Sendable {
    /// Blocks inside blocks: keepalived's own language needs four.
    static let depthLimit = 16
    /// Statements of one configuration.
    static let statementLimit = 200_000

    private struct Open: Sendable {
        /// Without words: a brace that stood behind nothing; what is in it is dropped.
        var statement: KeepalivedStatement
        let brace: SourceRange
        var children: [KeepalivedStatement] = []
    }

    private(set) var findings = KeepalivedFindings()
    private var roots: [KeepalivedStatement] = []
    private var open: [Open] = []
    private var count = 0
    /// Whether the last thing was a statement, so that a brace may belong to it.
    private var mayOpen = false
    /// Words that only begin a block at the top: met inside one, a closing brace is missing.
    private let topWords: Set<String>

    init(topWords: Set<String>) { self.topWords = topWords }

    var depth: Int { open.count }

    mutating func takeRoots() -> [KeepalivedStatement] {
        defer { roots = [] }
        return roots
    }

    mutating func takeFindings() -> KeepalivedFindings {
        defer { findings = KeepalivedFindings() }
        return findings
    }

    mutating func append(_ words: [Word]) {
        guard let first = words.first else { return }
        if !open.isEmpty, topWords.contains(first.text) { closeAll(before: first.range) }
        count += 1
        guard count <= KeepalivedTree.statementLimit else {
            if count == KeepalivedTree.statementLimit + 1 {
                findings.refuse(
                    first.range, "more than \(KeepalivedTree.statementLimit) statements",
                    fix: "the rest was not read")
            }
            return
        }
        add(KeepalivedStatement(words: words))
        mayOpen = true
    }

    mutating func openBlock(at brace: SourceRange) {
        var statement = KeepalivedStatement(words: [])
        if mayOpen, let last = takeLast() {
            statement = last
        } else {
            findings.report(brace, "Unexpected '{' - ignoring", fix: "put a keyword before it")
        }
        if open.count == KeepalivedTree.depthLimit {
            findings.refuse(brace, "more than \(KeepalivedTree.depthLimit) blocks in each other")
        }
        open.append(Open(statement: statement, brace: brace))
        mayOpen = false
    }

    mutating func closeBlock(at brace: SourceRange) {
        mayOpen = false
        guard !open.isEmpty else {
            findings.report(brace, "Extra '}' found", fix: "remove it, or open its block")
            return
        }
        close()
    }

    /// At the end of a section: what is still open is reported where it was opened.
    mutating func closeAll(before next: SourceRange? = nil) {
        mayOpen = false
        while let last = open.last {
            let name = last.statement.words.prefix(2).map(\.text).joined(separator: " ")
            findings.report(
                next ?? last.brace,
                name.isEmpty ? "missing '}'" : "missing '}' of '\(name)'",
                fix: next == nil
                    ? "this block is not closed" : "it was opened in line \(last.brace.line)")
            close()
        }
    }

    private mutating func close() {
        guard let last = open.popLast() else { return }
        guard !last.statement.words.isEmpty, open.count < KeepalivedTree.depthLimit else { return }
        var statement = last.statement
        statement.block = last.children
        add(statement)
    }

    private mutating func add(_ statement: KeepalivedStatement) {
        if open.isEmpty {
            roots.append(statement)
        } else {
            open[open.count - 1].children.append(statement)
        }
    }

    /// The statement before a brace.
    private mutating func takeLast() -> KeepalivedStatement? {
        if open.isEmpty { return roots.popLast() }
        return open[open.count - 1].children.popLast()
    }
}

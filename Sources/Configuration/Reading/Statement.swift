import ConfigurationLanguage
import Core
import Diagnostics

/// One line while its keywords take their arguments from it.
struct Statement {
    /// What stood before the keyword.
    enum Form { case plain, negated, reset }

    let line: Line
    let context: ReadingContext
    /// The section's word, for messages.
    let sectionWord: String
    let section: SectionSet
    private(set) var form = Form.plain
    /// What messages call the keyword, for instance `timeout client`.
    var name: String
    /// Put before messages, for instance `'server app/s1' : `.
    var subject = ""
    /// The word that is being carried out.
    private(set) var keyword: Word
    private var index: Int

    init(_ line: Line, sectionWord: String, section: SectionSet, context: ReadingContext) {
        self.line = line
        self.sectionWord = sectionWord
        self.section = section
        self.context = context
        index = 1
        keyword = line.keyword
        name = line.keyword.text
        if line.words.count > 1, keyword.text == "no" || keyword.text == "default" {
            form = keyword.text == "no" ? .negated : .reset
            keyword = line.words[1]
            name = keyword.text
            index = 2
        }
    }

    var isNegated: Bool { form == .negated }

    /// The next word, taken.
    mutating func next() -> Word? {
        guard index < line.words.count else { return nil }
        defer { index += 1 }
        return line.words[index]
    }

    /// The next word, taken as the keyword that messages are about.
    mutating func nextKeyword() -> Word? {
        guard let word = next() else { return nil }
        keyword = word
        return word
    }

    var peek: Word? { index < line.words.count ? line.words[index] : nil }
    var isAtEnd: Bool { index >= line.words.count }
    var rest: ArraySlice<Word> { line.words[min(index, line.words.count)...] }
    mutating func skipRest() { index = line.words.count }
    mutating func skip(_ count: Int) { index = min(index + count, line.words.count) }
    /// The words that are left, joined by blanks.
    mutating func takeText() -> String {
        defer { skipRest() }
        return rest.map(\.text).joined(separator: " ")
    }

    // MARK: Messages

    func alert(_ message: String, at word: Word? = nil, fix: String? = nil) {
        context.diagnostics.alert((word ?? keyword).range, subject + message, fix: fix)
    }

    func warn(_ message: String, at word: Word? = nil, fix: String? = nil) {
        context.diagnostics.warn((word ?? keyword).range, subject + message, fix: fix)
    }

    /// What building the TLS of this line found.
    func report(_ findings: [TLSFinding], at word: Word) {
        for finding in findings {
            context.diagnostics.report(
                Diagnostic(
                    finding.severity, at: word.range, subject + finding.message, fix: finding.fix))
        }
    }

    /// Complains when words are left; at most `most` arguments were allowed.
    mutating func finish() {
        guard let extra = next() else { return }
        alert("'\(name)' cannot handle unexpected argument '\(extra.text)'.", at: extra)
        skipRest()
    }

    // MARK: Arguments

    /// The next word, or HAProxy's complaint that it is missing.
    mutating func argument(or complaint: String, fix: String? = nil) -> Word? {
        if let word = next() { return word }
        alert(complaint, fix: fix)
        return nil
    }

    /// A whole number in a range.
    mutating func integer(
        in range: ClosedRange<Int> = 0...Int(Int32.max), or complaint: String? = nil
    ) -> Int? {
        let missing = complaint ?? "'\(name)' expects an integer argument."
        guard let word = argument(or: missing) else { return nil }
        guard let value = Int(word.text) else {
            alert(
                complaint ?? "'\(name)' expects an integer argument, found '\(word.text)'.",
                at: word)
            return nil
        }
        guard range.contains(value) else {
            alert(
                complaint
                    ?? "'\(name)' expects a value between \(range.lowerBound) and \(range.upperBound) (got \(value)).",
                at: word)
            return nil
        }
        return value
    }

    /// A time, in `unit` where none is written.
    mutating func duration(
        or missing: String? = nil, unit: TimeFormat.Unit = .milliseconds
    ) -> Duration? {
        guard let word = argument(or: missing ?? "'\(name)' expects <time> as argument.") else {
            return nil
        }
        switch TimeFormat.parse(word.text, unit: unit) {
        case .success(let duration): return duration
        case .failure(.empty): alert("'\(name)' expects <time> as argument.", at: word)
        case .failure(.unexpected(let character)):
            alert(
                "unexpected character '\(character)' in '\(name)'", at: word,
                fix: "write a number and one of the units us, ms, s, m, h, d, for instance '5s'")
        case .failure(.overflow):
            alert(
                "timer overflow in argument '\(word.text)' to '\(name)' (maximum value is 2147483647 ms or ~24.8 days)",
                at: word)
        case .failure(.underflow):
            alert(
                "timer underflow in argument '\(word.text)' to '\(name)' (minimum non-null value is 1 ms)",
                at: word)
        }
        return nil
    }

    /// A number of bytes.
    mutating func size(in range: ClosedRange<Int>) -> Int? {
        guard let word = argument(or: "'\(name)' expects a positive integer argument.") else {
            return nil
        }
        guard case .success(let bytes) = SizeFormat.parse(word.text) else {
            alert("'\(name)' expects a positive integer argument.", at: word)
            return nil
        }
        guard range.contains(bytes) else {
            alert(
                "'\(name)' expects a size between \(range.lowerBound) and \(range.upperBound) bytes (got \(bytes)).",
                at: word)
            return nil
        }
        return bytes
    }
}

// MARK: - Tables

extension Statement {
    /// Finds the keyword in a table and carries it out. `unknown` reports one that is not there.
    mutating func dispatch<Target>(
        _ word: Word, through table: KeywordTable<Target>, to target: inout Target,
        unknown: (String?, Statement) -> Void
    ) {
        guard let keyword = table[word.text] else {
            let nearest =
                context.suggestion(for: word.text, among: table.names(in: section))
                ?? context.suggestion(for: word.text, among: table.entries.map(\.name))
            unknown(nearest, self)
            skipRest()
            return
        }
        let full = table.prefix.isEmpty ? word.text : "\(table.prefix) \(word.text)"
        switch keyword.entry.status {
        case .implemented: keyword.apply(&target, &self)
        case .accepted(let reason):
            context.withoutEffect.append(
                KeywordUse(keyword: full, range: word.range, reason: reason))
            skipRest()
        case .refused(let reason, let wayOut):
            let message = "\(subject)'\(full)' is not supported: \(reason)."
            context.diagnostics.report(
                Diagnostic(.alert, at: word.range, message, fix: wayOut, cause: message))
            skipRest()
        }
    }
}

package import Diagnostics

/// Reads keepalived sections: lines, definitions, conditions, includes and blocks, without knowing what the
/// words mean. It goes on after every error.
///
/// Definitions live on from one section and one file to the next, so one parser reads a whole configuration.
package struct KeepalivedParser: Sendable {
    /// Files that include each other.
    package static let includeDepthLimit = 16
    /// Files that one configuration includes.
    package static let includedFileLimit = 1000
    /// Bytes of one line, before and after substitution.
    package static let lineByteLimit = 64 << 10
    /// Definitions of several lines that use each other.
    package static let definitionDepthLimit = 16

    /// A definition whose value goes on in the next line.
    private struct PendingDefinition {
        var name: String
        var lines: [[UInt8]]
        /// False where an `@host` in front of it says that it is not for us.
        var isWanted: Bool
        var range: SourceRange
    }

    /// The file that is being read.
    private struct Place {
        var directory: String
        /// The names of the files that lead here, this one last.
        var path: [String]
    }

    /// What was found wrong so far.
    package private(set) var findings = KeepalivedFindings()
    /// Every file that an `include` read, in order.
    package private(set) var includedFiles: [SourceFile] = []

    private let environment: KeepalivedEnvironment
    private var definitions: KeepalivedDefinitions
    private var tree: KeepalivedTree
    private var pending: PendingDefinition?
    private var saidEndless = false

    package init(environment: KeepalivedEnvironment) {
        self.environment = environment
        definitions = KeepalivedDefinitions(environment: environment)
        tree = KeepalivedTree(topWords: KeepalivedKeyword.topWords)
    }

    /// Reads some lines, the first one of a file being 1; nil reads all. Blocks do not outlive them.
    package mutating func read(
        _ source: SourceFile, lines: Range<Int>? = nil
    ) -> [KeepalivedStatement] {
        let place = Place(
            directory: KeepalivedInclude.directory(of: source.name), path: [source.name])
        readLines(of: source, lines ?? 1..<source.lineCount + 1, at: place)
        tree.closeAll()
        findings.append(contentsOf: tree.takeFindings())
        return tree.takeRoots()
    }

    private mutating func readLines(of source: SourceFile, _ lines: Range<Int>, at place: Place) {
        for number in lines.clamped(to: 1..<source.lineCount + 1) {
            let bytes = source.line(number)
            guard bytes.count <= KeepalivedParser.lineByteLimit else {
                findings.refuse(
                    SourceRange(file: source.name, line: number),
                    "the line is longer than \(KeepalivedParser.lineByteLimit) bytes")
                continue
            }
            var line = KeepalivedLine(file: source.name, number: number, bytes: bytes)
            line.removeComment()
            line.trim()
            guard !line.marks.isEmpty else { continue }
            if pending != nil {
                continueDefinition(line)
            } else {
                process(line, at: place, depth: 0)
            }
        }
        finishDefinition()
    }

    /// A line without blanks at its ends: condition, definition, substitution, then what it says.
    private mutating func process(_ line: KeepalivedLine, at place: Place, depth: Int) {
        var line = line
        guard let isWanted = evaluateConditions(of: &line) else { return }
        if let definition = KeepalivedDefinitions.definition(in: line) {
            startDefinition(definition.name, valueFrom: definition.end, in: line, isWanted)
            return
        }
        guard isWanted, !line.marks.isEmpty else { return }
        // The others read as they are written.
        let isResolved =
            depth > 0 || line.marks.contains { KeepalivedParser.resolved.contains($0.byte) }
        let outcome = definitions.substitute(in: &line, directory: place.directory)
        if isResolved {
            findings.secrets.add(
                line.bytes.split(whereSeparator: \.isBlank).map(Array.init),
                named: definitions.takeSecrets(), file: line.file, line: line.number)
        }
        switch outcome {
        case .done: break
        case .lines(let pieces):
            guard depth < KeepalivedParser.definitionDepthLimit else { return sayEndless(line) }
            for var piece in pieces {
                piece.trim()
                if !piece.marks.isEmpty { process(piece, at: place, depth: depth + 1) }
            }
            return
        case .random(let use):
            findings.refuse(
                line.range(use), "'${_RANDOM}' is not known here",
                fix: "write the number: a configuration means the same each time it is read")
            return
        case .endless: return sayEndless(line)
        }
        guard line.marks.count <= KeepalivedParser.lineByteLimit else {
            findings.refuse(
                line.wholeRange,
                "the line becomes longer than \(KeepalivedParser.lineByteLimit) bytes")
            return
        }
        // A value can begin with a condition.
        line.trim()
        guard evaluateConditions(of: &line) == true else { return }
        readWords(of: line, at: place, isResolved: isResolved)
    }

    /// What begins quotes, escapes and uses of definitions.
    private static let resolved = Array("\"'\\$".utf8)

    private mutating func readWords(
        of line: KeepalivedLine, at place: Place, isResolved: Bool
    ) {
        if let first = line.firstWord {
            if KeepalivedInclude.keywords.contains(first.text) {
                return include(line, keyword: first.text, after: first.indices, at: place)
            }
            if first.text.hasPrefix("~SEQ") || first.text.hasPrefix("~LST") {
                findings.refuse(
                    line.range(first.indices), "'\(first.text.prefix(4))' blocks are not read",
                    fix: "write one line for each value")
                return
            }
        }
        var tokens = KeepalivedTokens(line)
        var words: [Word] = []
        // As the words are understood; braces tell where keys are.
        var understood: [[UInt8]] = []
        while let token = tokens.next() {
            switch token {
            case .word(let word):
                words.append(word)
                understood.append(word.bytes)
            case .open(let range):
                understood.append([UInt8(ascii: "{")])
                tree.append(words)
                words = []
                tree.openBlock(at: range)
            case .close(let range):
                understood.append([UInt8(ascii: "}")])
                tree.append(words)
                words = []
                tree.closeBlock(at: range)
            }
        }
        tree.append(words)
        if isResolved {
            findings.secrets.add(understood, named: [], file: line.file, line: line.number)
        }
        if let quote = tokens.unterminatedQuote {
            findings.report(quote, "Unterminated quote", fix: "close it in the same line")
        }
    }

    // MARK: Conditions

    /// Takes `@host` and `@^host` off the line: whether it is for us, nil when that is not known.
    private mutating func evaluateConditions(of line: inout KeepalivedLine) -> Bool? {
        var isWanted = true
        while line.marks.first?.byte == UInt8(ascii: "@"), let word = line.firstWord {
            var name = word.text.dropFirst()
            if name.hasPrefix("(") {
                findings.refuse(
                    line.range(word.indices), "'@(expression)' is not read",
                    fix: "write '@host' or '@^host' in front of each line")
                return nil
            }
            let isNegated = name.hasPrefix("^")
            if isNegated { name = name.dropFirst() }
            if (name == environment.hostID) == isNegated { isWanted = false }
            line.marks.removeSubrange(word.indices)
            line.trim()
        }
        return isWanted
    }

    // MARK: Definitions

    private mutating func startDefinition(
        _ name: String, valueFrom start: Int, in line: KeepalivedLine, _ isWanted: Bool
    ) {
        pending = PendingDefinition(
            name: name, lines: [], isWanted: isWanted, range: line.range(0..<start))
        var rest = line
        rest.marks.removeSubrange(..<start)
        rest.trim()
        continueDefinition(rest)
    }

    /// Adds a line to the value; without a backslash at its end it is the last one.
    private mutating func continueDefinition(_ line: KeepalivedLine) {
        var line = line
        let goesOn = line.marks.last?.byte == UInt8(ascii: "\\")
        if goesOn {
            line.marks.removeLast()
            line.trim()
        }
        if !goesOn || !line.marks.isEmpty { pending?.lines.append(line.bytes) }
        if !goesOn { finishDefinition() }
    }

    private mutating func finishDefinition() {
        guard let definition = pending else { return }
        pending = nil
        guard definition.isWanted else { return }
        let lines = definition.lines.isEmpty ? [[]] : definition.lines
        if !definitions.define(definition.name, as: lines) {
            findings.refuse(
                definition.range, "more than \(KeepalivedDefinitions.countLimit) definitions")
        }
    }

    private mutating func sayEndless(_ line: KeepalivedLine) {
        guard !saidEndless else { return }
        saidEndless = true
        findings.refuse(
            line.wholeRange, "the definitions in this line have no end",
            fix: "a definition must not use itself")
    }

    // MARK: Includes

    private mutating func include(
        _ line: KeepalivedLine, keyword: String, after keywordIndices: Range<Int>, at place: Place
    ) {
        var rest = line
        rest.marks.removeSubrange(..<keywordIndices.upperBound)
        rest.trim()
        guard !rest.marks.isEmpty else {
            findings.report(line.wholeRange, "'\(keyword)' needs the name of a file")
            return
        }
        var bytes = rest.bytes
        if bytes.count > 1, let quote = bytes.first, quote == bytes.last,
            quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        {
            bytes = Array(bytes.dropFirst().dropLast())
        }
        let include = KeepalivedInclude(
            keyword: keyword, argument: String(decoding: bytes, as: UTF8.self),
            directory: place.directory)
        if let refusal = include.refusal {
            findings.refuse(rest.wholeRange, refusal, fix: "write one 'include' for each file")
            return
        }
        let names = include.files(in: environment)
        if names.isEmpty {
            let message = "Config files missing '\(include.pattern)'."
            if include.isChecked {
                findings.report(rest.wholeRange, message)
            } else {
                findings.mention(.notice, rest.wholeRange, message)
            }
        }
        for name in names { readIncluded(name, for: rest.wholeRange, at: place) }
    }

    private mutating func readIncluded(_ name: String, for range: SourceRange, at place: Place) {
        guard !place.path.contains(name) else {
            findings.refuse(range, "'\(name)' includes itself")
            return
        }
        guard place.path.count <= KeepalivedParser.includeDepthLimit,
            includedFiles.count < KeepalivedParser.includedFileLimit
        else {
            findings.refuse(
                range,
                "more than \(KeepalivedParser.includedFileLimit) included files, or "
                    + "\(KeepalivedParser.includeDepthLimit) that include each other")
            return
        }
        switch environment.readFile(name) {
        case .unreadable(let reason):
            findings.report(
                range, "cannot read '\(name)': \(reason)",
                fix: "create the file, or remove the 'include'")
        case .bytes(let bytes):
            let source = SourceFile(name: name, bytes: bytes)
            includedFiles.append(source)
            readLines(
                of: source, 1..<source.lineCount + 1,
                at: Place(
                    directory: KeepalivedInclude.directory(of: name), path: place.path + [name]))
        }
    }
}

package import Diagnostics

/// Reads HAProxy's language into sections: directives decided, variables replaced, words cut.
package struct SectionReader {
    /// `.if` inside `.if` at most.
    static let nestingLimit = 64
    private var branches: [Branch] = []
    private var section: Section?
    private let source: SourceFile
    private let capabilities: Capabilities
    /// Whether `.diag` lines are shown (`-dD`).
    private let showsDiagnosticNotices: Bool

    /// Where one `.if` stands.
    private struct Branch {
        enum State {
            /// These lines count.
            case taken
            /// A later `.elif` or `.else` may still be taken.
            case waiting
            /// A branch was taken before, or the whole lies in lines that do not count.
            case done
        }
        var state: State
        var hadElse = false
        let opened: SourceRange
    }

    private init(_ source: SourceFile, _ capabilities: Capabilities, showsDiagnosticNotices: Bool) {
        self.source = source
        self.capabilities = capabilities
        self.showsDiagnosticNotices = showsDiagnosticNotices
    }

    /// The sections of some lines of a file. `variables` is changed by `setenv` and its relatives, for the
    /// lines that follow.
    package static func read(
        _ source: SourceFile, lines: Range<Int>, variables: inout Variables,
        capabilities: Capabilities = .current, showsDiagnosticNotices: Bool = false,
        diagnostics: inout DiagnosticList
    ) -> [Section] {
        var reader = SectionReader(
            source, capabilities, showsDiagnosticNotices: showsDiagnosticNotices)
        var sections: [Section] = []
        for number in lines {
            guard let line = reader.words(of: number, variables, &diagnostics) else { continue }
            if reader.handleDirective(line, variables, &diagnostics) || !reader.isTaken { continue }
            if DialectSplitter.haproxyWords.contains(line.keyword.text) {
                if let finished = reader.section { sections.append(finished) }
                reader.section = Section(header: line)
            } else if reader.section == nil {
                reader.reportStray(line, &diagnostics)
            } else {
                reader.changeVariables(line, &variables, &diagnostics)
                reader.section?.lines.append(line)
            }
        }
        if let finished = reader.section { sections.append(finished) }
        for branch in reader.branches {
            diagnostics.alert(
                branch.opened, "unterminated '.if' block.", fix: "close it with '.endif'")
        }
        return sections
    }

    /// Whether lines count now.
    private var isTaken: Bool { branches.allSatisfy { $0.state == .taken } }

    private func words(
        of number: Int, _ variables: Variables, _ diagnostics: inout DiagnosticList
    ) -> Line? {
        let name = section.map { $0.header.words.count > 1 ? $0.header.words[1].text : $0.kind }
        switch LineScanner.words(
            of: source, line: number, section: name ?? "", variables: variables,
            secrets: &diagnostics.secrets)
        {
        case .success(let words):
            // HAProxy takes a line that begins with an empty word for an empty line.
            return words.first?.text.isEmpty == false ? Line(words) : nil
        case .failure(let failure):
            guard isTaken else { return nil }
            let columns = failure.column..<failure.column + 1
            diagnostics.alert(
                SourceRange(file: source.name, line: number, columns: columns), failure.message)
            return nil
        }
    }

    private static let headerWords =
        DialectSplitter.haproxyWords.union(DialectSplitter.keepalivedWords).sorted()

    private func reportStray(_ line: Line, _ diagnostics: inout DiagnosticList) {
        let word = line.keyword
        let nearest =
            diagnostics.errorCount < DiagnosticList.limit
            ? NearestWord.suggestion(for: word.text, among: Self.headerWords) : nil
        let hint = nearest.map { "; did you mean '\($0)' maybe ?" } ?? ""
        diagnostics.report(
            Diagnostic(
                .alert, at: word.range, "unknown keyword '\(word.text)' out of section.\(hint)",
                fix: "begin the file with a section, for instance 'global' or 'defaults'",
                cause: "lines out of section in \(source.name)"))
    }
}

// MARK: - Directives

extension SectionReader {
    /// Whether the line is a directive; lines that do not count only open and close levels.
    private mutating func handleDirective(
        _ line: Line, _ variables: Variables, _ diagnostics: inout DiagnosticList
    ) -> Bool {
        let range = line.range
        switch line.keyword.text {
        case ".if":
            guard branches.count < Self.nestingLimit else {
                diagnostics.alert(range, "too many nested '.if', limit: \(Self.nestingLimit)")
                branches.append(Branch(state: .done, opened: range))
                return true
            }
            let state: Branch.State =
                !isTaken ? .done : condition(line, variables, &diagnostics) ? .taken : .waiting
            branches.append(Branch(state: state, opened: range))
        case ".elif":
            guard checkBranch(".elif", range, &diagnostics) else { return true }
            let isWaiting = branches.last?.state == .waiting
            advanceBranch(to: isWaiting && condition(line, variables, &diagnostics))
        case ".else":
            guard checkBranch(".else", range, &diagnostics) else { return true }
            advanceBranch(to: true)
            branches[branches.count - 1].hadElse = true
        case ".endif":
            if branches.popLast() == nil {
                diagnostics.alert(range, "lone '.endif' with no matching '.if'.")
            }
        case ".alert", ".warning", ".notice", ".diag":
            if isTaken { report(line, &diagnostics) }
        case let word where word.first == "." && isTaken:
            diagnostics.alert(line.keyword.range, "unknown directive '\(word)'.")
        default: return false
        }
        return true
    }

    private func checkBranch(
        _ word: String, _ range: SourceRange, _ diagnostics: inout DiagnosticList
    ) -> Bool {
        guard let branch = branches.last else {
            diagnostics.alert(range, "lone '\(word)' with no matching '.if'.")
            return false
        }
        if branch.hadElse {
            diagnostics.alert(range, "'\(word)' after '.else' is not permitted.")
            return false
        }
        return true
    }

    private mutating func advanceBranch(to isTrue: Bool) {
        let last = branches.count - 1
        switch branches[last].state {
        case .taken: branches[last].state = .done
        case .waiting: branches[last].state = isTrue ? .taken : .waiting
        case .done: break
        }
    }

    /// A condition that cannot be decided is reported and false.
    private func condition(
        _ line: Line, _ variables: Variables, _ diagnostics: inout DiagnosticList
    ) -> Bool {
        let text = line.words.dropFirst().map(\.text).joined(separator: " ")
        switch ConditionEvaluator.evaluate(text, variables: variables, capabilities: capabilities) {
        case .success(let value): return value
        case .failure(let failure):
            diagnostics.alert(
                line.range,
                "\(failure.message) in '\(line.keyword.text)' at position \(failure.offset + 1)")
            return false
        }
    }

    private func report(_ line: Line, _ diagnostics: inout DiagnosticList) {
        let text = line.words.dropFirst().map(\.text).joined(separator: " ")
        let severity: Diagnostic.Severity
        switch line.keyword.text {
        case ".alert": severity = .alert
        case ".warning": severity = .warning
        case ".diag" where !showsDiagnosticNotices: return
        default: severity = .notice
        }
        diagnostics.report(Diagnostic(severity, at: line.range, "'\(text)'."))
    }
}

// MARK: - Variables

extension SectionReader {
    /// `setenv` and its relatives count for the lines that follow, so they are obeyed while reading.
    private func changeVariables(
        _ line: Line, _ variables: inout Variables, _ diagnostics: inout DiagnosticList
    ) {
        guard section?.kind == "global" else { return }
        let arguments = line.words.dropFirst().map(\.text)
        switch line.keyword.text {
        case "setenv", "presetenv":
            guard arguments.count >= 2 else {
                diagnostics.alert(
                    line.range, "'\(line.keyword.text)' expects a name and a value.")
                return
            }
            let isSet = variables[arguments[0]] != nil
            if line.keyword.text == "setenv" || !isSet {
                variables.set(arguments[0], to: arguments[1])
            }
        case "unsetenv":
            for name in arguments { variables.remove(name) }
        case "resetenv": variables.removeAll(except: arguments)
        default: break
        }
    }
}

/// Writes diagnostics for people and for the tools that read HAProxy's or keepalived's words.
package struct DiagnosticRenderer: Sendable {
    /// Whose first line is imitated.
    package enum Style: Sendable {
        /// `[ALERT]    (pid) : config : parsing [file:line] : message`
        case haproxy
        /// `(file: Line N) message`
        case keepalived
    }

    /// Places that are named of what follows from one cause.
    static let followersShown = 8
    /// Longer lines are not quoted.
    static let quotedBytes = 400

    package var style: Style
    package var processID: Int32
    /// Shows the quoted line, the fix and, below one cause, what follows from it.
    package var isTerminal: Bool
    /// Only on a terminal, and not where NO_COLOR is set.
    package var usesColour: Bool

    package init(
        style: Style = .haproxy, processID: Int32, isTerminal: Bool = false,
        usesColour: Bool = false
    ) {
        self.style = style
        self.processID = processID
        self.isTerminal = isTerminal
        self.usesColour = usesColour
    }

    /// Everything in the order of the sources, each line ended.
    package func render(_ list: DiagnosticList, sources: [SourceFile]) -> String {
        var byName: [String: SourceFile] = [:]
        for source in sources { byName[source.name] = source }
        let all = list.sorted(files: sources.map(\.name))
        var text = ""
        var index = 0
        while index < all.count {
            let diagnostic = withoutSecrets(
                all[index], in: all[index].range.flatMap { byName[$0.file] }, list.secrets)
            text += firstLine(of: diagnostic) + "\n"
            index += 1
            guard isTerminal else { continue }
            text += quotation(of: diagnostic, in: diagnostic.range.flatMap { byName[$0.file] })
            // Tools want every line; a person at a terminal wants the cause once.
            let followers = all[index...].prefix {
                $0.cause != nil && $0.cause == diagnostic.cause
            }
            index += followers.count
            text += places(of: followers, after: diagnostic)
        }
        if list.dropped > 0 {
            let more = Diagnostic(.notice, at: nil, "\(list.dropped) more messages are not shown.")
            text += firstLine(of: more) + "\n"
        }
        return text
    }

    /// What is rendered ends in tickets and logs.
    private func withoutSecrets(
        _ diagnostic: Diagnostic, in source: SourceFile?, _ secrets: SecretValues
    ) -> Diagnostic {
        guard let range = diagnostic.range, range.line > 0 else { return diagnostic }
        let written = source.map { SecretWords.values(in: $0.line(range.line)) } ?? []
        let text = SecretText(secrets.values(at: range) + written)
        var masked = diagnostic
        masked.message = text.removed(from: diagnostic.message)
        masked.fix = diagnostic.fix.map(text.removed)
        return masked
    }

    /// `= also: line 12, 15, other.cfg:3`
    private func places(of followers: ArraySlice<Diagnostic>, after first: Diagnostic) -> String {
        if followers.isEmpty { return "" }
        let places = followers.prefix(Self.followersShown).compactMap { follower in
            follower.range.map { range in
                range.file == first.range?.file
                    ? "line \(range.line)" : "\(range.file):\(range.line)"
            }
        }
        let more = followers.count - places.count
        return
            "      = also: \(places.joined(separator: ", "))\(more > 0 ? " and \(more) more" : "")\n"
    }

    /// One line of HAProxy's form that belongs to no configuration text, for instance
    /// `haproxy version is …`.
    package func line(_ severity: Diagnostic.Severity, _ message: String) -> String {
        "\(heading(severity)) \(message.replacing("\n", with: "\n   | "))"
    }

    private func firstLine(of diagnostic: Diagnostic) -> String {
        let message = diagnostic.message.replacing("\n", with: "\n   | ")
        switch style {
        case .haproxy:
            var place = ""
            if let range = diagnostic.range, diagnostic.namesPlace {
                place = "parsing [\(range.file)\(range.line > 0 ? ":\(range.line)" : "")] : "
            }
            return "\(heading(diagnostic.severity)) config : \(place)\(message)"
        case .keepalived:
            guard let range = diagnostic.range else { return message }
            return "(\(range.file): Line \(range.line)) \(message)"
        }
    }

    /// `[ALERT]    (4711) :`
    private func heading(_ severity: Diagnostic.Severity) -> String {
        let word = "[\(severity.rawValue)]"
        let padded = word + String(repeating: " ", count: max(0, 10 - word.utf8.count))
        return "\(coloured(padded, by: severity)) (\(processID)) :"
    }

    /// The line of the text with a caret below it, and the way out.
    private func quotation(of diagnostic: Diagnostic, in source: SourceFile?) -> String {
        var text = ""
        if let range = diagnostic.range, range.line > 0, let source {
            // Carets are counted below what is shown: a star is narrower than some letters.
            let line = SecretWords.masked(source.line(range.line))[...]
            if !line.isEmpty, line.count <= Self.quotedBytes {
                let number = String(range.line)
                let gutter = String(repeating: " ", count: max(0, 5 - number.utf8.count)) + number
                let blank = String(repeating: " ", count: gutter.utf8.count)
                text += "\(gutter) | \(printable(line))\n"
                if !range.columns.isEmpty, range.columns.lowerBound < line.count {
                    let mark = underline(range.columns, of: line)
                    text += "\(blank) | \(coloured(mark, by: diagnostic.severity))\n"
                }
            }
        }
        if let fix = diagnostic.fix {
            text += "      = fix: \(fix.replacing("\n", with: "\n        "))\n"
        }
        return text
    }

    /// A caret and tildes below the bytes of `columns`; tabs stay tabs, so that both lines align.
    private func underline(_ columns: Range<Int>, of line: ArraySlice<UInt8>) -> String {
        let start = line.startIndex
        let end = min(columns.upperBound, line.count)
        var mark = ""
        for byte in line[start..<start + columns.lowerBound] where byte & 0xc0 != 0x80 {
            mark += byte == 0x09 ? "\t" : " "
        }
        let marked = line[start + columns.lowerBound..<start + end].filter { $0 & 0xc0 != 0x80 }
        return mark + "^" + String(repeating: "~", count: max(0, marked.count - 1))
    }

    /// The line as text without anything that could steer a terminal.
    private func printable(_ line: ArraySlice<UInt8>) -> String {
        String(
            decoding: line.map { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f ? 0x3f : $0 },
            as: UTF8.self)
    }

    private func coloured(_ text: String, by severity: Diagnostic.Severity) -> String {
        guard usesColour else { return text }
        let code =
            switch severity {
            case .alert: 31
            case .warning: 33
            case .notice: 36
            }
        return "\u{1b}[\(code)m\(text)\u{1b}[0m"
    }
}

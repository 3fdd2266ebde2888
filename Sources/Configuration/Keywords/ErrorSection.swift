import ConfigurationLanguage
import Diagnostics

/// `http-errors` sections (HAProxy manual, section 12.4).
enum ErrorSection {
    static let keywords: [KeywordEntry] = [
        Keyword<Void>(
            "errorfile", in: .other, "<status> <file>", "The response to send for a status."
        ) { _, _ in }.entry
    ]

    /// Reads a section and keeps its responses by its name.
    static func read(_ section: Section, _ context: ReadingContext) {
        guard section.header.words.count > 1 else {
            return context.diagnostics.alert(
                section.header.range, "http-errors section expects an <id> argument")
        }
        let name = section.header.words[1].text
        guard context.httpErrors[name] == nil else {
            return context.diagnostics.alert(
                section.header.range, "http-errors section '\(name)' already exists.")
        }
        var pages: [Int: [UInt8]] = [:]
        for line in section.lines {
            var statement = Statement(
                line, sectionWord: "http-errors", section: .other, context: context)
            guard statement.keyword.text == "errorfile" else {
                statement.alert(
                    "unknown keyword '\(statement.keyword.text)' in 'http-errors' section")
                continue
            }
            if let (code, bytes) = ErrorFiles.file(&statement, "errorfile") { pages[code] = bytes }
        }
        context.httpErrors[name] = pages
    }
}

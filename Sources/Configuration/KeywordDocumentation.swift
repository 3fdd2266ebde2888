import ConfigurationLanguage
import Expressions

/// Writes `docs/configuration.md` from the keyword tables.
package enum KeywordDocumentation {
    /// The whole page, in Markdown.
    package static func markdown() -> String {
        var text = """
            # Configuration

            This page is generated from the keyword tables: the same entries decide what is read, refused and
            suggested. Do not edit it.

            Dyad reads HAProxy's language (the forms of 2.6 to 3.x) and keepalived's, from one file or several
            (`-f`, repeated, also directories, whose `*.cfg` are read in order). The first word of a section
            decides which language it is in. `dyad -c` checks files and reports everything in one run;
            `dyad -c -V` also says what was understood and which keywords have no effect.

            - **works**: does what the manual says.
            - **no effect**: accepted, because it changes nothing here; `-c -V` lists it.
            - **refused**: an error where it stands, with the reason and the way out.

            `.if version_atleast(…)` compares with \(Version.language), the version of HAProxy's language; log lines and replies are those of
            \(Version.compatible).


            """
        text += overview()
        for group in KeywordCatalog.groups { text += section(of: group) }
        text += samples()
        text += keepalived()
        return text
    }

    private static func overview() -> String {
        let all = KeywordCatalog.groups.flatMap(\.entries)
        let works = all.count { $0.status == .implemented }
        let accepted = all.count {
            if case .accepted = $0.status { true } else { false }
        }
        return """
            | HAProxy's keywords | number |
            |---|---|
            | work | \(works) |
            | no effect | \(accepted) |
            | refused | \(all.count - works - accepted) |


            """
    }

    private static func section(of group: KeywordCatalog.Group) -> String {
        var text = "## \(title(of: group.title))\n\n"
        let working = group.entries.filter { $0.status == .implemented }
        if !working.isEmpty {
            text += "| keyword | sections | what it does |\n|---|---|---|\n"
            for entry in working {
                let words =
                    entry.arguments.isEmpty ? entry.name : "\(entry.name) \(entry.arguments)"
                text += "| `\(escaped(words))` | \(entry.sections.names.joined(separator: ", ")) "
                text += "| \(escaped(entry.summary)) |\n"
            }
            text += "\n"
        }
        text += reasons(of: group.entries)
        return text
    }

    /// What has no effect and what is refused, one line for each reason.
    private static func reasons(of entries: [KeywordEntry]) -> String {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for entry in entries {
            let why: String
            switch entry.status {
            case .implemented: continue
            case .accepted(let reason): why = "**no effect**: \(reason)"
            case .refused(let reason, let wayOut): why = "**refused**: \(reason); \(wayOut)"
            }
            if names[why] == nil { order.append(why) }
            names[why, default: []].append("`\(entry.name)`")
        }
        if order.isEmpty { return "" }
        return order.map { "- \($0).\n  \(names[$0, default: []].joined(separator: " "))\n" }
            .joined() + "\n"
    }

    /// Fetches and converters: what works, and what is refused, by its reason.
    private static func samples() -> String {
        var text = "# Samples\n\n"
        text += samples(
            "Fetches", FetchCatalog.fetches, FetchCatalog.refusedFetches,
            reason: FetchCatalog.reason(ofFetch:))
        text += samples(
            "Converters", FetchCatalog.converters, FetchCatalog.refusedConverters,
            reason: FetchCatalog.reason(ofConverter:))
        return text
    }

    private static func samples(
        _ title: String, _ working: [String], _ refused: Set<String>, reason: (String) -> String
    ) -> String {
        func list(_ names: some Sequence<String>) -> String {
            Set(names).sorted().map { "`\($0)`" }.joined(separator: " ")
        }
        var text = "## \(title)\n\n- **works**.\n  \(list(working))\n"
        let reasons = Dictionary(grouping: refused, by: reason)
        for (why, names) in reasons.sorted(by: { $0.key < $1.key }) {
            text += "- **refused**: \(why).\n  \(list(names))\n"
        }
        return text + "\n"
    }

    private static func keepalived() -> String {
        var text = "# keepalived's sections\n\n"
        for block in KeepalivedKeyword.Block.allCases {
            let entries = KeepalivedKeyword.names(in: block).compactMap {
                KeepalivedKeyword.find($0, in: block)
            }
            if entries.isEmpty { continue }
            text += "## \(block == .top ? "Outside all blocks" : "`\(block.rawValue)`")\n\n"
            text += "| keyword | status | |\n|---|---|---|\n"
            for entry in entries {
                let words =
                    entry.arguments.isEmpty ? entry.name : "\(entry.name) \(entry.arguments)"
                let (status, meaning) = self.words(for: entry)
                text += "| `\(escaped(words))` | \(status) | \(escaped(meaning)) |\n"
            }
            text += "\n"
        }
        return text
    }

    private static func words(for entry: KeepalivedKeyword) -> (status: String, text: String) {
        switch entry.status {
        case .implemented: ("works", entry.summary)
        case .accepted(let reason): ("no effect", reason)
        case .ignored(let reason): ("no effect, with a warning", reason)
        case .refused(let reason, let wayOut): ("refused", "\(reason); \(wayOut)")
        }
    }

    private static func title(of group: String) -> String {
        switch group {
        case "global": "`global`"
        case "proxies": "`defaults`, `frontend`, `backend`, `listen`"
        case "sections": "Sections"
        case "bind", "server", "stats socket": "Options of `\(group)` lines"
        default: "`\(group) …`"
        }
    }

    /// Safe inside a table.
    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

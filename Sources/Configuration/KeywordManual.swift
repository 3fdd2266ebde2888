import ConfigurationLanguage
import Core

/// Writes the manual page dyad.cfg(5) from the keyword tables, in the language of man(7).
package enum KeywordManual {
    /// The whole page.
    package static func page() -> String {
        var text = """
            .TH DYAD.CFG 5 "" "\(Product.name) \(Product.version)" "\(Product.name)"
            .SH NAME
            dyad.cfg \\- configuration of the load balancer dyad
            .SH DESCRIPTION
            The file speaks two languages, and the first word of each section decides which: HAProxy's for the proxy,
            keepalived's for virtual addresses. Both may stay in files of their own. What keywords mean is told by the
            manuals of those programs; this page lists the ones that work here, with one line each. What is known but
            refused, and why, is told by \\fBdyad \\-c\\fR and by configuration.md in /usr/share/doc/dyad.

            """
        for group in KeywordCatalog.groups { text += section(of: group) }
        text += keepalived()
        text += """
            .SH FILES
            /etc/dyad/dyad.cfg
            .SH SEE ALSO
            .BR dyad (8),
            .BR dyadctl (1)

            """
        return text
    }

    private static func section(of group: KeywordCatalog.Group) -> String {
        let working = group.entries.filter { $0.status == .implemented }
        guard !working.isEmpty, group.title != "sections" else { return "" }
        var text = ".SH \"\(escaped(group.title == "proxies" ? "PROXY SECTIONS" : group.title))\"\n"
        for entry in working {
            text += ".TP\n.B \(escaped("\(entry.name) \(entry.arguments)"))\n"
            let sections = entry.sections.names.joined(separator: ", ")
            text += "\(escaped(entry.summary))\(sections.isEmpty ? "" : " (\(sections))")\n"
        }
        return text
    }

    private static func keepalived() -> String {
        var text = ""
        for block in KeepalivedKeyword.Block.allCases {
            let entries = KeepalivedKeyword.names(in: block).compactMap {
                KeepalivedKeyword.find($0, in: block)
            }.filter { $0.status == .implemented }
            if entries.isEmpty { continue }
            text += ".SH \"\(block == .top ? "KEEPALIVED" : escaped(block.rawValue))\"\n"
            for entry in entries {
                text += ".TP\n.B \(escaped("\(entry.name) \(entry.arguments)"))\n"
                text += "\(escaped(entry.summary))\n"
            }
        }
        return text
    }

    /// Backslashes and hyphens mean something to troff, and so does a line that begins with a dot or a quote.
    private static func escaped(_ text: String) -> String {
        var safe = ""
        for character in text {
            switch character {
            case "\\": safe += "\\e"
            case "-": safe += "\\-"
            case "\"": safe += "\\(dq"
            case "…": safe += "..."
            default: safe.append(character)
            }
        }
        if let first = safe.first, first == "." || first == "'" { return "\\&\(safe)" }
        return safe.isEmpty ? "\\&" : safe
    }
}

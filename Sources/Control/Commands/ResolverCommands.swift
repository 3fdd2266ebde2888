internal import Configuration
internal import Core
internal import Resolver

extension CommandTable {
    /// Name servers (HAProxy management guide, section 9.3).
    static let resolverCommands: [Command] = [
        Command(
            "show resolvers", arguments: "[id]",
            does: "dumps counters from all resolvers section and associated name servers",
            showResolvers)
    ]

    private static func showResolvers(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        var sections = call.control.nameServers
        let wanted = call.argument(0)
        if !wanted.isEmpty {
            sections = sections.filter { $0.settings.name == wanted }
            if sections.isEmpty {
                return .error("Can't find that resolvers section")
            }
        }
        return .text(sections.map(text).joined())
    }

    private static func text(_ section: NameService.SectionReport) -> String {
        var text = "Resolvers section \(section.settings.name)\n"
        for (server, counters) in zip(section.settings.nameServers, section.counters) {
            text += " nameserver \(server.name):\n"
            for counter in NameServerCounter.allCases {
                let label = "\(counter.word):"
                let padding = String(repeating: " ", count: max(1, labelWidth - label.utf8.count))
                text += "  \(label)\(padding)\(counters.sum(counter.rawValue))\n"
            }
        }
        return text
    }

    /// Columns of a counter's name.
    private static let labelWidth = 13
}

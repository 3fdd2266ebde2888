/// Every keyword of HAProxy's language, by the place where it stands: what documentation and tests go through.
package enum KeywordCatalog {
    /// Keywords of one place.
    package struct Group: Sendable {
        /// For instance `timeout`.
        package let title: String
        package let entries: [KeywordEntry]
    }

    package static let groups: [Group] =
        [
            Group(title: "global", entries: GlobalKeywords.table.entries),
            Group(title: "stats socket", entries: RuntimeSocketKeywords.table.entries),
            Group(title: "proxies", entries: ProxyKeywords.table.entries),
            Group(title: "timeout", entries: TimeoutKeywords.table.entries),
            Group(title: "option", entries: OptionKeywords.table.entries),
            Group(title: "stats", entries: StatsKeywords.table.entries),
            Group(title: "balance", entries: BalanceKeywords.table.entries),
            Group(title: "http-check", entries: CheckKeywords.httpTable.entries),
            Group(title: "tcp-check", entries: CheckKeywords.tcpTable.entries),
            Group(title: "bind", entries: BindKeywords.table.entries),
            Group(title: "server", entries: ServerKeywords.table.entries),
            Group(title: "ring", entries: RingKeywords.table.entries),
            Group(title: "sections", entries: OtherSections.sections),
        ]
        + RuleKeywords.groups + OtherSections.groups

    /// The entry of a keyword in a group.
    package static func entry(_ name: String, in title: String) -> KeywordEntry? {
        groups.first { $0.title == title }?.entries.first { $0.name == name }
    }
}

import ConfigurationLanguage
import Diagnostics

/// Sections that are known and not carried out.
enum OtherSections {
    /// Why, by the section's word, with the way out.
    static func reason(for section: String) -> (reason: String, wayOut: String)? {
        switch section {
        case "peers":
            (
                "stick tables are not shared with other nodes in this version",
                "remove the section, and 'peers' from 'stick-table' lines"
            )
        case "cache": ("the cache is not in this version", "remove the section")
        case "crt-list":
            ("'crt-list' is an option of bind lines that names a file", "remove the section")
        case "acme": (Reason.tlsRest, "remove the section")
        case "mailers", "log-forward", "log-profile", "healthcheck", "namespace_list":
            (Reason.operators, "remove the section")
        case "traces": (Reason.debugging, "remove the section")
        case "fcgi-app", "program", "spoe-agent", "spoe-message", "spoe-group":
            (Reason.notPlanned, Reason.notPlannedWayOut)
        default: nil
        }
    }

    static let sections: [KeywordEntry] =
        [
            "global", "defaults", "frontend", "backend", "listen", "resolvers", "userlist",
            "http-errors", "ring", "crt-store",
        ].map {
            Keyword<Void>($0, in: [], "", "A section.") { _, _ in }.entry
        }
        + DialectSplitter.haproxyWords.sorted().compactMap { word in
            reason(for: word).flatMap {
                Keyword<Void>.refused(word, in: .other, because: $0.reason, wayOut: $0.wayOut)
                    .first?.entry
            }
        }

    /// The keywords inside those sections, as far as HAProxy lists them.
    static let groups: [KeywordCatalog.Group] = [
        KeywordCatalog.Group(title: "userlist", entries: UserListSection.keywords),
        KeywordCatalog.Group(title: "http-errors", entries: ErrorSection.keywords),
        CertificateList.group,
        KeywordCatalog.Group(title: "crt-store", entries: CertificateStore.keywords),
        group("traces", "trace"),
        group(
            "acme",
            """
            account-key acme-vars bits challenge challenge-ready contact curves directory dns-delay
            dns-timeout eab-key-id eab-mac-alg eab-mac-key keytype map profile provider-name
            reuse-key
            """),
        group(
            "peers",
            "peer server bind default-bind default-server table log shards disabled enabled"),
        KeywordCatalog.Group(title: "resolvers", entries: ResolversKeywords.table.entries),
    ]

    private static func group(_ section: String, _ names: String) -> KeywordCatalog.Group {
        let why = reason(for: section) ?? (Reason.operators, Reason.operatorsWayOut)
        let keywords = Keyword<Void>.refused(
            names, in: .other, because: why.0, wayOut: why.1)
        return KeywordCatalog.Group(title: section, entries: keywords.map(\.entry))
    }
}

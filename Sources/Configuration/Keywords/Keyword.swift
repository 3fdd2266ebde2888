/// Whether a keyword does something here.
package enum KeywordStatus: Sendable, Equatable {
    case implemented
    /// Taken without complaint and without effect; the reason is one clause.
    case accepted(String)
    /// An error wherever it stands: why, and the way out.
    case refused(String, wayOut: String)
}

/// The sections of HAProxy's language.
package struct SectionSet: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let global = SectionSet(rawValue: 1)
    package static let defaults = SectionSet(rawValue: 2)
    package static let frontend = SectionSet(rawValue: 4)
    package static let backend = SectionSet(rawValue: 8)
    package static let listen = SectionSet(rawValue: 16)
    /// Sections that are not there yet: `peers` and others.
    package static let other = SectionSet(rawValue: 32)
    package static let resolvers = SectionSet(rawValue: 1 << 10)

    /// Settings of the client's side.
    package static let clientSide = SectionSet(rawValue: 2 | 4 | 16)
    /// Settings of the server's side.
    package static let serverSide = SectionSet(rawValue: 2 | 8 | 16)
    package static let proxies = SectionSet(rawValue: 2 | 4 | 8 | 16)
    package static let frontends = SectionSet(rawValue: 4 | 16)
    package static let backends = SectionSet(rawValue: 8 | 16)
    /// All but `defaults`.
    package static let namedProxies = SectionSet(rawValue: 4 | 8 | 16)

    /// The words for people, in HAProxy's order.
    package var names: [String] {
        let words: [(SectionSet, String)] = [
            (.global, "global"), (.defaults, "defaults"), (.frontend, "frontend"),
            (.listen, "listen"), (.backend, "backend"), (.resolvers, "resolvers"),
        ]
        return words.compactMap { contains($0.0) ? $0.1 : nil }
    }
}

/// A keyword as documentation, suggestions and tests see it.
package struct KeywordEntry: Sendable {
    package let name: String
    package let sections: SectionSet
    /// For instance `<number>`.
    package let arguments: String
    /// One line; empty where the keyword has no effect.
    package let summary: String
    package let status: KeywordStatus
    /// How many words follow that belong to it, where it stands among others on a line.
    package let argumentCount: Int

    package var isRefused: Bool {
        if case .refused = status { true } else { false }
    }
}

/// An entry together with what carries it out on a target: the `global` section, a proxy, a server.
struct Keyword<Target>: Sendable {
    typealias Action = @Sendable (inout Target, inout Statement) -> Void

    let entry: KeywordEntry
    let apply: Action

    init(
        _ name: String, in sections: SectionSet, _ arguments: String = "", _ summary: String,
        status: KeywordStatus = .implemented, apply: @escaping Action
    ) {
        // `bind` and `server` lines hold many keywords: each takes as many words as it has arguments.
        let count = arguments.split(separator: " ").count { $0.hasPrefix("<") }
        entry = KeywordEntry(
            name: name, sections: sections, arguments: arguments, summary: summary,
            status: status, argumentCount: count)
        self.apply = apply
    }

    private init(name: Substring, in sections: SectionSet, status: KeywordStatus) {
        let parts = name.split(separator: "/", maxSplits: 1)
        let count = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        entry = KeywordEntry(
            name: String(parts[0]), sections: sections,
            arguments: Array(repeating: "<value>", count: count).joined(separator: " "),
            summary: "", status: status, argumentCount: count)
        apply = { _, statement in statement.skipRest() }
    }

    /// Keywords that are taken and change nothing. `names` are words; `/1` behind one says that it takes an
    /// argument, where others may follow on the line.
    static func accepted(
        _ names: String, in sections: SectionSet, because reason: String
    ) -> [Keyword] {
        names.split(whereSeparator: \.isWhitespace).map {
            Keyword(name: $0, in: sections, status: .accepted(reason))
        }
    }

    /// Keywords that are refused by name.
    static func refused(
        _ names: String, in sections: SectionSet, because reason: String, wayOut: String
    ) -> [Keyword] {
        names.split(whereSeparator: \.isWhitespace).map {
            Keyword(name: $0, in: sections, status: .refused(reason, wayOut: wayOut))
        }
    }
}

/// The keywords of one place, found by name.
struct KeywordTable<Target>: Sendable {
    /// What stands before the keywords, for instance `timeout`; empty for whole lines.
    let prefix: String
    /// In the order of the documentation.
    let keywords: [Keyword<Target>]
    private let byName: [String: Int]
    /// Entries that end in `*`: `set-var*` stands for `set-var(txn.x)`.
    private let prefixes: [String: Int]

    init(prefix: String = "", _ groups: [Keyword<Target>]...) {
        self.prefix = prefix
        keywords = groups.flatMap { $0 }
        var byName: [String: Int] = [:]
        var prefixes: [String: Int] = [:]
        for (index, keyword) in keywords.enumerated() {
            let name = keyword.entry.name
            if name.hasSuffix("*") { prefixes[String(name.dropLast())] = index }
            byName[name] = index
        }
        self.byName = byName
        self.prefixes = prefixes
    }

    subscript(name: String) -> Keyword<Target>? {
        if let index = byName[name] { return keywords[index] }
        guard !prefixes.isEmpty else { return nil }
        let stem = String(name.prefix { $0 != "(" })
        if let index = prefixes[stem] { return keywords[index] }
        // `track-sc*` stands for `track-sc0` and those behind it.
        guard let last = stem.last, last.isNumber else { return nil }
        let bare = String(stem.prefix { !$0.isNumber })
        return bare == "track-sc" ? prefixes[bare].map { keywords[$0] } : nil
    }

    var entries: [KeywordEntry] { keywords.map(\.entry) }

    /// The names that may stand in a section, for suggestions.
    func names(in section: SectionSet) -> [String] {
        keywords.filter { !$0.entry.sections.isDisjoint(with: section) }.map(\.entry.name)
    }
}

/// Which certificate a client gets for the name that it asks for. Exact names come before wildcards, and the first line
/// over later ones; `!name` behind a wildcard takes that name out of it.
package struct CertificateNames: Sendable {
    private struct Wildcard {
        let entry: Int
        let excluded: Set<String>
    }

    private var exact: [String: [Int]] = [:]
    /// By what follows the `*`, with its dot.
    private var wildcards: [String: [Wildcard]] = [:]
    /// Entries that match every name: `*` alone.
    private var universal: [Wildcard] = []

    package init() {}

    /// `filters`: names in small letters, `!` before those that shall not match.
    package mutating func add(_ filters: [String], entry: Int) {
        let excluded = Set(filters.filter { $0.hasPrefix("!") }.map { String($0.dropFirst()) })
        for filter in filters where !filter.hasPrefix("!") {
            if filter == "*" {
                universal.append(Wildcard(entry: entry, excluded: excluded))
            } else if filter.hasPrefix("*.") {
                wildcards[String(filter.dropFirst()), default: []].append(
                    Wildcard(entry: entry, excluded: excluded))
            } else {
                exact[filter, default: []].append(entry)
            }
        }
    }

    /// The entries for a name in small letters, best first; empty: none has it. Wildcards stand behind exact names, as in
    /// HAProxy: a client that cannot use the exact one's kind of key may be able to use theirs.
    package func entries(for name: String) -> [Int] {
        var found = exact[name] ?? []
        // A wildcard stands for one label (RFC 6125 6.4.3).
        if let dot = name.firstIndex(of: "."), dot != name.startIndex,
            let others = wildcards[String(name[dot...])]
        {
            found += others.filter { !$0.excluded.contains(name) }.map(\.entry)
        }
        if !found.isEmpty { return found }
        return universal.filter { !$0.excluded.contains(name) }.map(\.entry)
    }
}

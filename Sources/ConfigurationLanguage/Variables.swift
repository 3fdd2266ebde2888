/// Environment variables as a configuration sees them: the process' own, changed by `setenv` and its relatives.
package struct Variables: Sendable {
    private let inherited: @Sendable (String) -> String?
    /// What the configuration changed; nil: removed.
    private var changed: [String: String?] = [:]
    /// Set by `resetenv`: only these are still inherited.
    private var kept: Set<String>?

    package init(inherited: @escaping @Sendable (String) -> String?) {
        self.inherited = inherited
    }

    package subscript(name: String) -> String? {
        if let change = changed[name] { return change }
        if let kept, !kept.contains(name) { return nil }
        return inherited(name)
    }

    /// `setenv`
    package mutating func set(_ name: String, to value: String) { changed[name] = .some(value) }

    /// `unsetenv`
    package mutating func remove(_ name: String) { changed[name] = .some(nil) }

    /// `resetenv`: everything goes but these.
    package mutating func removeAll(except names: [String]) {
        let names = Set(names)
        kept = kept.map { $0.intersection(names) } ?? names
        changed = changed.filter { names.contains($0.key) }
    }

    /// What the configuration set, for `show env` and for children.
    package var assignments: [String: String] { changed.compactMapValues { $0 } }
}

/// What stands behind `?` in a request for metrics: `scope=server&scope=backend&no-maint`.
struct PrometheusQuery {
    enum Scope: String { case global, frontend, listener, backend, server }

    /// nil: everything.
    private var scopes: Set<Scope>?
    private(set) var hidesMaintenance = false

    /// nil: a word or a scope is unknown; HAProxy answers 400 then.
    init?(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let query = parts[1].prefix { $0 != "#" }
        for pair in query.split(separator: "&") {
            let halves = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch halves[0] {
            case "scope": if !add(halves.count > 1 ? String(halves[1]) : "") { return nil }
            case "no-maint": hidesMaintenance = true
            // Module counters, descriptions and name filters of later versions: there is nothing to add or hide.
            case "extra-counters", "desc", "no-desc": break
            default: break
            }
        }
    }

    func shows(_ scope: Scope) -> Bool { scopes?.contains(scope) ?? true }

    private mutating func add(_ word: String) -> Bool {
        var chosen = scopes ?? []
        defer { scopes = chosen }
        switch word {
        case "": chosen = []
        case "*": chosen = [.global, .frontend, .listener, .backend, .server]
        // There are none of these objects yet.
        case "resolver", "sticktable", "check": break
        default:
            guard let scope = Scope(rawValue: word) else { return false }
            chosen.insert(scope)
        }
        return true
    }
}

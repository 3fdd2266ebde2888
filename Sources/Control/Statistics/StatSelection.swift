internal import Configuration
internal import Proxy

/// What `show stat` and the page leave out, and in which form they print the rest.
package struct StatSelection: Sendable {
    package enum Format: Sendable { case csv, typed, json }

    package var format = Format.csv
    /// Adds a sentence to each typed field.
    package var describes = false
    /// A proxy by its number; nil: all.
    package var proxyID: Int?
    /// Bits: 1 frontends, 2 backends, 4 servers, 8 listeners.
    package var kinds = -1
    /// A server or listener by its number; nil: all. As HAProxy, frontends and backends are shown beside it.
    package var id: Int?
    /// Hides servers and backends that are down, and servers in maintenance.
    package var onlyUp = false
    /// Hides servers in maintenance.
    package var hidesMaintenance = false
    /// Addresses, cookies and algorithms: on the socket, and on the page with `show-legends`.
    package var showsAddresses = true
    /// Names of the proxies to show; empty: all.
    package var scope: [String] = []

    /// Part of a name; proxies without it are left out.
    package var nameFilter: String?

    package init() {}

    /// From the arguments of `show stat`; nil: the proxy is unknown.
    init?(arguments: [String], in snapshot: Snapshot) {
        for word in arguments {
            switch word {
            case "typed": format = .typed
            case "json": format = .json
            case "desc": describes = true
            case "up": onlyUp = true
            case "no-maint": hidesMaintenance = true
            default: break
            }
        }
        // HAProxy looks at the three filters only together.
        guard arguments.count >= 3,
            !["typed", "json", "desc", "up", "no-maint"].contains(arguments[0]),
            let kinds = Int(arguments[1]), let id = Int(arguments[2])
        else { return }
        if let number = Int(arguments[0]) {
            proxyID = number < 0 ? nil : number
        } else if let proxy = snapshot.proxy(arguments[0]) {
            proxyID = proxy.settings.id
        } else {
            return nil
        }
        self.kinds = kinds
        self.id = id < 0 ? nil : id
    }

    func shows(_ kind: StatRow.Kind) -> Bool {
        switch kind {
        case .frontend: kinds & 1 != 0
        case .backend: kinds & 2 != 0
        case .server: kinds & 4 != 0
        case .listener: kinds & 8 != 0
        }
    }

    func shows(_ proxy: Snapshot.Proxy) -> Bool {
        if proxy.settings.isDisabled { return false }
        if let proxyID, proxyID != proxy.settings.id { return false }
        if let nameFilter, !proxy.settings.name.contains(nameFilter) { return false }
        return scope.isEmpty || scope.contains(proxy.settings.name)
    }

    func shows(server state: ServerState, id number: Int) -> Bool {
        if let id, id != number { return false }
        let inMaintenance = !state.administration.isDisjoint(with: .maintenance)
        if inMaintenance && (onlyUp || hidesMaintenance) { return false }
        return !(onlyUp && state.operation == .stopped)
    }
}

package import Balancing

/// `balance`
package enum BalanceSettings: Sendable, Equatable {
    case roundRobin, staticRoundRobin, leastConnections, first, source
    case random(draws: Int)
    /// `uri`, `hdr`, `url_param`
    case request(HashKey)

    /// The word that `show stat` knows it by.
    package var name: String {
        switch self {
        case .roundRobin: "roundrobin"
        case .staticRoundRobin: "static-rr"
        case .leastConnections: "leastconn"
        case .first: "first"
        case .source: "source"
        case .random: "random"
        case .request(.uri): "uri"
        case .request(.header): "hdr"
        case .request(.parameter): "url_param"
        }
    }
}

extension ProxySettings {
    /// Whether weights may change while it runs; the others build tables at start.
    package var hasDynamicWeights: Bool {
        switch balance {
        case .roundRobin, .leastConnections, .first, .random: true
        case .staticRoundRobin: false
        case .source, .request: hash.isConsistent
        }
    }
}

package import Balancing
package import Expressions

/// `balance`
package enum BalanceSettings: Sendable, Equatable {
    case roundRobin, staticRoundRobin, leastConnections, first, source
    case random(draws: Int)
    /// `uri`, `hdr`, `url_param`
    case request(HashKey)
    /// `hash`
    case expression(SampleExpression)
    /// `rdp-cookie`: the fetch of its cookie.
    case remoteDesktop(SampleExpression)

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
        case .expression: "hash"
        case .remoteDesktop: "rdp-cookie"
        }
    }

    /// Whether nothing is looked for, and nobody's turn moves on, while there is one server only (measured).
    package var restsAlone: Bool {
        switch self {
        case .request(.header), .expression: true
        default: false
        }
    }

    /// Whether something of the request is hashed.
    package var hashesRequest: Bool {
        switch self {
        case .request, .expression, .remoteDesktop: true
        default: false
        }
    }
}

extension ProxySettings {
    /// Whether weights may change while it runs; the others build tables at start.
    package var hasDynamicWeights: Bool {
        switch balance {
        case .roundRobin, .leastConnections, .first, .random: true
        case .staticRoundRobin: false
        case .source, .request, .expression, .remoteDesktop: hash.isConsistent
        }
    }
}

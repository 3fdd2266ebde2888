/// Chooses a server for a request: one algorithm of the closed set, and what it remembers.
///
/// A plain value. The backend that owns it shares it between workers under a short mutex; picks
/// allocate nothing. All algorithms are stored side by side, the unused ones empty, because
/// changing the payload of an enum in place would mean moving it out and back.
public struct Balancer: Sendable {
    /// The algorithms of `balance`.
    public enum Algorithm: UInt8, Sendable, CaseIterable {
        case roundRobin, staticRoundRobin, leastConnections, source, first

        /// The word in the configuration.
        public var keyword: String {
            switch self {
            case .roundRobin: "roundrobin"
            case .staticRoundRobin: "static-rr"
            case .leastConnections: "leastconn"
            case .source: "source"
            case .first: "first"
            }
        }

        public init?(keyword: String) {
            guard let match = Algorithm.allCases.first(where: { $0.keyword == keyword }) else {
                return nil
            }
            self = match
        }
    }

    public let algorithm: Algorithm
    private let allBackups: Bool
    /// The number of each server, for `first`.
    private let order: [Int]
    private var candidates = Candidates()
    private var roundRobin = RoundRobin()
    private var staticRoundRobin = StaticRoundRobin()
    private var leastConnections = LeastConnections()
    private var hashed = HashedMap()
    private var firstServers = First()

    /// `allBackups` is `option allbackups`; `order` holds the servers' numbers where they are not
    /// their places.
    public init(_ algorithm: Algorithm, allBackups: Bool = false, order: [Int] = []) {
        self.algorithm = algorithm
        self.allBackups = allBackups
        self.order = order
    }

    /// Whether `pick` wants a hash.
    @inline(__always)
    public var usesHash: Bool { algorithm == .source }

    /// Whether loads must be reported.
    @inline(__always)
    public var usesLoad: Bool { algorithm == .leastConnections }

    /// Number of servers that requests go to at the moment.
    public var candidateCount: Int { candidates.servers.count }

    /// Whether requests go to backup servers because no other is left.
    public var usesBackups: Bool { candidates.areBackups }

    /// Servers have come, gone or changed their weight. Costs up to O(n log n), so it is for
    /// changes of state, not for requests.
    public mutating func serversChanged(_ facts: [ServerFacts]) {
        candidates = Candidates(facts, allBackups: allBackups)
        switch algorithm {
        case .roundRobin: roundRobin.update(facts, candidates)
        case .staticRoundRobin: staticRoundRobin.update(facts, candidates)
        case .leastConnections: leastConnections.update(facts, candidates)
        case .source: hashed.update(facts, candidates)
        case .first: firstServers.update(candidates, order: order)
        }
    }

    /// The load of a server, connections and queued requests together, has changed. Only where
    /// `usesLoad`.
    @inline(__always)
    public mutating func setLoad(_ server: Int, _ load: Int) {
        if algorithm == .leastConnections { leastConnections.setLoad(server, load) }
    }

    /// The server for a request, or nil when none has a free slot or none is left.
    ///
    /// `hasSlot` tells whether a server may take one more connection now: below its `maxconn` and
    /// nobody queued. `avoided` is a server that has just failed the request; it is chosen only
    /// when there is no other. A hash chooses its server even when that one is full.
    @inline(__always)
    public mutating func pick(
        hash: UInt32 = 0, avoiding avoided: Int? = nil, hasSlot: (Int) -> Bool
    ) -> Int? {
        switch algorithm {
        case .roundRobin: roundRobin.pick(avoiding: avoided, hasSlot: hasSlot)
        case .staticRoundRobin: staticRoundRobin.pick(avoiding: avoided, hasSlot: hasSlot)
        case .leastConnections: leastConnections.pick(avoiding: avoided, hasSlot: hasSlot)
        case .source: hashed.pick(hash: hash)
        case .first: firstServers.pick(avoiding: avoided, hasSlot: hasSlot)
        }
    }
}

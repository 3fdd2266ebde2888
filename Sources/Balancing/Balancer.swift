/// Chooses a server for a request: one algorithm of the closed set, and what it remembers.
///
/// A plain value. The backend that owns it shares it between workers under a short mutex; picks
/// allocate nothing. All algorithms are stored side by side, the unused ones empty, because
/// changing the payload of an enum in place would mean moving it out and back.
public struct Balancer: Sendable {
    /// The algorithms of `balance`.
    public enum Algorithm: UInt8, Sendable, CaseIterable {
        case roundRobin, staticRoundRobin, leastConnections, first
        /// Every algorithm with a key: `source`, `uri`, `hdr`, `url_param`.
        case mapHash, ringHash
        case random
    }

    /// Most draws of `random` for one request.
    public static let drawLimit = RandomDraws.drawLimit

    public let algorithm: Algorithm
    private let allBackups: Bool
    /// A request without a key is no turn while there is one server only.
    private let restsAlone: Bool
    /// The number of each server, for `first` and rings.
    private let order: [Int]
    private var candidates = Candidates()
    private var roundRobin = RoundRobin()
    private var staticRoundRobin = StaticRoundRobin()
    private var leastConnections = LeastConnections()
    private var hashed = HashedMap()
    private var ring: HashRing
    private var random: RandomDraws
    private var firstServers = First()

    /// `allBackups` is `option allbackups`; `order` holds the servers' numbers where they are not
    /// their places. `draws` and `seed` are for `random`, `balanceFactor` (percent, 0: none)
    /// is for rings.
    public init(
        _ algorithm: Algorithm, allBackups: Bool = false, order: [Int] = [], draws: Int = 2,
        seed: UInt64 = 0, balanceFactor: Int = 0,
        restsAlone: Bool = false
    ) {
        self.restsAlone = restsAlone
        ring = HashRing(factor: balanceFactor)
        random = RandomDraws(draws: draws, seed: seed)
        self.algorithm = algorithm
        self.allBackups = allBackups
        self.order = order
    }

    /// Whether `pick` wants a hash.
    @inline(__always)
    public var usesHash: Bool { algorithm == .mapHash || algorithm == .ringHash }

    /// Whether loads must be reported.
    @inline(__always)
    public var usesLoad: Bool {
        switch algorithm {
        case .leastConnections, .random: true
        case .ringHash: ring.usesLoad
        default: false
        }
    }

    /// Whether the requests in a server's queue are part of its load.
    public var countsQueue: Bool { algorithm == .leastConnections }

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
        case .mapHash: hashed.update(facts, candidates)
        case .ringHash: ring.update(facts, candidates, order: order)
        case .random: random.update(facts, candidates, order: order)
        case .first: firstServers.update(candidates, order: order)
        }
    }

    /// The load of a server, connections and queued requests together, has changed. Only where
    /// `usesLoad`.
    @inline(__always)
    public mutating func setLoad(_ server: Int, _ load: Int) {
        switch algorithm {
        case .leastConnections: leastConnections.setLoad(server, load)
        case .random: random.setLoad(server, load)
        case .ringHash: ring.setLoad(server, load)
        default: break
        }
    }

    /// The server for a request, or nil when none has a free slot or none is left.
    ///
    /// `hasSlot` tells whether a server may take one more connection now: below its `maxconn` and
    /// nobody queued. `avoided` is a server that has just failed the request; it is chosen only
    /// when there is no other. A hash chooses its server even when that one is full; without
    /// one the algorithms that want it take servers in turn.
    @inline(__always)
    public mutating func pick(
        hash given: UInt32? = nil, avoiding avoided: Int? = nil, hasSlot: (Int) -> Bool
    ) -> Int? {
        let hash =
            given ?? (restsAlone && usesHash && candidates.servers.count == 1 ? 0 : nil)
        return switch algorithm {
        case .roundRobin: roundRobin.pick(avoiding: avoided, hasSlot: hasSlot)
        case .staticRoundRobin: staticRoundRobin.pick(avoiding: avoided, hasSlot: hasSlot)
        case .leastConnections: leastConnections.pick(avoiding: avoided, hasSlot: hasSlot)
        case .mapHash:
            if let hash {
                hashed.pick(hash: hash)
            } else {
                hashed.next(avoiding: avoided, hasSlot: hasSlot)
            }
        case .ringHash:
            if let hash {
                ring.pick(hash: hash, avoiding: avoided)
            } else {
                ring.next(avoiding: avoided, hasSlot: hasSlot)
            }
        case .random: random.pick(avoiding: avoided, hasSlot: hasSlot)
        case .first: firstServers.pick(avoiding: avoided, hasSlot: hasSlot)
        }
    }
}

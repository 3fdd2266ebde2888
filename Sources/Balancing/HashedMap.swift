public import Core

/// `hash-type map-based`: a key chooses a slot of a fixed list by its hash. What is hashed differs
/// by algorithm: `source` uses the client's address.
///
/// A full server is chosen all the same: the request then waits in its queue, as in HAProxy. A pick
/// costs O(1).
struct HashedMap: Sendable {
    private var list = StaticRoundRobin()

    init() {}

    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates) {
        list.update(facts, candidates)
    }

    func pick(hash: UInt32) -> Int? { list.server(of: hash) }

    /// For requests without a key: servers in turn, along the list.
    mutating func next(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        list.pick(avoiding: avoided, hasSlot: hasSlot)
    }
}

/// The hash of `balance source`: the address as 32-bit words in host order, combined by exclusive
/// or. (HAProxy's manual speaks of sdbm as the default function; that one is for strings, the
/// program does not use it here.)
public enum SourceHash {
    @inline(__always)
    public static func of(_ address: IPv4Address) -> UInt32 { address.rawValue }

    @inline(__always)
    public static func of(_ address: IPv6Address) -> UInt32 {
        let half = address.high ^ address.low
        return UInt32(truncatingIfNeeded: half &>> 32) ^ UInt32(truncatingIfNeeded: half)
    }
}

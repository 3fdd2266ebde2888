/// `balance random(draws)`: servers are drawn from the ring of `hash-type consistent`, and of those
/// drawn the one with the lowest load for its weight takes the request. One that is full takes
/// none: the request waits in the backend's queue, as in HAProxy.
struct RandomDraws: Sendable {
    private var ring = HashRing()
    private var loads: [Int] = []
    private var weights: [Int] = []
    private var state: UInt64
    private let draws: Int

    /// Most draws for one request: they are made while other threads wait.
    static let drawLimit = 64

    init(draws: Int = 2, seed: UInt64 = 0) {
        self.draws = min(draws, RandomDraws.drawLimit)
        state = seed
    }

    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates, order: [Int]) {
        if loads.count != facts.count { loads = [Int](repeating: 0, count: facts.count) }
        weights = facts.map(\.effectiveWeight)
        ring.update(facts, candidates, order: order)
    }

    mutating func setLoad(_ server: Int, _ load: Int) {
        if loads.indices.contains(server) { loads[server] = load }
    }

    mutating func pick(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        var best: Int?
        for _ in 0..<draws {
            guard let drawn = ring.pick(hash: roll(), avoiding: avoided) else { return nil }
            guard let other = best else {
                best = drawn
                continue
            }
            if loads[drawn] &* weights[other] <= loads[other] &* weights[drawn] { best = drawn }
        }
        guard let best, hasSlot(best) else { return nil }
        return best
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): the upper half of its numbers.
    private mutating func roll() -> UInt32 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return UInt32(truncatingIfNeeded: (value ^ (value >> 31)) >> 32)
    }
}

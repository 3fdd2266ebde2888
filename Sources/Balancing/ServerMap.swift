/// A list in which each candidate stands as often as its weight says, evenly spread: what
/// `static-rr` walks along and what map-based hashes point into.
///
/// The order is HAProxy's (measured). Each slot adds its weight to the score of each server and
/// goes to the first server with the highest number of whole totals in its score; that server pays
/// one total. Weights are divided by the greatest common divisor of all servers first, candidates or
/// not: that does not change the order, but the length of the list, and so where a turn goes on after
/// a change.
struct ServerMap: Sendable {
    /// One entry per unit of weight.
    private(set) var slots: [Int32] = []

    init() {}

    /// O(s log n) for s slots. Rather than adding to n scores per slot, servers are filed under the
    /// slot at which their score reaches the next whole total.
    init(_ facts: [ServerFacts], _ candidates: Candidates) {
        let servers = candidates.servers.filter { facts[$0].configuredWeight > 0 }
        let divisor = facts.reduce(0) { ServerMap.divisor($0, $1.configuredWeight) }
        guard divisor > 0 else { return }
        let weights = servers.map { facts[$0].configuredWeight / divisor }
        if weights.allSatisfy({ $0 == 1 }) {
            slots = servers.map { Int32(truncatingIfNeeded: $0) }
            return
        }
        let total = weights.reduce(0, +)
        slots.reserveCapacity(total)
        // A server that was chosen c times has, at slot t, the score t * weight - c * total. It may
        // be chosen while that is at least 0, and comes before those when it is at least one total.
        var soonReady = ServerHeap(serverCount: servers.count)
        var soonUrgent = soonReady
        var ready = soonReady
        var urgent = soonReady
        func file(_ server: Int, chosen: Int) {
            let weight = weights[server]
            let readyAt = (chosen * total + weight - 1) / weight
            let urgentAt = ((chosen + 1) * total + weight - 1) / weight
            soonReady.set(server, to: ServerHeap.Rank(position: Int64(readyAt), sequence: 0))
            soonUrgent.set(server, to: ServerHeap.Rank(position: Int64(urgentAt), sequence: 0))
        }
        for server in servers.indices { file(server, chosen: 0) }
        var chosen = [Int](repeating: 0, count: servers.count)
        for time in 1...total {
            while let (server, rank) = soonReady.first, rank.position <= time {
                soonReady.remove(server)
                ready.set(server, to: ServerHeap.Rank(position: Int64(server), sequence: 0))
            }
            while let (server, rank) = soonUrgent.first, rank.position <= time {
                soonUrgent.remove(server)
                urgent.set(server, to: ServerHeap.Rank(position: Int64(server), sequence: 0))
            }
            guard let (server, _) = urgent.first ?? ready.first else { return }
            slots.append(Int32(truncatingIfNeeded: servers[server]))
            urgent.remove(server)
            ready.remove(server)
            chosen[server] += 1
            file(server, chosen: chosen[server])
        }
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int {
        var (a, b) = (a, b)
        while b != 0 { (a, b) = (b, a % b) }
        return a
    }
}

/// `balance leastconn`: the server with the fewest connections and queued requests for its weight;
/// ties go to the one whose load changed least recently.
///
/// The order is HAProxy's (measured): an idle server comes first whatever its weight; the others
/// follow by (load + 1) / weight. The owner reports each change of a load. A pick costs O(1), a
/// change O(log n).
struct LeastConnections: Sendable {
    private var servers = ServerHeap()
    private var weights: [Int32] = []
    private var loads: [Int32] = []
    private var sequence: UInt64 = 0
    /// Servers that a pick has passed over; here only to keep its memory.
    private var passed: [(server: Int, rank: ServerHeap.Rank)] = []

    init() {}

    /// The candidates or their weights are others. Loads stay. O(n log n).
    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates) {
        if weights.count != facts.count {
            self = LeastConnections()
            weights = [Int32](repeating: 0, count: facts.count)
            loads = weights
            servers = ServerHeap(serverCount: facts.count)
            passed.reserveCapacity(facts.count)
        }
        var wanted = [Int32](repeating: 0, count: facts.count)
        for server in candidates.servers {
            wanted[server] = Int32(clamping: facts[server].effectiveWeight)
        }
        for server in facts.indices where wanted[server] != weights[server] {
            weights[server] = wanted[server]
            if wanted[server] > 0 { place(server) } else { servers.remove(server) }
        }
    }

    /// A server has `load` connections and queued requests now.
    mutating func setLoad(_ server: Int, _ load: Int) {
        guard loads.indices.contains(server) else { return }
        loads[server] = Int32(clamping: load)
        guard let rank = servers.rank(of: server), rank.position != position(server) else { return }
        place(server)
    }

    mutating func pick(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        // Nearly always the first one will do.
        guard let (first, _) = servers.first else { return nil }
        if first != avoided, hasSlot(first) { return first }
        passed.removeAll(keepingCapacity: true)
        var choice: Int?
        while let (server, rank) = servers.first {
            if server != avoided, hasSlot(server) {
                choice = server
                break
            }
            servers.remove(server)
            passed.append((server, rank))
        }
        for (server, rank) in passed { servers.set(server, to: rank) }
        // Better the server that was to be avoided than none.
        guard choice == nil, let avoided, loads.indices.contains(avoided),
            servers.contains(avoided)
        else { return choice }
        return hasSlot(avoided) ? avoided : nil
    }

    private mutating func place(_ server: Int) {
        sequence &+= 1
        servers.set(
            server, to: ServerHeap.Rank(position: position(server), sequence: sequence))
    }

    private func position(_ server: Int) -> Int64 {
        let load = Int64(loads[server])
        let weights = Int64(ServerFacts.weightLimit * ServerFacts.weightScale)
        return load == 0 ? 0 : (load &+ 1) &* weights / Int64(self.weights[server])
    }
}

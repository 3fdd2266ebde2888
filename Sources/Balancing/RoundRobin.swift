/// `balance roundrobin`: each server in turn, evenly spread by weight. Weights may change at any
/// time.
///
/// The order is HAProxy's (measured: identical over thousands of requests for random weights). Time
/// is a counter of picks. A round has as many of them as the weights in force add up to. A server
/// of weight w comes up every total / w picks; the division's remainder is carried along, so that
/// no server drifts. At the beginning of a round all servers wait, the heaviest first, and come in
/// where no running one is due. A server whose next turn lies behind the end of the round waits for
/// the next.
///
/// A pick costs O(log n), and O(log n) more for each server on the way that has no free slot; so
/// with all servers full it costs O(n log n), which the owner avoids by counting free slots.
struct RoundRobin: Sendable {
    /// Running servers by the pick at which they are due; among equals the one that is owed most
    /// comes first.
    private var running = ServerHeap()
    /// Servers that have not come up in this round, heaviest first.
    private var waiting = ServerHeap()
    /// Servers that are done with this round.
    private var finished = ServerHeap()
    private var weights: [Int32] = []
    private var remainders: [Int32] = []
    private var total: Int64 = 0
    private var now: Int64 = 0
    private var sequence: UInt64 = 0
    /// Servers that a pick has passed over, with their next turns; here only to keep its memory.
    private var passed: [(server: Int, rank: ServerHeap.Rank)] = []

    init() {}

    /// The candidates or their weights are others. Servers that stay keep their turn; new ones wait
    /// for the next round, which begins at once when nobody else is left. O(n log n).
    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates) {
        if weights.count != facts.count {
            self = RoundRobin()
            weights = [Int32](repeating: 0, count: facts.count)
            remainders = weights
            running = ServerHeap(serverCount: facts.count)
            waiting = running
            finished = running
            passed.reserveCapacity(facts.count)
        }
        var wanted = [Int32](repeating: 0, count: facts.count)
        total = 0
        for server in candidates.servers {
            wanted[server] = Int32(clamping: facts[server].effectiveWeight)
            total += Int64(wanted[server])
        }
        for server in facts.indices where wanted[server] != weights[server] {
            let isNew = weights[server] == 0
            weights[server] = wanted[server]
            if wanted[server] == 0 {
                running.remove(server)
                waiting.remove(server)
                finished.remove(server)
            } else if isNew || finished.contains(server) {
                finish(server)
            } else {
                // A turn that was given stays; those after it follow the new weight. Otherwise slow
                // start, which changes weights every second, would keep a server out of quiet
                // farms.
                remainders[server] = min(remainders[server], wanted[server] - 1)
            }
        }
    }

    mutating func pick(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        passed.removeAll(keepingCapacity: true)
        var isNewRound = false
        var choice: Int?
        while choice == nil {
            let server: Int
            let next: ServerHeap.Rank?
            if let (first, rank) = running.first, rank.position <= now || waiting.isEmpty {
                server = first
                running.remove(server)
                next = turn(of: server, after: rank.position)
            } else if let (first, _) = waiting.first {
                server = first
                waiting.remove(server)
                remainders[server] = 0
                next = turn(of: server, after: now)
            } else {
                // Twice through all servers is enough to know that nobody can take the request.
                guard !isNewRound else { break }
                isNewRound = true
                beginRound()
                continue
            }
            now &+= 1
            // A server without a free slot has had its turn: it must not come back with all its
            // missed turns at once. It is put back behind the loop, so that it is not looked at
            // again.
            let isChosen = server != avoided && hasSlot(server)
            if isChosen { choice = server }
            if let next {
                if isChosen { running.set(server, to: next) } else { passed.append((server, next)) }
            } else {
                finish(server)
            }
        }
        for (server, rank) in passed { running.set(server, to: rank) }
        // Better the server that was to be avoided than none.
        guard choice == nil, let avoided, weights.indices.contains(avoided), weights[avoided] > 0
        else { return choice }
        return hasSlot(avoided) ? avoided : nil
    }

    private mutating func beginRound() {
        for (server, _) in passed { finish(server) }
        passed.removeAll(keepingCapacity: true)
        swap(&waiting, &finished)
        now = 0
    }

    /// The server's next turn after the one at `position`; nil where this round has none.
    private mutating func turn(of server: Int, after position: Int64) -> ServerHeap.Rank? {
        let weight = Int64(weights[server])
        var next = position &+ total / weight
        var remainder = Int64(remainders[server]) &+ total % weight
        if remainder >= weight {
            remainder &-= weight
            next &+= 1
        }
        remainders[server] = Int32(truncatingIfNeeded: remainder)
        guard next < total else { return nil }
        sequence &+= 1
        return ServerHeap.Rank(
            position: next, owed: Int32(truncatingIfNeeded: remainder &- weight),
            sequence: sequence)
    }

    private mutating func finish(_ server: Int) {
        sequence &+= 1
        finished.set(
            server, to: ServerHeap.Rank(position: -Int64(weights[server]), sequence: sequence))
    }
}

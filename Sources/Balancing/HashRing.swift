import Expressions

/// `hash-type consistent`: each server has points on a ring of 2^32, sixteen for each unit of its
/// weight, and a key goes to the nearest point, so that a server that comes or goes moves only its
/// own share of the keys. Points follow the server's number (`id`) or address (`hash-key`), not its name
/// or place.
///
/// A pick costs O(log p) for p points, a change O(p) and the sorting of the points that are new.
/// Eight bytes a point; 4,096 points a server at most.
struct HashRing: Sendable {
    /// The position in the upper half, the server in the lower: ascending.
    private var points: [UInt64] = []
    /// Points of each server now.
    private var counts: [Int] = []
    /// The most points that each server had.
    private var highest: [Int] = []
    /// `ringKey` of each server, as its points stand.
    private var keys: [UInt32?] = []
    /// The point that `next` came to.
    private var last: UInt64?

    private var bounds: BoundedLoads

    /// `factor`: `hash-balance-factor`.
    init(factor: Int = 0) { bounds = BoundedLoads(factor: factor) }

    /// Points of all servers.
    var pointCount: Int { points.count }

    /// Whether loads must be reported.
    var usesLoad: Bool { bounds.isOn }

    mutating func setLoad(_ server: Int, _ load: Int) { bounds.setLoad(server, load) }

    /// `order` gives each server's number, counted from 1.
    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates, order: [Int]) {
        bounds.update(facts, candidates)
        if counts.count != facts.count {
            counts = [Int](repeating: 0, count: facts.count)
            highest = facts.map { $0.configuredWeight * ServerFacts.weightScale }
            keys = facts.map(\.ringKey)
            points = []
            last = nil
        }
        for server in facts.indices where keys[server] != facts[server].ringKey {
            moveTurn(awayFrom: server, 0, order)
            keys[server] = facts[server].ringKey
        }
        var wanted = [Int](repeating: 0, count: facts.count)
        for server in candidates.servers { wanted[server] = facts[server].effectiveWeight }
        let changed = facts.indices.filter { wanted[$0] != counts[$0] }
        guard !changed.isEmpty else { return }
        // Fewer points go before there are more, as when one server after the other changes.
        for server in changed { moveTurn(awayFrom: server, wanted[server], order) }
        var added: [UInt64] = []
        // Those that have lost points stand as they should by now.
        for server in changed where counts[server] != wanted[server] {
            for point in 0..<wanted[server] { added.append(self.point(point, of: server, order)) }
        }
        added.sort()
        let before = counts
        counts = wanted
        merge(added) { before[$0] != wanted[$0] }
    }

    /// Where points of a server go, the turn that stands on one steps to the next that stays, which
    /// is so left out. A server that gets more points than ever leaves the ring for a moment.
    /// Both as in HAProxy, where requests without a key would else go elsewhere.
    private mutating func moveTurn(awayFrom server: Int, _ wanted: Int, _ order: [Int]) {
        let grows = wanted > highest[server]
        highest[server] = max(highest[server], wanted)
        let kept = grows ? 0 : min(wanted, counts[server])
        guard kept < counts[server] else { return }
        let staying = Set((0..<kept).map { point($0, of: server, order) })
        points.removeAll { HashRing.server(of: $0) == server && !staying.contains($0) }
        counts[server] = kept
        guard let last else { return }
        let at = firstIndex(from: last)
        self.last = points.isEmpty ? nil : points[wrapped(at)]
    }

    /// The place of a server's point, and the server.
    private func point(_ index: Int, of server: Int, _ order: [Int]) -> UInt64 {
        let number = order.indices.contains(server) ? order[server] : server + 1
        let first = keys[server] ?? UInt32(truncatingIfNeeded: number &* HashRing.pointLimit)
        let position = Hashes.avalanche(first &+ UInt32(truncatingIfNeeded: index))
        return UInt64(position) << 32 | UInt64(server)
    }

    /// The server of the point that is nearest to a hash. One that is to be avoided, or that has its
    /// share, gives way to the next one on the ring, if there is any.
    func pick(hash: UInt32, avoiding avoided: Int?) -> Int? {
        guard !points.isEmpty else { return nil }
        var at = wrapped(firstIndex(from: UInt64(hash) << 32))
        let before = at == 0 ? points.count - 1 : at - 1
        // Distances go around the ring.
        if hash &- position(before) <= position(at) &- hash { at = before }
        guard avoided != nil || bounds.isOn else { return server(at) }
        for _ in points.indices {
            let server = server(at)
            if server != avoided, !bounds.isOn || bounds.allows(server) { return server }
            at = wrapped(at + 1)
        }
        // Nobody is allowed: rather a server with too much than none.
        return server(at)
    }

    /// The next server along the ring with a free slot: for requests that have no key. When there is
    /// none, the turn begins anew.
    mutating func next(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        guard !points.isEmpty else { return nil }
        var at = wrapped(last.map { firstIndex(from: $0 + 1) } ?? 0)
        last = nil
        for _ in points.indices {
            let server = server(at)
            if hasSlot(server) {
                last = points[at]
                if server != avoided { return server }
            }
            at = wrapped(at + 1)
        }
        return last.map(HashRing.server(of:))
    }

    /// Highest number of points of a server.
    private static let pointLimit = ServerFacts.weightLimit * ServerFacts.weightScale

    private func position(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: points[index] >> 32)
    }

    private func server(_ index: Int) -> Int { HashRing.server(of: points[index]) }

    private static func server(of point: UInt64) -> Int { Int(point & 0xffff_ffff) }

    private func wrapped(_ index: Int) -> Int { index == points.count ? 0 : index }

    /// The first point at `value` or behind it.
    private func firstIndex(from value: UInt64) -> Int {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low &+ high) / 2
            if points[middle] < value { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    private mutating func merge(_ added: [UInt64], dropping isDropped: (Int) -> Bool) {
        var merged: [UInt64] = []
        merged.reserveCapacity(points.count + added.count)
        var at = 0
        for point in points where !isDropped(HashRing.server(of: point)) {
            while at < added.count, added[at] < point {
                merged.append(added[at])
                at += 1
            }
            merged.append(point)
        }
        merged.append(contentsOf: added[at...])
        points = merged
    }
}

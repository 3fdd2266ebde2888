import Expressions

/// `hash-type consistent`: each server has points on a ring of 2^32, sixteen for each unit of its
/// weight, and a key goes to the nearest point, so that a server that comes or goes moves only its
/// own share of the keys. Points follow the server's number (`id`), not its name or place.
///
/// A pick costs O(log p) for p points, a change O(p) and the sorting of the points that are new.
/// Eight bytes a point; 4,096 points a server at most.
struct HashRing: Sendable {
    /// The position in the upper half, the server in the lower: ascending.
    private var points: [UInt64] = []
    /// Points of each server now.
    private var counts: [Int] = []
    /// Position of the point that `next` came to.
    private var last: UInt64?

    init() {}

    /// `order` gives each server's number, counted from 1.
    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates, order: [Int]) {
        if counts.count != facts.count {
            counts = [Int](repeating: 0, count: facts.count)
            points = []
        }
        var wanted = [Int](repeating: 0, count: facts.count)
        for server in candidates.servers { wanted[server] = facts[server].effectiveWeight }
        let changed = facts.indices.filter { wanted[$0] != counts[$0] }
        guard !changed.isEmpty else { return }
        var added: [UInt64] = []
        for server in changed {
            let number = order.indices.contains(server) ? order[server] : server + 1
            for point in 0..<wanted[server] {
                let position = Hashes.avalanche(
                    UInt32(truncatingIfNeeded: number &* HashRing.pointLimit &+ point))
                added.append(UInt64(position) << 32 | UInt64(server))
            }
        }
        added.sort()
        let (before, after) = (counts, wanted)
        counts = wanted
        merge(added) { before[$0] != after[$0] }
        // The turn steps back from a point that is gone: it goes on there if that comes again.
        guard let last else { return }
        let at = firstIndex(from: last)
        if at < points.count, points[at] == last { return }
        self.last = at > 0 ? points[at - 1] : nil
    }

    /// The server of the point that is nearest to a hash. One that is to be avoided gives way to
    /// the next one on the ring, if there is any.
    func pick(hash: UInt32, avoiding avoided: Int?) -> Int? {
        guard !points.isEmpty else { return nil }
        var at = wrapped(firstIndex(from: UInt64(hash) << 32))
        let before = at == 0 ? points.count - 1 : at - 1
        // Distances go around the ring.
        if hash &- position(before) <= position(at) &- hash { at = before }
        guard let avoided else { return server(at) }
        for _ in points.indices where server(at) == avoided { at = wrapped(at + 1) }
        return server(at)
    }

    /// The next server along the ring with a free slot: for requests that have no key.
    mutating func next(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        guard !points.isEmpty else { return nil }
        var at = wrapped(last.map { firstIndex(from: $0 + 1) } ?? 0)
        var choice: Int?
        for _ in points.indices {
            last = points[at]
            let server = server(at)
            if hasSlot(server) {
                choice = server
                if server != avoided { break }
            }
            at = wrapped(at + 1)
        }
        return choice
    }

    /// Highest number of points of a server.
    private static let pointLimit = ServerFacts.weightLimit * ServerFacts.weightScale

    private func position(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: points[index] >> 32)
    }

    private func server(_ index: Int) -> Int { Int(points[index] & 0xffff_ffff) }

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
        for point in points where !isDropped(Int(point & 0xffff_ffff)) {
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

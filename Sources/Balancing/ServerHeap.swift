/// Servers in the order of a rank, first one on top. Any server can be taken out or moved in
/// O(log n); nothing is allocated once the heap has been as large as it gets.
struct ServerHeap: Sendable {
    /// The order: by position, then by `owed`, then by sequence, which makes ties first come, first
    /// served.
    struct Rank: Comparable, Sendable, BitwiseCopyable {
        var position: Int64
        var owed: Int32 = 0
        var sequence: UInt64

        @inline(__always)
        static func < (left: Rank, right: Rank) -> Bool {
            if left.position != right.position { return left.position < right.position }
            if left.owed != right.owed { return left.owed < right.owed }
            return left.sequence < right.sequence
        }
    }

    private struct Entry: Sendable, BitwiseCopyable {
        var rank: Rank
        var server: Int32
    }

    private var entries: [Entry] = []
    /// For each server its place in `entries`, or -1.
    private var places: [Int32] = []

    /// An empty heap for servers `0 ..< serverCount`.
    init(serverCount: Int = 0) {
        places = [Int32](repeating: -1, count: serverCount)
        entries.reserveCapacity(serverCount)
    }

    @inline(__always)
    var isEmpty: Bool { entries.isEmpty }

    var count: Int { entries.count }

    /// The first server and its rank.
    @inline(__always)
    var first: (server: Int, rank: Rank)? {
        entries.isEmpty ? nil : (Int(entries[0].server), entries[0].rank)
    }

    @inline(__always)
    func contains(_ server: Int) -> Bool { places[server] >= 0 }

    /// The rank of a server that is in the heap.
    @inline(__always)
    func rank(of server: Int) -> Rank? {
        let place = places[server]
        return place < 0 ? nil : entries[Int(place)].rank
    }

    /// Puts a server in, or moves it to another rank.
    mutating func set(_ server: Int, to rank: Rank) {
        let place = Int(places[server])
        if place < 0 {
            entries.append(Entry(rank: rank, server: Int32(truncatingIfNeeded: server)))
            rise(entries.count &- 1)
        } else if rank < entries[place].rank {
            entries[place].rank = rank
            rise(place)
        } else {
            entries[place].rank = rank
            sink(place)
        }
    }

    /// Takes a server out, if it is in.
    mutating func remove(_ server: Int) {
        let place = Int(places[server])
        guard place >= 0 else { return }
        places[server] = -1
        let last = entries.removeLast()
        guard place < entries.count else { return }
        let isSmaller = last.rank < entries[place].rank
        entries[place] = last
        places[Int(last.server)] = Int32(truncatingIfNeeded: place)
        if isSmaller { rise(place) } else { sink(place) }
    }

    /// Takes all servers out.
    mutating func removeAll() {
        for entry in entries { places[Int(entry.server)] = -1 }
        entries.removeAll(keepingCapacity: true)
    }

    private mutating func rise(_ start: Int) {
        let entry = entries[start]
        var place = start
        while place > 0 {
            let parent = (place &- 1) / 2
            guard entry.rank < entries[parent].rank else { break }
            put(entries[parent], at: place)
            place = parent
        }
        put(entry, at: place)
    }

    private mutating func sink(_ start: Int) {
        let entry = entries[start]
        var place = start
        while true {
            var child = place &* 2 &+ 1
            guard child < entries.count else { break }
            if child &+ 1 < entries.count, entries[child &+ 1].rank < entries[child].rank {
                child &+= 1
            }
            guard entries[child].rank < entry.rank else { break }
            put(entries[child], at: place)
            place = child
        }
        put(entry, at: place)
    }

    @inline(__always)
    private mutating func put(_ entry: Entry, at place: Int) {
        entries[place] = entry
        places[Int(entry.server)] = Int32(truncatingIfNeeded: place)
    }
}

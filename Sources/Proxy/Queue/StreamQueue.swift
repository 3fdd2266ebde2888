internal import Synchronization

/// Streams that wait for a place at a server, or at any server of a backend, over all workers: first come, first served
/// within a class of priority. Its mutex is held for a few loads and stores, and for a search where rules set priorities.
final class StreamQueue: Sendable {
    /// One that leaves the queue.
    struct Leaver: Sendable, BitwiseCopyable {
        let stream: StreamReference
        /// As logs show it: how many were served while it waited, itself included.
        let position: Int
    }

    /// Where a stream stands (HAProxy manual, `set-priority-class`, `set-priority-offset`): classes first, the lowest one
    /// before all, and in a class by the time of coming, to which the offset is added.
    struct Rank: Comparable, Sendable, BitwiseCopyable {
        private let key: Int64

        init(_ wishes: StreamWishes, comesAt milliseconds: Int64) {
            // A process does not live for the thousands of years that 48 bits hold.
            key =
                Int64(wishes.priorityClass) << 48
                | (milliseconds + Int64(wishes.priorityOffset) + Rank.span) & (1 << 48 - 1)
        }

        /// More than offsets can take away: times stay positive.
        private static let span: Int64 = 1 << 20

        static func < (left: Rank, right: Rank) -> Bool { left.key < right.key }
    }

    private struct Entry: Sendable, BitwiseCopyable {
        let stream: StreamReference
        let rank: Rank
        /// `Waiting.served` when it came.
        let mark: Int
    }

    private struct Waiting: Sendable {
        var entries: [Entry] = []
        /// Entries before it have left.
        var first = 0
        /// Streams that got their place so far.
        var served = 0

        func place(of rank: Rank) -> Int {
            // Without priorities the last one to come is the last one to go.
            guard let last = entries.last, first < entries.count, rank < last.rank else {
                return entries.count
            }
            var (low, high) = (first, entries.count)
            while low < high {
                let middle = (low + high) / 2
                if rank < entries[middle].rank { high = middle } else { low = middle + 1 }
            }
            return low
        }

        func leaver(_ entry: Entry) -> Leaver {
            Leaver(stream: entry.stream, position: served &- entry.mark &+ 1)
        }
    }

    private let waiting = Mutex(Waiting())

    /// Puts a stream behind those of its rank.
    func insert(_ stream: StreamReference, _ rank: Rank) {
        waiting.withLock { waiting in
            let entry = Entry(stream: stream, rank: rank, mark: waiting.served)
            waiting.entries.insert(entry, at: waiting.place(of: rank))
        }
    }

    /// The rank of the one that comes next; nil: nobody waits.
    var firstRank: Rank? {
        waiting.withLock { $0.first < $0.entries.count ? $0.entries[$0.first].rank : nil }
    }

    /// The one that comes next; it has its place now.
    func takeFirst() -> Leaver? {
        waiting.withLock { waiting in
            guard waiting.first < waiting.entries.count else { return nil }
            let leaver = waiting.leaver(waiting.entries[waiting.first])
            waiting.first += 1
            waiting.served &+= 1
            // Half of it is spent: move up, so that the cost of an entry stays constant.
            if waiting.first * 2 >= waiting.entries.count {
                waiting.entries.removeFirst(waiting.first)
                waiting.first = 0
            }
            return leaver
        }
    }

    /// Takes a stream out that gave up; nil when it had been taken already.
    func remove(_ stream: StreamReference) -> Leaver? {
        waiting.withLock { waiting in
            let found = waiting.entries[waiting.first...].firstIndex { $0.stream == stream }
            return found.map { waiting.leaver(waiting.entries.remove(at: $0)) }
        }
    }

    /// All of them, in their order: they have to look for a place elsewhere.
    func takeAll() -> [Leaver] {
        waiting.withLock { waiting in
            let all = waiting.entries[waiting.first...].map(waiting.leaver)
            waiting.entries = []
            waiting.first = 0
            return all
        }
    }
}

/// A place that a waiting stream got.
struct QueueGrant: Sendable {
    let stream: StreamReference
    let server: ServerState
    let position: Int
    /// It waited for this server, not for any of the backend.
    let isOfServer: Bool
}

internal import Synchronization

/// Streams that wait for a place at a server, or at any server of a backend; first come, first served over all
/// workers. Its mutex is held for a few loads and stores.
final class StreamQueue: Sendable {
    /// One that leaves the queue.
    struct Leaver: Sendable, BitwiseCopyable {
        let stream: StreamReference
        /// As logs show it: how many were served while it waited, itself included.
        let position: Int
    }

    private struct Entry: Sendable, BitwiseCopyable {
        let stream: StreamReference
        /// `Waiting.served` when it came.
        let mark: Int
    }

    private struct Waiting: Sendable {
        var entries: [Entry] = []
        /// Entries before it have left.
        var first = 0
        /// Streams that got their place so far.
        var served = 0

        func leaver(_ entry: Entry) -> Leaver {
            Leaver(stream: entry.stream, position: served &- entry.mark &+ 1)
        }
    }

    private let waiting = Mutex(Waiting())

    func append(_ stream: StreamReference) {
        waiting.withLock { $0.entries.append(Entry(stream: stream, mark: $0.served)) }
    }

    /// The one that has waited longest; it has its place now.
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

internal import Synchronization

/// Streams that wait for a place at a server, or at any server of a backend; first come, first served over all
/// workers. Its mutex is held for a few loads and stores.
final class StreamQueue: Sendable {
    private struct Waiting: Sendable {
        var entries: [StreamReference] = []
        /// Entries before it have left.
        var first = 0
    }

    private let waiting = Mutex(Waiting())

    /// Returns how many were in front of it.
    func append(_ stream: StreamReference) -> Int {
        waiting.withLock { waiting in
            let ahead = waiting.entries.count - waiting.first
            waiting.entries.append(stream)
            return ahead
        }
    }

    /// The one that has waited longest.
    func takeFirst() -> StreamReference? {
        waiting.withLock { waiting in
            guard waiting.first < waiting.entries.count else { return nil }
            let stream = waiting.entries[waiting.first]
            waiting.first += 1
            // Half of it is spent: move up, so that the cost of an entry stays constant.
            if waiting.first * 2 >= waiting.entries.count {
                waiting.entries.removeFirst(waiting.first)
                waiting.first = 0
            }
            return stream
        }
    }

    /// Takes a stream out that gave up; false when it had been taken already.
    func remove(_ stream: StreamReference) -> Bool {
        waiting.withLock { waiting in
            guard let index = waiting.entries[waiting.first...].firstIndex(of: stream) else {
                return false
            }
            waiting.entries.remove(at: index)
            return true
        }
    }
}

package import Core

/// The log of one thread: lines go into a batch for each target, and `flush` hands the batches over.
/// Writing a line allocates nothing; a target that is dead, slow or full delays nobody.
package final class LogWriter {
    private struct Place {
        let batch: LogBatch
        let header: LogHeader
    }

    private var lists: [[Place]] = []
    private var batches: [LogBatch] = []
    private let pool: BufferPool
    private var hasLines = false
    /// Writers that this one has replaced and that others still write to, or that have lines left.
    private var predecessors: [LogWriter] = []

    /// Most replaced writers whose lines wait for a target that takes none; what the oldest has is dropped and counted.
    private static let orphanLimit = 4

    /// `hostname`: what `log-send-hostname` says; nil: it says nothing.
    package init(lists: [LogList], process: Int32, hostname: String?) {
        pool = BufferPool(headBytes: 1024)
        for list in lists {
            self.lists.append(
                list.targets.map { target in
                    let header = LogHeader(
                        target.settings, tag: list.tag, process: process, hostname: hostname)
                    return Place(batch: batch(for: target), header: header)
                })
        }
    }

    private func batch(for target: LogTarget) -> LogBatch {
        if let known = batches.first(where: { $0.target === target }) { return known }
        let batch = LogBatch(target, pool: pool)
        batches.append(batch)
        return batch
    }

    /// Whether the list has any target: then a line is worth building.
    @inline(__always)
    package func hasTargets(_ list: Int) -> Bool { !lists[list].isEmpty }

    /// Adds a line, without line end, to the batch of each target of the list. `data`: structured data for targets
    /// that take some. `realtime`: nanoseconds since 1970.
    @inline(__always)
    package func write(
        list: Int, level: LogLevel, line: RawSpan, data: RawSpan = RawSpan(), realtime: Int64,
        now: Instant
    ) {
        for place in lists[list] where place.batch.target.wants(level.rawValue) {
            place.batch.add(
                place.header, level: level.rawValue, line: line, data: data, realtime: realtime,
                now: now)
            hasLines = true
        }
    }

    /// Takes the place of another writer: flushes what is still written to it, as long as anybody holds it.
    package func replace(_ other: LogWriter) {
        predecessors = other.predecessors + [other]
        other.predecessors = []
        hasLines = true
    }

    /// Hands over what the targets take now; for the end of each turn of the thread's loop.
    @inline(__always)
    package func flush(now: Instant) {
        if hasLines { flushAll(now: now) }
    }

    @inline(never)
    private func flushAll(now: Instant) {
        hasLines = false
        for batch in batches where !batch.isEmpty {
            batch.flush(now: now)
            if !batch.isEmpty { hasLines = true }
        }
        // As long as there are any, each turn comes here: that costs nothing when there are none.
        if !predecessors.isEmpty { flushPredecessors(now: now) }
    }

    private func flushPredecessors(now: Instant) {
        var orphans = 0
        // The newest first, so that the limit meets the oldest.
        for index in predecessors.indices.reversed() {
            predecessors[index].flush(now: now)
            guard isKnownUniquelyReferenced(&predecessors[index]) else { continue }
            if predecessors[index].hasLines { orphans += 1 }
            if !predecessors[index].hasLines || orphans > LogWriter.orphanLimit {
                predecessors.remove(at: index)
            }
        }
        if !predecessors.isEmpty { hasLines = true }
    }
}

internal import Core
package import StickTables
internal import Synchronization

/// A stick table that all workers use. Its lock is held for a few loads and stores, never around a system call; who
/// tracks nothing never takes it.
package final class StickTable: Sendable {
    package let settings: StickTableSettings
    private let store: Mutex<StickStore>

    package init(_ settings: StickTableSettings, seed: UInt64) {
        self.settings = settings
        store = Mutex(StickStore(settings, seed: seed))
    }

    /// Looks at the table, or changes it.
    package func use<Result: Sendable>(_ body: (inout StickStore) -> Result) -> Result {
        store.withLock { body(&$0) }
    }

    /// How many keys there are whose time is not over. What has to be removed first is removed piece by piece: others
    /// have their turn at the lock in between.
    package func liveCount(now: Int64) -> Int {
        while true {
            let count = use { $0.removeExpired(now: now) ? nil : $0.count }
            if let count { return count }
        }
    }

    /// All entries with their keys, in no order; page by page, for the same reason.
    package func entries(now: Int64) -> [(reference: StickStore.Reference, key: StickKey)] {
        var all: [(reference: StickStore.Reference, key: StickKey)] = []
        var place: Int? = 0
        while let from = place {
            let (next, page) = use { store in
                var page: [(reference: StickStore.Reference, key: StickKey)] = []
                let next = store.page(from: from, now: now) { page.append(($0, copy $1)) }
                return (next, page)
            }
            all += page
            place = next
        }
        return all
    }
}

/// A table as one worker sees it: an object of its own, so that counting references touches no shared cache line.
final class WorkerTable {
    let shared: StickTable

    init(_ shared: StickTable) { self.shared = shared }
}

/// The entries that a connection or a stream tracks, by counter.
final class Trackers {
    struct Entry {
        let table: WorkerTable
        let reference: StickStore.Reference
    }

    private var entries: [Entry?]

    init(count: Int) { entries = Array(repeating: nil, count: count) }

    subscript(slot: UInt8) -> Entry? {
        get { Int(slot) < entries.count ? entries[Int(slot)] : nil }
        set { if Int(slot) < entries.count { entries[Int(slot)] = newValue } }
    }

    /// Tracks nothing any more: connections that are counted as open are no longer.
    func release(now: Int64) {
        for index in entries.indices {
            guard let entry = entries[index] else { continue }
            entries[index] = nil
            entry.table.shared.use { store in
                store.add(-1, to: .openConnections, of: entry.reference, now: now)
                store.release(entry.reference, now: now)
            }
        }
    }

    /// Adds to counters of all entries.
    func count(
        _ amount: Int64, _ data: StickData, _ rate: StickData, now: Int64
    ) {
        for case let entry? in entries {
            entry.table.shared.use { store in
                store.add(amount, to: data, of: entry.reference, now: now)
                store.add(amount, to: rate, of: entry.reference, now: now)
            }
        }
    }

    func countBytes(in received: Int64, out sent: Int64, now: Int64) {
        for case let entry? in entries {
            entry.table.shared.use { store in
                store.add(received, to: .bytesIn, of: entry.reference, now: now)
                store.add(received, to: .bytesInRate, of: entry.reference, now: now)
                store.add(sent, to: .bytesOut, of: entry.reference, now: now)
                store.add(sent, to: .bytesOutRate, of: entry.reference, now: now)
            }
        }
    }
}

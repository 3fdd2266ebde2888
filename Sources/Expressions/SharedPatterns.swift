import Synchronization

/// The newest table of a file's patterns for one way of matching: commands publish it, threads pick it up.
final class SharedPatterns: Sendable {
    /// How entries are read and compared.
    struct Way: Sendable, Equatable {
        let method: MatchMethod
        var ignoresCase = false
        /// What a map gives; nil: an ACL's patterns.
        var kind: PatternMap.Kind?
        /// Patterns are versions of TLS.
        var readsVersions = false
    }

    let way: Way
    /// Counts the tables that were published.
    let generation = Atomic<Int>(0)
    private let table: Mutex<PatternTable>

    init(_ way: Way, _ table: PatternTable) {
        self.way = way
        self.table = Mutex(table)
    }

    var latest: PatternTable { table.withLock { $0 } }

    func publish(_ new: PatternTable) {
        table.withLock { $0 = new }
        generation.add(1, ordering: .releasing)
    }
}

/// The patterns of a file as one expression or condition sees them.
///
/// A copy that a worker made for itself is that thread's alone: as long as nothing is published a lookup costs one
/// load of a number that nobody writes, and takes no lock. The original, which belongs to the configuration and to
/// no thread, asks for the newest table each time.
final class PatternView: @unchecked Sendable {
    let shared: SharedPatterns
    private let isOwn: Bool
    // Only the owning thread of a copy reads and writes these two.
    private var table: PatternTable
    private var generation: Int

    convenience init(_ shared: SharedPatterns) { self.init(shared, isOwn: false) }

    private init(_ shared: SharedPatterns, isOwn: Bool) {
        self.shared = shared
        self.isOwn = isOwn
        // The number first: a table that is newer than it is only taken once more.
        generation = shared.generation.load(ordering: .acquiring)
        table = shared.latest.copy()
    }

    /// The same for another thread.
    func copy() -> PatternView { PatternView(shared, isOwn: true) }

    @inline(__always)
    var current: PatternTable {
        guard isOwn else { return shared.latest }
        if shared.generation.load(ordering: .acquiring) != generation { refresh() }
        return table
    }

    @inline(never)
    private func refresh() {
        generation = shared.generation.load(ordering: .acquiring)
        table = shared.latest.copy()
    }
}

import Core
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
    /// Counts what was published: tables and edits.
    let generation = Atomic<Int>(0)
    private let published: Mutex<Published>

    private struct Published {
        var table: PatternTable
        /// What has changed since the table was built, in order.
        var edits: [PatternEdit] = []
        /// Counts tables, and lists of edits that were begun anew.
        var epoch = 0
        /// Length at which edits of the same key become one.
        var foldingLength = SharedPatterns.firstFoldingLength
    }

    /// Most edits beside a table; with more keys it is built anew.
    static let editLimit = 65_536
    private static let firstFoldingLength = 4096

    init(_ way: Way, _ table: PatternTable) {
        self.way = way
        published = Mutex(Published(table: table))
    }

    /// The table as it was built: without edits.
    var latest: PatternTable { published.withLock { $0.table } }

    func publish(_ new: PatternTable) {
        published.withLock { published in
            published.table = new
            published.edits.removeAll()
            published.epoch += 1
            published.foldingLength = SharedPatterns.firstFoldingLength
        }
        generation.add(1, ordering: .releasing)
    }

    /// Tells of a change of one key, which costs nothing of the file's size. False: this way of matching, or so many
    /// keys, need a new table.
    func edit(_ edit: PatternEdit) -> Bool {
        let isDone = published.withLock { published in
            published.edits.append(edit)
            guard published.edits.count >= published.foldingLength else { return true }
            SharedPatterns.fold(&published)
            return published.edits.count <= SharedPatterns.editLimit
        }
        if isDone { generation.add(1, ordering: .releasing) }
        return isDone
    }

    /// Leaves the last edit of each key, and of keys that are gone those that the table has.
    private static func fold(_ published: inout Published) {
        var last: [PatternEdit.Key: Int] = [:]
        for (index, edit) in published.edits.enumerated() { last[edit.key] = index }
        let table = published.table
        published.edits = last.values.sorted().map { published.edits[$0] }.filter { edit in
            if edit.outcome != nil { return true }
            guard case .text(let bytes) = edit.key else { return false }
            return bytes.withBytes { table.keys.find($0, with: Regex.Scratch()) } != nil
        }
        published.epoch += 1
        published.foldingLength = max(firstFoldingLength, published.edits.count * 2)
    }

    /// Whether there are edits beside the table.
    var hasEdits: Bool { published.withLock { !$0.edits.isEmpty } }

    /// What a view takes over that knows `epoch` and so many edits of it.
    func update(
        _ table: inout PatternTable, _ overlay: inout PatternOverlay?, _ epoch: inout Int,
        _ seen: inout Int
    ) {
        published.withLock { published in
            if epoch != published.epoch {
                epoch = published.epoch
                seen = 0
                table = published.table.copy()
                overlay = nil
            }
            guard seen < published.edits.count else { return }
            if overlay == nil { overlay = PatternOverlay(ignoringCase: way.ignoresCase) }
            for index in seen..<published.edits.count { overlay?.apply(published.edits[index]) }
            seen = published.edits.count
        }
    }
}

/// The patterns of a file as one expression or condition sees them.
///
/// A copy that a worker made for itself is that thread's alone: as long as nothing is published a lookup costs one
/// load of a number that nobody writes, and takes no lock. The original, which belongs to the configuration and to
/// no thread, asks for the newest state each time.
final class PatternView: @unchecked Sendable {
    let shared: SharedPatterns
    /// Made for one thread.
    let isOwn: Bool
    // Only the owning thread of a copy reads and writes these.
    private var table: PatternTable
    /// nil: nothing has changed since the table was built.
    private var overlay: PatternOverlay?
    private var generation: Int
    private var epoch = -1
    private var seen = 0

    convenience init(_ shared: SharedPatterns) { self.init(shared, isOwn: false) }

    private init(_ shared: SharedPatterns, isOwn: Bool) {
        self.shared = shared
        self.isOwn = isOwn
        // The number first: what is newer than it is only taken once more.
        generation = shared.generation.load(ordering: .acquiring)
        table = shared.latest
        if isOwn { shared.update(&table, &overlay, &epoch, &seen) }
    }

    /// The same for another thread.
    func copy() -> PatternView { PatternView(shared, isOwn: true) }

    /// What a lookup finds.
    enum Found {
        case nothing
        /// The place of a pattern in `lastTable`.
        case index(Int)
        /// A key that was changed since: its value, where the file is a map.
        case edited(PatternMap.Value?)
    }

    @inline(__always)
    func find(_ subject: RawSpan, with scratch: borrowing Regex.Scratch) -> Found {
        guard isOwn else { return copy().find(subject, with: scratch) }
        let keys = current.keys
        if let overlay, let edited = overlay.find(subject) {
            return edited.map { .edited($0.value) } ?? .nothing
        }
        return keys.find(subject, with: scratch).map { .index($0) } ?? .nothing
    }

    @inline(__always)
    func find(_ subject: IPAddress) -> Found {
        guard isOwn else { return copy().find(subject) }
        let keys = current.keys
        // A single address that is gone may lie in a network that is not.
        if let overlay, case .some(.some(let present)) = overlay.find(subject) {
            return .edited(present.value)
        }
        return keys.find(subject).map { .index($0) } ?? .nothing
    }

    @inline(__always)
    var current: PatternTable {
        guard isOwn else { return shared.latest }
        if shared.generation.load(ordering: .acquiring) != generation { refresh() }
        return table
    }

    /// The table that the last lookup was made in: a place that it found is one of this table.
    @inline(__always)
    var lastTable: PatternTable { table }

    @inline(never)
    private func refresh() {
        generation = shared.generation.load(ordering: .acquiring)
        shared.update(&table, &overlay, &epoch, &seen)
    }
}

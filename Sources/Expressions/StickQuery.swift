public import StickTables

/// A look at a stick table, or a change of one (HAProxy manual, `sc_*`, `src_*`, `table_*`).
public struct StickQuery: Sendable, BitwiseCopyable {
    /// Which entry is meant.
    public enum Subject: Sendable, BitwiseCopyable {
        /// That of a counter that tracks: `sc0_…`.
        case tracked(UInt8)
        /// That of a key: `src_…`, `table_…`.
        case key
    }

    public enum Use: Sendable, BitwiseCopyable {
        case value
        /// The value in units of 1,024.
        case kilo
        /// Counts one more and gives the new value.
        case increment
        /// Sets to 0 and gives the old value.
        case clear
        /// Counts a connection first; makes the entry: `src_updt_conn_cnt`.
        case countConnection
        case isTracked, trackers, isThere, timeLeft, idleTime
        /// Of the whole table.
        case entries, freeEntries
    }

    public let use: Use
    public let data: StickData
    /// Of an array.
    public let index: UInt8
    public let subject: Subject
    /// Index in `ExpressionWorld.tables`; -1: the one that the counter tracks in.
    public let table: Int32

    public init(
        _ use: Use, _ data: StickData, index: UInt8 = 0, of subject: Subject, in table: Int32
    ) {
        self.use = use
        self.data = data
        self.index = index
        self.subject = subject
        self.table = table
    }

    /// Whether an entry is made where there is none.
    public var makesEntry: Bool {
        switch use {
        case .increment, .clear, .countConnection: true
        default: false
        }
    }
}

/// What a rule does to an entry that is tracked: `sc-inc-gpc0` and its relatives.
public struct StickChange: Sendable, BitwiseCopyable {
    public enum Kind: Sendable, BitwiseCopyable { case increment, add, set }

    public let kind: Kind
    public let data: StickData
    public let index: UInt8
    public let slot: UInt8

    public init(_ kind: Kind, _ data: StickData, index: UInt8 = 0, slot: UInt8) {
        self.kind = kind
        self.data = data
        self.index = index
        self.slot = slot
    }
}

/// Counters that a stream tracks at most: `tune.stick-counters`.
public enum StickCounters {
    public static let limit = 12
    /// Those that are there without asking.
    public static let standard = 3
}

import Synchronization

/// Counters that several threads write without sharing a cell: each thread has a row of its own, a reader
/// adds the rows up. Rows start on cache lines of their own.
@safe
public final class CounterTable: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let stride: Int
    /// Number of counters in a row.
    public let count: Int
    /// Number of rows: threads that write.
    public let rows: Int

    /// `count` counters for each of `rows` threads, all 0.
    public init(count: Int, rows: Int) {
        self.count = count
        self.rows = rows
        stride = (count + 7) & ~7
        let total = stride * max(rows, 1)
        let raw = UnsafeMutableRawPointer.allocate(byteCount: total * 8, alignment: 64)
        unsafe cells = raw.bindMemory(to: Atomic<UInt64>.self, capacity: total)
        for index in 0..<total { unsafe (cells + index).initialize(to: Atomic(0)) }
    }

    deinit { unsafe UnsafeMutableRawPointer(cells).deallocate() }

    /// Adds to a cell of the row that belongs to the calling thread.
    @inline(__always)
    public func add(_ amount: UInt64, to counter: Int, row: Int) {
        precondition(counter < count && row < rows)
        let cell = unsafe cells + (row &* stride &+ counter)
        // One writer a row: a plain load and store, no lock prefix.
        unsafe cell.pointee.store(
            cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// Raises a cell to `value` where it is lower: for maxima.
    @inline(__always)
    public func raise(_ counter: Int, to value: UInt64, row: Int) {
        precondition(counter < count && row < rows)
        let cell = unsafe cells + (row &* stride &+ counter)
        if unsafe cell.pointee.load(ordering: .relaxed) < value {
            unsafe cell.pointee.store(value, ordering: .relaxed)
        }
    }

    /// The row of one thread.
    public func row(_ row: Int) -> CounterRow {
        precondition(row < rows)
        return unsafe CounterRow(cells: cells + row * stride, count: count)
    }

    /// The sum over all rows.
    public func sum(_ counter: Int) -> UInt64 {
        precondition(counter < count)
        var total: UInt64 = 0
        for row in 0..<rows {
            unsafe total &+= cells[row &* stride &+ counter].load(ordering: .relaxed)
        }
        return total
    }

    /// A cell of one row.
    public func value(_ counter: Int, row: Int) -> UInt64 {
        precondition(counter < count && row < rows)
        return unsafe cells[row &* stride &+ counter].load(ordering: .relaxed)
    }

    /// The largest cell over all rows.
    public func maximum(_ counter: Int) -> UInt64 {
        precondition(counter < count)
        var most: UInt64 = 0
        for row in 0..<rows {
            most = max(most, unsafe cells[row &* stride &+ counter].load(ordering: .relaxed))
        }
        return most
    }

    /// Sets a counter to 0 in every row. A writer that adds meanwhile may win.
    public func clear(_ counter: Int) {
        for row in 0..<rows {
            unsafe cells[row &* stride &+ counter].store(0, ordering: .relaxed)
        }
    }
}

/// One thread's row of a table, for adding without counting a reference to the table. Whoever keeps a row keeps its
/// table, too, at least as long.
@safe
public struct CounterRow: @unchecked Sendable, BitwiseCopyable {
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    fileprivate init(cells: UnsafeMutablePointer<Atomic<UInt64>>, count: Int) {
        unsafe self.cells = cells
        self.count = count
    }

    /// Adds to a counter.
    @inline(__always)
    public func add(_ amount: UInt64, to counter: Int) {
        precondition(counter >= 0 && counter < count)
        let cell = unsafe cells + counter
        unsafe cell.pointee.store(
            cell.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// Sets a gauge.
    @inline(__always)
    public func set(_ counter: Int, to value: UInt64) {
        precondition(counter >= 0 && counter < count)
        unsafe (cells + counter).pointee.store(value, ordering: .relaxed)
    }

    /// Raises a counter to `value` where it is lower: for maxima.
    @inline(__always)
    public func raise(_ counter: Int, to value: UInt64) {
        precondition(counter >= 0 && counter < count)
        let cell = unsafe cells + counter
        if unsafe cell.pointee.load(ordering: .relaxed) < value {
            unsafe cell.pointee.store(value, ordering: .relaxed)
        }
    }
}

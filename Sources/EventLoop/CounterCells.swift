internal import Synchronization

/// A row of atomic numbers, each on a cache line of its own.
@safe
internal final class CounterCells: @unchecked Sendable {
    private let cells: UnsafeMutablePointer<Atomic<Int64>>
    private let count: Int
    private static let stride = 8

    init(count: Int) {
        self.count = count
        let total = count * CounterCells.stride
        let raw = UnsafeMutableRawPointer.allocate(byteCount: total * 8, alignment: 64)
        unsafe cells = raw.bindMemory(to: Atomic<Int64>.self, capacity: total)
        for index in 0..<total { unsafe (cells + index).initialize(to: Atomic(0)) }
    }

    deinit { unsafe UnsafeMutableRawPointer(cells).deallocate() }

    @inline(__always)
    func store(_ value: Int64, at index: Int) {
        // One comparison: a negative index is a large one.
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        unsafe cells[index &* CounterCells.stride].store(value, ordering: .relaxed)
    }

    func load(_ index: Int) -> Int64 {
        precondition(index >= 0 && index < count)
        return unsafe cells[index &* CounterCells.stride].load(ordering: .relaxed)
    }
}

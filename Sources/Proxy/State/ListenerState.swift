package import Core
internal import Synchronization

/// What is true of a bind line now, over all workers. Survives a reload: found again by its number in the frontend.
///
/// Connections are counted only where the line has a limit or its frontend `option socket-stats`, the rest only with
/// that option.
package final class ListenerState: Sendable {
    /// A row for each worker, by `ListenerCounter`.
    package let counters: CounterTable
    private let activeCell = Atomic<Int>(0)
    private let maximumCell = Atomic<Int>(0)

    package init(workers: Int) {
        counters = CounterTable(count: ListenerCounter.allCases.count, rows: workers)
    }

    /// Connections that came in by it and are open.
    package var active: Int { activeCell.load(ordering: .relaxed) }
    /// Most of them at once.
    package var maximum: Int { maximumCell.load(ordering: .relaxed) }

    func addActive(_ change: Int) {
        let value = activeCell.wrappingAdd(change, ordering: .relaxed).newValue
        if value > maximumCell.load(ordering: .relaxed) {
            maximumCell.store(value, ordering: .relaxed)
        }
    }

    package func clearMaximum() { maximumCell.store(active, ordering: .relaxed) }
}

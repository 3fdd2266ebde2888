internal import Synchronization

/// What is true of a bind line now, over all workers. Survives a reload: found again by its number in the frontend.
package final class ListenerState: Sendable {
    private let activeCell = Atomic<Int>(0)

    package init() {}

    /// Connections that came in by it and are open; counted only where the line has a limit.
    package var active: Int { activeCell.load(ordering: .relaxed) }

    func addActive(_ change: Int) { activeCell.wrappingAdd(change, ordering: .relaxed) }
}

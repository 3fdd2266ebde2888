internal import Synchronization

/// Counts the workers that have done what was asked of all of them; calls back once, from the last one's thread.
final class ReloadProgress: Sendable {
    private let remaining: Atomic<Int>
    private let completion: @Sendable () -> Void

    init(workers: Int, completion: @escaping @Sendable () -> Void) {
        remaining = Atomic(workers)
        self.completion = completion
    }

    /// Called by each worker when it is done.
    func workerIsDone() {
        if remaining.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
            completion()
        }
    }
}

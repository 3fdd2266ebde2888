package import Core
internal import Synchronization

/// Events a second, over a sliding second: the current second's count plus the share of the last one that still
/// lies in the window.
package final class RateMeter: Sendable {
    private let second = Atomic<Int64>(0)
    private let current = Atomic<Int>(0)
    private let previous = Atomic<Int>(0)
    private let most = Atomic<Int>(0)

    package init() {}

    /// Counts one event.
    @inline(__always)
    package func count(now: Instant) {
        let time = now.nanoseconds / 1_000_000_000
        let known = second.load(ordering: .relaxed)
        if time != known { turn(from: known, to: time) }
        let value = current.wrappingAdd(1, ordering: .relaxed).newValue
        if value > most.load(ordering: .relaxed) { most.store(value, ordering: .relaxed) }
    }

    /// Events in the last second.
    package func rate(now: Instant) -> Int {
        let time = now.nanoseconds / 1_000_000_000
        let known = second.load(ordering: .relaxed)
        let passed = Int(now.nanoseconds / 1_000_000 % 1000)
        if time == known {
            return current.load(ordering: .relaxed)
                + previous.load(ordering: .relaxed) * (1000 - passed) / 1000
        }
        if time == known + 1 { return current.load(ordering: .relaxed) * (1000 - passed) / 1000 }
        return 0
    }

    /// The highest rate so far.
    package var maximum: Int { most.load(ordering: .relaxed) }
    package func clearMaximum() { most.store(0, ordering: .relaxed) }

    private func turn(from known: Int64, to time: Int64) {
        guard
            second.compareExchange(expected: known, desired: time, ordering: .relaxed).exchanged
        else { return }
        let last = current.exchange(0, ordering: .relaxed)
        previous.store(time == known + 1 ? last : 0, ordering: .relaxed)
    }
}

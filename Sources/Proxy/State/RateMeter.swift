package import Core
internal import Synchronization

/// Events a second, over a sliding second: the current second's count plus the share of the last one that still
/// lies in the window.
package final class RateMeter: Sendable {
    private static let second: Int64 = 1_000_000_000

    /// When the current second began, nanoseconds: with the first event after a pause, as in HAProxy, so that what
    /// happens at once is counted as one.
    private let start = Atomic<Int64>(-RateMeter.second * 2)
    private let current = Atomic<Int>(0)
    private let previous = Atomic<Int>(0)
    private let most = Atomic<Int>(0)

    package init() {}

    /// Counts one event. A call: inlined it would count a reference to the meter.
    @inline(never)
    package func count(now: Instant) {
        let start = start.load(ordering: .relaxed)
        if now.nanoseconds &- start >= RateMeter.second { turn(from: start, now.nanoseconds) }
        let value = current.wrappingAdd(1, ordering: .relaxed).newValue
        if value > most.load(ordering: .relaxed) { most.store(value, ordering: .relaxed) }
    }

    /// Events in the last second.
    package func rate(now: Instant) -> Int {
        let passed = max(0, now.nanoseconds &- start.load(ordering: .relaxed))
        let count = current.load(ordering: .relaxed)
        if passed < RateMeter.second {
            return count + RateMeter.share(previous.load(ordering: .relaxed), passed)
        }
        return passed < 2 * RateMeter.second ? RateMeter.share(count, passed - RateMeter.second) : 0
    }

    /// What is left in the window of events of the second before.
    private static func share(_ count: Int, _ passed: Int64) -> Int {
        count * Int(1000 - passed / 1_000_000) / 1000
    }

    /// The highest rate so far.
    package var maximum: Int { most.load(ordering: .relaxed) }
    package func clearMaximum() { most.store(0, ordering: .relaxed) }

    @inline(never)
    private func turn(from known: Int64, _ now: Int64) {
        let isNext = now &- known < 2 * RateMeter.second
        let begin = isNext ? known + RateMeter.second : now
        guard start.compareExchange(expected: known, desired: begin, ordering: .relaxed).exchanged
        else { return }
        let last = current.exchange(0, ordering: .relaxed)
        previous.store(isNext ? last : 0, ordering: .relaxed)
    }
}

internal import Checking
internal import Configuration
internal import Core

/// When checks run and how long they may take (HAProxy manual: `inter`, `timeout check`, `spread-checks`). Pure.
enum CheckSchedule {
    /// Shorter intervals do not take part in spreading the first checks.
    static let spreadThreshold = Duration.seconds(1)

    /// The pause after a check.
    static func interval(_ settings: ServerCheckSettings, _ counter: HealthCounter) -> Duration {
        if counter.isFull { return settings.interval }
        if counter.isEmpty { return settings.downInterval ?? settings.interval }
        return settings.fastInterval ?? settings.interval
    }

    /// `spread-checks`: up to `percent` of the interval earlier or later. `random`: any bits.
    static func spread(_ interval: Duration, percent: Int, random: UInt64) -> Duration {
        guard percent > 0 else { return interval }
        let range = interval.nanoseconds / 100 * Int64(min(percent, 50))
        guard range > 0 else { return interval }
        let shift = Int64(random % UInt64(2 * range + 1)) - range
        return .nanoseconds(interval.nanoseconds + shift)
    }

    /// Checks begin together at multiples of a hundredth of their interval, of this at most: thousands of servers
    /// would wake the thread thousands of times a second otherwise, which costs as much as the checks.
    static let slotLimit = Duration.milliseconds(20)

    /// The next time from `time` on at which checks of this interval begin.
    static func aligned(_ time: Instant, interval: Duration) -> Instant {
        let slot = min(interval.nanoseconds / 100, slotLimit.nanoseconds)
        guard slot > 0, time.nanoseconds > 0 else { return time }
        let (next, overflow) = time.nanoseconds.addingReportingOverflow(slot - 1)
        return overflow ? time : Instant(nanoseconds: next / slot * slot)
    }

    /// The pause before the first check of the server at `position` of `count`, so that all servers share one interval.
    /// `limit`: the longest share of it, `max-spread-checks`.
    static func firstDelay(
        _ interval: Duration, shortest: Duration?, limit: Duration? = nil, position: Int,
        of count: Int
    ) -> Duration {
        guard count > 0 else { return .zero }
        let whole = max(shortest ?? .zero, interval)
        let span = limit.map { min($0, whole) } ?? whole
        return .nanoseconds(span.nanoseconds / Int64(count) * Int64(position))
    }

    /// How long connecting may take. Without `timeout check` the whole check has one interval.
    static func connectLimit(
        _ settings: ServerCheckSettings, _ timeouts: TimeoutSettings
    ) -> Duration {
        guard timeouts.check != nil else { return settings.interval }
        return min(timeouts.connect ?? settings.interval, settings.interval)
    }
}

/// A point on the monotonic clock. Pure code gets it as a parameter called `now`.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since an arbitrary start.
    public var nanoseconds: Int64

    @inline(__always)
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Whole milliseconds since the same start.
    @inline(__always)
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    @inline(__always)
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    @inline(__always)
    public static func + (instant: Instant, duration: Duration) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    @inline(__always)
    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds &- right.nanoseconds)
    }

    /// A point that no clock reaches.
    public static let distantFuture = Instant(nanoseconds: .max)
}

extension Duration {
    /// Whole nanoseconds, saturating at the ends of `Int64`.
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

/// Events of a sliding period, in two words: the start of the current period in milliseconds, and the counts of this
/// period (low half) and the one before it.
///
/// As HAProxy: the rate is this period's count plus the share of the last one that still lies in the window.
struct SlidingRate {
    var start: Int64
    var current: UInt32
    var previous: UInt32

    init(_ first: UInt64, _ second: UInt64) {
        start = Int64(bitPattern: first)
        current = UInt32(truncatingIfNeeded: second)
        previous = UInt32(truncatingIfNeeded: second >> 32)
    }

    var words: (UInt64, UInt64) {
        (UInt64(bitPattern: start), UInt64(previous) << 32 | UInt64(current))
    }

    /// Counts events at `now`, milliseconds.
    mutating func add(_ amount: UInt32, now: Int64, period: Int64) {
        turn(now: now, period: period)
        let (sum, overflows) = current.addingReportingOverflow(amount)
        current = overflows ? .max : sum
    }

    private mutating func turn(now: Int64, period: Int64) {
        guard now &- start >= period else { return }
        if now &- start >= 2 &* period {
            previous = 0
            start = now
        } else {
            previous = current
            start &+= period
        }
        current = 0
    }

    func value(now: Int64, period: Int64) -> Int64 {
        guard period > 0 else { return Int64(current) }
        var copy = self
        copy.turn(now: now, period: period)
        // A single event of the last period would make a slow rate flap between 0 and 1.
        if copy.current == 0, copy.previous <= 1 { return 0 }
        let left = max(copy.start &+ period &- now, 0)
        return Int64(copy.current) + Int64(copy.previous) * left / period
    }

    /// As if so many events had just been counted, and none before.
    mutating func set(_ amount: UInt32, now: Int64) {
        start = now
        current = amount
        previous = 0
    }
}

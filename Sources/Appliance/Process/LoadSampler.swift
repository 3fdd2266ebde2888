internal import Core
internal import Linux

/// How busy the process was in the last second: looked at by the control thread, so that no worker pays for it.
internal struct LoadSampler {
    private static let interval = Duration.seconds(1)

    /// Share of the workers' time that they waited, 0 to 100.
    private(set) var idlePercent = 100
    /// Bytes sent a second.
    private(set) var bytesOutRate: UInt64 = 0
    private var sampledAt: Instant
    private var processTime = Clock.processTime()
    private var bytesOut: UInt64 = 0

    init(now: Instant) { sampledAt = now }

    /// Looks again when a second has passed. True: it has.
    mutating func look(now: Instant, workers: Int, bytesOut total: UInt64) -> Bool {
        let passed = (now - sampledAt).nanoseconds
        guard passed >= LoadSampler.interval.nanoseconds else { return false }
        let time = Clock.processTime()
        let used = (time - processTime).nanoseconds
        let busy = used * 100 / max(1, passed * Int64(max(1, workers)))
        idlePercent = 100 - Int(clamping: min(100, max(0, busy)))
        // Counters may have been cleared.
        let sent = total >= bytesOut ? total - bytesOut : total
        bytesOutRate = UInt64(Double(sent) * 1e9 / Double(passed))
        (sampledAt, processTime, bytesOut) = (now, time, total)
        return true
    }
}

internal import Core

/// When the guard gives a process up: a pure clock. The process says every 200 ms which of its threads make no
/// progress; silence counts as much as such a word.
internal struct Watchdog: Sendable {
    /// Longest time without progress.
    static let limit = Duration.seconds(1)
    /// A tick that comes this much later than it should means that we, too, stood still: a paused virtual machine
    /// is not the process' fault, so the clock starts again.
    static let ownStall = Duration.milliseconds(500)

    private var lastProgress: Instant?
    private var lastTick: Instant?

    init() {}

    /// The process has started, or has started anew: it gets `limit` from its first sign of life on.
    mutating func reset() { lastProgress = nil }

    /// A sign of life; `stalled` names threads that make no progress.
    mutating func heard(stalled: [String], now: Instant) {
        // The process itself waits a second before it names a thread, so a named one counts at once.
        if stalled.isEmpty {
            lastProgress = now
        } else if lastProgress != nil {
            lastProgress = Instant(nanoseconds: now.nanoseconds - Watchdog.limit.nanoseconds)
        }
    }

    /// When a process that stays silent is to be replaced: a tick at that moment loses no time.
    var deadline: Instant? { lastProgress.map { $0 + Watchdog.limit } }

    /// Called every `interval` at least; true: the process is to be replaced.
    mutating func tick(now: Instant, interval: Duration) -> Bool {
        defer { lastTick = now }
        if let lastTick, now - lastTick > interval + Watchdog.ownStall {
            if lastProgress != nil { lastProgress = now }
            return false
        }
        guard let lastProgress else { return false }
        return now - lastProgress >= Watchdog.limit
    }
}

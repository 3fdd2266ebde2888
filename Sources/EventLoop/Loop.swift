public import Core
public import Linux

/// Readiness and timers of one thread. It calls nobody: the owner waits, then asks for each event and each
/// expired timer by number and switches on the token's kind.
///
///     while running {
///         for index in 0..<loop.wait() { dispatch(loop.event(index)) }
///         while let token = loop.nextExpired() { timerExpired(token) }
///     }
public final class Loop {
    /// One event.
    public struct Event: Sendable, BitwiseCopyable {
        public let token: Token
        public let readiness: Readiness
    }

    private let epoll: Epoll
    /// The timers; their owners are raw tokens.
    public var timers: TimerWheel
    /// The time of this turn: read once after each wait.
    public private(set) var now: Instant

    public init() throws(Errno) {
        epoll = try Epoll()
        now = Clock.now()
        timers = TimerWheel(now: now)
    }

    // MARK: Descriptors

    @inline(__always)
    public func add(_ descriptor: Int32, _ readiness: Readiness, _ token: Token) throws(Errno) {
        try epoll.add(descriptor, readiness: readiness.rawValue, token: token.rawValue)
    }

    @inline(__always)
    public func modify(_ descriptor: Int32, _ readiness: Readiness, _ token: Token) throws(Errno) {
        try epoll.modify(descriptor, readiness: readiness.rawValue, token: token.rawValue)
    }

    /// Needed only where the descriptor stays open.
    public func remove(_ descriptor: Int32) { epoll.remove(descriptor) }

    // MARK: Waiting

    /// Waits for events until the earliest timer, `limit` at most. Returns the number of events.
    @inline(__always)
    public func wait(atMost limit: Duration = .seconds(1)) -> Int {
        wait(atMostNanoseconds: limit.nanoseconds)
    }

    /// The same without the arithmetic of durations, for threads that turn often.
    @inline(__always)
    public func wait(atMostNanoseconds limit: Int64) -> Int {
        var nanoseconds = limit
        if let earliest = timers.earliest() {
            // A turn is short: its beginning is good enough to count from, and being woken early does no harm.
            nanoseconds = min(nanoseconds, max(0, earliest.nanoseconds &- now.nanoseconds))
        }
        let milliseconds = (nanoseconds &+ 999_999) / 1_000_000
        let count = epoll.wait(milliseconds: Int32(clamping: milliseconds))
        now = Clock.now()
        return count
    }

    /// An event of the last wait.
    @inline(__always)
    public func event(_ index: Int) -> Event {
        let event = epoll.event(index)
        return Event(
            token: Token(rawValue: event.token), readiness: Readiness(rawValue: event.readiness))
    }

    /// The token of a timer that is due, or nil. Timers may be armed and disarmed between two calls.
    @inline(__always)
    public func nextExpired() -> Token? {
        timers.popDue(now: now).map { Token(rawValue: $0) }
    }

    /// Reads the clock again, after work that took long.
    public func refreshClock() { now = Clock.now() }
}

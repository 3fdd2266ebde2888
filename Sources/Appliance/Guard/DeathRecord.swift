internal import Core

/// What the guard does after a death of the process: pure.
internal struct DeathRecord: Sendable {
    enum Verdict: Sendable, Equatable {
        /// Start a new one now and keep the addresses meanwhile.
        case restart
        /// Give the addresses up, and start a new one after a pause.
        case resign(pause: Duration)
    }

    /// So many deaths within `window` are no accident.
    static let deathsToResign = 3
    static let window = Duration.seconds(10)
    /// The pause doubles from the first value up to the second.
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(30)

    private var deaths: [Instant] = []
    private var pause: Duration?

    init() {}

    /// A process ran well for longer than the window.
    mutating func forget(before now: Instant) {
        deaths.removeAll { now - $0 > DeathRecord.window }
        if deaths.isEmpty { pause = nil }
    }

    mutating func died(now: Instant) -> Verdict {
        deaths.removeAll { now - $0 > DeathRecord.window }
        deaths.append(now)
        guard deaths.count >= DeathRecord.deathsToResign || pause != nil else { return .restart }
        let next = pause.map { min($0 * 2, DeathRecord.longestPause) } ?? DeathRecord.firstPause
        pause = next
        return .resign(pause: next)
    }
}

/// Counts checks that pass and fail, until they change what a server is: HAProxy's rise and fall.
///
/// `health` runs from 0 to `rise + fall - 1`; from `rise` on the server is up.
public struct HealthCounter: Sendable, Equatable {
    /// What one result did.
    public enum Change: Sendable, Equatable {
        /// The health stays as it was.
        case none
        /// The health moved and the server stays what it is.
        case moved
        case wentUp
        case wentDown
    }

    public private(set) var rise: Int
    public private(set) var fall: Int
    public private(set) var health: Int

    /// A server that nobody has checked is up, and its first failure takes it down.
    public init(rise: Int, fall: Int) {
        self.rise = max(rise, 1)
        self.fall = max(fall, 1)
        health = self.rise
    }

    /// Goes on where another counter was.
    public init(rise: Int, fall: Int, health: Int) {
        self.init(rise: rise, fall: fall)
        self.health = min(max(health, 0), self.rise + self.fall - 1)
    }

    public var isUp: Bool { health >= rise }
    /// Up, and no recent failure.
    public var isFull: Bool { health == rise + fall - 1 }
    /// Down, and no recent success.
    public var isEmpty: Bool { health == 0 }

    public mutating func pass() -> Change {
        guard health < rise + fall - 1 else { return .none }
        let wasUp = isUp
        health += 1
        // One success makes up for all failures that were not enough to take it down.
        if isUp { health = rise + fall - 1 }
        return isUp != wasUp ? .wentUp : .moved
    }

    public mutating func fail() -> Change {
        guard health > 0 else { return .none }
        if health > rise {
            health -= 1
            return .moved
        }
        let wasUp = isUp
        health = 0
        return wasUp ? .wentDown : .moved
    }

    /// `set server … health up`, also `stopping`.
    public mutating func makeUp() { health = rise + fall - 1 }
    /// `set server … health down`: checks must succeed as often as after a real failure.
    public mutating func makeDown() { health = 0 }
    /// `on-error sudden-death`: the next failure but one takes it down.
    public mutating func nearlyFail() { health = rise + 1 }
    /// Maintenance.
    public mutating func clear() { health = 0 }
    /// Back from maintenance: up until a check fails.
    public mutating func restart() { health = rise }

    /// Takes other numbers over after a reload; the server stays up or down.
    public mutating func adopt(rise: Int, fall: Int) {
        let (wasUp, wasFull) = (isUp, isFull)
        self.rise = max(rise, 1)
        self.fall = max(fall, 1)
        health =
            wasUp
            ? (wasFull ? self.rise + self.fall - 1 : min(health, self.rise + self.fall - 1))
            : min(health, self.rise - 1)
        if wasUp { health = max(health, self.rise) }
    }

    /// How far it is: successes of `rise` while down, remaining failures of `fall` while up.
    public var progress: (count: Int, of: Int) {
        isUp ? (health - rise + 1, fall) : (health, rise)
    }

    /// `2/3 UP`, as in the lines of `option log-health-checks`.
    public var logText: String { "\(progress.count)/\(progress.of) \(isUp ? "UP" : "DOWN")" }
}

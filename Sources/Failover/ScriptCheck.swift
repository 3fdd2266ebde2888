package import Configuration
package import Core
package import VRRP

/// One `vrrp_script`: when it runs, how long it may, and what its results come to. Starts nothing itself.
package struct ScriptCheck: Sendable {
    /// What its owner has to do.
    package enum Action: Sendable, Equatable { case start, terminate, kill }

    /// What a result means.
    package struct Outcome: Sendable, Equatable {
        package var messages: [String] = []
        package var changed = false

        package init(messages: [String] = [], changed: Bool = false) {
            self.messages = messages
            self.changed = changed
        }
    }

    package private(set) var settings: VRRPScriptSettings
    package private(set) var state: TrackerState
    private var nextStart: Instant
    private var started: Instant?
    private var signalled = 0
    private var successes = 0
    private var failures = 0
    private var lastStatus: Int?

    /// Between asking a script to end and ending it.
    private static let killDelay = Duration.seconds(1)

    package init(_ settings: VRRPScriptSettings, now: Instant) {
        self.settings = settings
        state = settings.initFail ? .bad : .unknown
        nextStart = now
    }

    package var isRunning: Bool { started != nil }

    /// New settings; the state stays.
    package mutating func reconfigure(_ new: VRRPScriptSettings) { settings = new }

    private var timeout: Duration { settings.timeout ?? settings.interval }

    package var deadline: Instant {
        guard let started else { return nextStart }
        switch signalled {
        case 0: return started + timeout
        case 1: return started + timeout + ScriptCheck.killDelay
        default: return .distantFuture
        }
    }

    /// What is due.
    package mutating func expire(now: Instant) -> Action? {
        guard deadline <= now else { return nil }
        guard started != nil else {
            started = now
            signalled = 0
            nextStart = now + settings.interval
            return .start
        }
        signalled += 1
        return signalled == 1 ? .terminate : .kill
    }

    /// It ended, with an exit status or 128 and a signal.
    package mutating func ended(status: Int, now: Instant) -> Outcome {
        let timedOut = signalled > 0
        started = nil
        signalled = 0
        nextStart = max(nextStart, now)
        var outcome = Outcome()
        if let lastStatus, lastStatus != status, !timedOut {
            outcome.messages.append("Script `\(settings.name)` now returning \(status)")
        }
        lastStatus = status
        let succeeded = status == 0 && !timedOut
        successes = succeeded ? successes + 1 : 0
        failures = succeeded ? 0 : failures + 1
        let new: TrackerState
        switch state {
        case .unknown: new = succeeded ? .good : .bad  // the first result counts at once
        case .good: new = failures >= settings.fall ? .bad : .good
        case .bad, .level: new = successes >= settings.rise ? .good : .bad
        }
        guard new != state else { return outcome }
        state = new
        outcome.changed = true
        let name = "VRRP_Script(\(settings.name))"
        outcome.messages.append(
            succeeded
                ? "\(name) succeeded"
                : timedOut ? "\(name) timed_out" : "\(name) failed (exited with status \(status))")
        return outcome
    }
}

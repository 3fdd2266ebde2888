package import Checking
internal import Core

/// Why a server went up or down, and how log lines say it.
package enum TransitionReason: Sendable {
    /// A check ended so; no duration: `observe` saw it. `isLogged`: `option log-health-checks` has told it already.
    case check(CheckVerdict, Duration?, isLogged: Bool)
    /// A command.
    case command
    /// The server that it tracks, `backend/server`.
    case tracked(String)
    /// Nothing that can be said: the end of a slow start.
    case silent

    /// What stands behind `Server be/s is DOWN`.
    var text: String {
        switch self {
        case .check(_, _, isLogged: true), .silent: ""
        case .check(let verdict, let duration, isLogged: false):
            ", reason: \(verdict.explanation)"
                + (duration.map { ", check duration: \($0.milliseconds)ms" } ?? "")
        case .command: ", changed from CLI"
        case .tracked(let name): " via \(name)"
        }
    }
}

internal import Configuration
package import Proxy

/// The words of the column `status` for servers.
package enum ServerStatus {
    /// `UP`, `DOWN 1/2`, `MAINT (via be/s)`, …; `tracked`: the state of the server that this one
    /// follows.
    package static func text(
        _ state: ServerState, tracked: ServerState?, trackedName: String?, hasChecks: Bool
    ) -> String {
        let administration = state.administration
        if !administration.isDisjoint(with: .maintenance) {
            if administration.contains(.resolutionMaintenance) { return "MAINT (resolution)" }
            if administration.contains(.inheritedMaintenance), let trackedName {
                return "MAINT (via \(trackedName))"
            }
            return "MAINT"
        }
        let source = tracked ?? state
        let (check, agent) = source.withMutable { ($0.check, $0.agent) }
        let step =
            check.isEnabled && check.health < check.rise + check.fall - 1
            ? " \(max(1, check.health - check.rise + 1))/\(check.fall)" : ""
        switch state.operation {
        case .running, .starting:
            if !administration.isDisjoint(with: .drain) {
                return agent.isEnabled ? "DRAIN (agent)" : "DRAIN" + step
            }
            return hasChecks || tracked != nil ? "UP" + step : "no check"
        case .stopping:
            return "NOLB" + step
        case .stopped:
            if agent.isEnabled && agent.health == 0 { return "DOWN (agent)" }
            return check.isEnabled && check.health > 0
                ? "DOWN \(check.health)/\(check.rise)" : "DOWN"
        }
    }

    /// The number of a check's word in `show servers state`; the manual's order, gaps are internal
    /// states.
    package static func number(ofCheckStatus word: String) -> Int {
        switch word {
        case "INI": 1
        case "CHECKED": 3
        case "HANA": 4
        case "SOCKERR": 5
        case "L4OK": 6
        case "L4TOUT": 7
        case "L4CON": 8
        case "L6OK": 9
        case "L6TOUT": 10
        case "L6RSP": 11
        case "L7TOUT": 12
        case "L7RSP": 13
        case "L7OK": 15
        case "L7OKC": 16
        case "L7STS": 17
        case "PROCERR": 18
        case "PROCTOUT": 19
        case "PROCOK": 20
        default: 0
        }
    }

    /// 0 unknown, 1 neither, 2 failed, 3 passed, 4 passed with a condition.
    package static func result(ofCheckStatus word: String) -> Int {
        switch word {
        case "L4OK", "L6OK", "L7OK", "PROCOK": 3
        case "L7OKC": 4
        case "CHECKED": 1
        case "INI", "UNK", "": 0
        default: 2
        }
    }

    /// Whether a check of this word carries a code of layer 7.
    static func hasCode(_ word: String) -> Bool { number(ofCheckStatus: word) >= 15 }

    /// HAProxy's sentence for a word.
    package static func sentence(ofCheckStatus word: String) -> String {
        switch word {
        case "INI": "Initializing"
        case "HANA": "Health analyze"
        case "SOCKERR": "Socket error"
        case "CHECKED": "No status change"
        case "L4OK": "Layer4 check passed"
        case "L4TOUT": "Layer4 timeout"
        case "L4CON": "Layer4 connection problem"
        case "L6OK": "Layer6 check passed"
        case "L6TOUT": "Layer6 timeout"
        case "L6RSP": "Layer6 invalid response"
        case "L7TOUT": "Layer7 timeout"
        case "L7RSP": "Layer7 invalid response"
        case "L7OK": "Layer7 check passed"
        case "L7OKC": "Layer7 check conditionally passed"
        case "L7STS": "Layer7 wrong status"
        case "PROCERR": "External check error"
        case "PROCTOUT": "External check timeout"
        case "PROCOK": "External check passed"
        default: "Unknown"
        }
    }
}

/// What keepalived would say about a configuration: the exit codes of `keepalived -t`.
package enum KeepalivedOutcome: Int32, Sendable, Comparable {
    case valid = 0
    /// It cannot run as it was written: what we refuse by name, and what keepalived dies of.
    case cannotRun = 4
    /// keepalived reports it and runs without it.
    case configurationError = 5
    /// Scripts would run as root although `enable_script_security` is not set.
    case scriptSecurity = 6

    /// Measured: 2.2.7 exits with 6 when there is an unknown keyword besides. What cannot run at all
    /// comes first with us.
    private var rank: Int {
        switch self {
        case .valid: 0
        case .configurationError: 1
        case .scriptSecurity: 2
        case .cannotRun: 3
        }
    }

    package static func < (left: KeepalivedOutcome, right: KeepalivedOutcome) -> Bool {
        left.rank < right.rank
    }
}

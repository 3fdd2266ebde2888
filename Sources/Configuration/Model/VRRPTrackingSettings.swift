package import Diagnostics

/// `track_file NAME`: a number in a file that moves priorities.
package struct TrackFileSettings: Sendable, Equatable {
    package var name: String
    package var path: String
    /// What the number is multiplied by; 0: any number but 0 means FAULT.
    package var weight = 1
    package var weightReverse = false
    /// `init_file`: written at the start where there is no file; nil: nothing is written.
    package var initialValue: Int?
    /// Written even where there is one.
    package var overwrites = false
    package var range: SourceRange

    package init(name: String, path: String, range: SourceRange) {
        self.name = name
        self.path = path
        self.range = range
    }
}

/// `vrrp_track_process NAME`: processes that have to run on this host.
package struct TrackProcessSettings: Sendable, Equatable {
    /// How the words behind the command are compared.
    package enum ParameterMatch: Sendable, Equatable {
        /// `partial`: there may be more of them.
        case partial
        /// `initial`: the last one may be longer, and there may be more.
        case initial
    }

    package var name: String
    /// The name of the process, and its parameters where they count.
    package var command: [String]
    /// nil: all of them, or none of them where none are written.
    package var parameterMatch: ParameterMatch?
    /// Compares the command line even without parameters.
    package var usesFullCommand = false
    package var weight = 1
    package var weightReverse = false
    package var quorum = 1
    /// nil: any number.
    package var quorumMaximum: Int?
    /// How long the quorum must hold before it counts.
    package var forkDelay: Duration = .zero
    /// How long it must be lost before that counts.
    package var terminateDelay: Duration = .zero
    package var range: SourceRange

    package init(name: String, command: [String], range: SourceRange) {
        self.name = name
        self.command = command
        self.range = range
    }

    /// Whether it only asks if HAProxy runs, which the health board knows better.
    package var asksForProxy: Bool {
        command == ["haproxy"] && quorum == 1 && quorumMaximum == nil
    }

    /// Whether `/proc/PID/cmdline` decides, not the name of the process.
    package var looksAtCommandLine: Bool {
        usesFullCommand || command.count > 1 || parameterMatch != nil
    }
}

/// A name in `track_script`, `track_file` or `track_process`.
package struct TrackedName: Sendable, Equatable {
    package var name: String
    /// nil: that of what is tracked.
    package var weight: Int?
    package var reverse = false

    package init(name: String, weight: Int? = nil) {
        self.name = name
        self.weight = weight
    }
}

/// What the command line asks for, in either personality.
package struct Options: Sendable, Equatable {
    package enum Task: Sendable, Equatable {
        case run
        /// `-c`, keepalived's `-t`
        case check
        /// `-cc CONDITION`
        case condition(String)
        /// `-v`; `detailed`: `-vv`
        case version(detailed: Bool)
        case help
        /// `--signum=NAME`
        case signalNumber(String)
        /// Prints `docs/configuration.md`.
        case generateDocumentation
    }

    /// Which part this process plays; the user's command line is always `launcher`.
    package enum Role: Sendable, Equatable {
        case launcher
        /// Started in the background by a launcher that waits on descriptor 3 for a byte.
        case background
        /// Started by a guard, which it hears and obeys on descriptor 3.
        case process
        /// Reads the files for a reload of a guarded process; answers on descriptor 3.
        case loader
    }

    package var task = Task.run
    package var role = Role.launcher
    package var personality = Personality.dyad
    /// `-f`, in order, and what follows `--`.
    package var files: [String] = []
    /// `-V`
    package var isVerbose = false
    /// `-q`
    package var isQuiet = false
    /// `-D`
    package var runsInBackground = false
    /// `-d`, `-db`, keepalived's `-n`: in the foreground whatever the file says.
    package var staysInForeground = false
    /// `-d`: with messages on the terminal.
    package var isDebug = false
    /// `-W`, `-Ws`
    package var hasGuard = false
    /// `-Ws`: tells systemd.
    package var notifiesSystemd = false
    /// `-dW`
    package var refusesWarnings = false
    /// `-p`
    package var pidFile: String?
    /// `-L`
    package var localPeer: String?
    /// `-C`
    package var directory: String?
    /// `-n`
    package var maxConnections: Int?
    /// `-m`, in megabytes; accepted.
    package var memoryLimit: Int?
    /// `-l`: log lines go to the terminal too.
    package var logsToConsole = false
    /// keepalived's `-i`: for `@host` lines.
    package var configurationID: String?
    /// keepalived's `-S`
    package var logFacility: Int?
    /// The arguments as they came, for the processes that are started in their place.
    package var arguments: [String] = []

    package init() {}
}

/// Why a command line cannot be used: a sentence for the terminal; exit code 1.
package struct UsageError: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// What the command line asks for, in either personality.
internal struct Options: Sendable, Equatable {
    enum Task: Sendable, Equatable {
        case run
        /// `-c`, keepalived's `-t`
        case check
        /// `-cc CONDITION`
        case condition(String)
        /// `-v`; `detailed`: `-vv`
        case version(detailed: Bool)
        case help
        /// keepalived's `--signum=NAME`
        case signalNumber(Int32)
        /// Prints `docs/configuration.md`.
        case generateDocumentation
        /// The manual page of the configuration file.
        case generateManual
    }

    /// Which part this process plays; the user's command line is always `launcher`.
    enum Role: Sendable, Equatable {
        case launcher
        /// Started in the background by a launcher that waits on descriptor 3 for a byte.
        case background
        /// Started by a guard, which it hears and obeys on descriptor 3.
        case process
        /// Reads the files for a reload of a guarded process; answers on descriptor 3.
        case loader
    }

    var task = Task.run
    var role = Role.launcher
    var personality = Personality.dyad
    /// `-f`, in order, and what follows `--`.
    var files: [String] = []
    /// `-V`
    var isVerbose = false
    /// `-q`
    var isQuiet = false
    /// `-D`
    var runsInBackground = false
    /// `-d`, `-db`, keepalived's `-n`: in the foreground whatever the file says.
    var staysInForeground = false
    /// `-d`: with messages on the terminal.
    var isDebug = false
    /// `-W`, `-Ws`
    var hasGuard = false
    /// `-Ws`: tells systemd.
    var notifiesSystemd = false
    /// `-dW`
    var refusesWarnings = false
    /// `-p`
    var pidFile: String?
    /// `-L`
    var localPeer: String?
    /// `-C`
    var directory: String?
    /// `-x`: the runtime socket of an instance whose listening sockets are taken over.
    var takeoverSocket: String?
    /// `-sf`, `-st`: processes that end when this one works.
    var oldProcesses: [Int32] = []
    /// `-st`: without waiting for their connections.
    var endsOldAtOnce = false
    /// `-n`
    var maxConnections: Int?
    /// `-m`, in megabytes; accepted.
    var memoryLimit: Int?
    /// keepalived's `-i`: for `@host` lines.
    var configurationID: String?
    /// keepalived's `-S`
    var logFacility: Int?
    /// `--peer`: the other node's file, which `-c` compares with ours.
    var peerFile: String?
    /// The arguments as they came, for the processes that are started in their place.
    var arguments: [String] = []

    init() {}
}

/// Why a command line cannot be used: a sentence for the terminal; exit code 1.
internal struct UsageError: Error, Sendable, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}

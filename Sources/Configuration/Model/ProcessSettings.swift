import Expressions

/// The `global` section (HAProxy manual section 3).
package struct ProcessSettings: Sendable, Equatable {
    /// `maxconn`; nil: derived from the descriptor limit.
    package var maxConnections: Int?
    /// `maxconnrate` and `maxsessrate`, a second; 0: no limit.
    package var connectionRateLimit = 0
    package var sessionRateLimit = 0
    /// `maxsslconn` and `maxsslrate`, of clients; 0: no limit.
    package var secureConnectionLimit = 0
    package var secureRateLimit = 0
    /// `nbthread`; nil: one worker a usable core.
    package var threads: Int?
    /// `thread-hard-limit`: most workers, whatever else says; nil: none.
    package var threadLimit: Int?
    package var isDaemon = false
    package var masterWorker = false
    package var pidFile: String?
    package var chroot: String?
    package var user: String?
    package var group: String?
    /// `uid` / `gid`, or looked up from `user` / `group` when the configuration was resolved.
    package var userID: UInt32?
    package var groupID: UInt32?
    /// `log` lines of `global`.
    package var logTargets: [LogTargetSettings] = []
    /// `log-tag`; nil: the program's name.
    package var logTag: String?
    /// `log-send-hostname`: the name to send; empty: the system's.
    package var logHostname: String?
    /// `node`; nil: the host name.
    package var node: String?
    package var description: String?
    /// `stats socket` lines.
    package var runtimeSockets: [RuntimeSocketSettings] = []
    /// `stats timeout`
    package var runtimeSocketTimeout: Duration = .seconds(10)
    /// `unix-bind`
    package var socketFiles = SocketFileSettings()
    /// `harden.reject-privileged-ports.tcp`
    package var rejectsPrivilegedPorts = false
    /// `tune.cli.max-payload-size`
    package var runtimePayloadBytes = 128 * 1024
    /// `server-state-file` and `server-state-base`
    package var serverStateFile: String?
    package var serverStateBase: String?
    /// `tune.bufsize`, in bytes.
    package var bufferBytes = 16384
    /// `http-err-codes`, `http-fail-codes`: what counts as such in stick tables.
    package var errorCodes = StatusCodes.errors
    package var failureCodes = StatusCodes.failures
    /// `tune.maxrewrite`, in bytes.
    package var rewriteReserveBytes = 1024
    /// `tune.http.maxhdr`
    package var headerFieldLimit = 101
    /// `h1-accept-payload-with-any-method`
    package var allowsBodyOfAnyMethod = false
    /// `tune.http.logurilen`, bytes of a request line in the log at most; by itself one byte less than HAProxy's 1024.
    package var loggedLineBytes = 1023
    /// `tune.http.cookielen`, bytes of a captured cookie at most.
    package var cookieCaptureBytes = 63
    /// `tune.stick-counters`
    package var stickCounters = StickCounters.standard
    /// `tune.maxaccept`
    package var acceptsAtOnce = 64
    /// `tune.rcvbuf.client`, `tune.sndbuf.client`, `tune.notsent-lowat.client`; of servers the same.
    package var clientBuffers = SocketBuffers()
    package var serverBuffers = SocketBuffers()
    /// `tune.idle-pool.shared`
    package var sharesIdleConnections = true
    /// `ulimit-n`
    package var descriptorLimit: Int?
    /// `hard-stop-after`
    package var hardStopAfter: Duration?
    /// `grace`: how long a soft stop waits before it begins.
    package var grace: Duration?
    /// `spread-checks`, percent of the interval.
    package var spreadChecks = 0
    /// `max-spread-checks`: in which all first checks begin; nil: the interval.
    package var firstChecksSpan: Duration?
    /// `no strict-limits` sets false.
    package var strictLimits = true
    /// `nosplice` sets false.
    package var allowsSplice = true
    package var externalChecksAllowed = false
    package var externalChecksPreserveEnvironment = false
    package var tls = TLSDefaults()
    /// `quiet`, `zero-warning`
    package var isQuiet = false
    package var refusesWarnings = false

    package init() {}

    /// Whether starting as root means to become somebody else, so that a guard must stay behind.
    package var dropsPrivileges: Bool {
        chroot != nil || (userID ?? 0) != 0 || (groupID ?? 0) != 0
    }
}

/// `unix-bind`: of all socket files whose lines say nothing else.
package struct SocketFileSettings: Sendable, Equatable {
    /// Stands before the paths of `bind` lines.
    package var prefix = ""
    package var mode: UInt32?
    package var user: UInt32?
    package var group: UInt32?

    package init() {}
}

/// A `stats socket` line.
package struct RuntimeSocketSettings: Sendable, Equatable {
    package enum Level: Int, Sendable, Comparable {
        case user = 0
        case op = 1
        case admin = 2

        package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        /// HAProxy's word.
        package var name: String {
            switch self {
            case .user: "user"
            case .op: "operator"
            case .admin: "admin"
            }
        }
    }

    package var address: ListenAddress
    package var level: Level = .op
    /// `mode`, for instance 0o660.
    package var fileMode: UInt32?
    package var fileUser: UInt32?
    package var fileGroup: UInt32?
    package var exposesListeners = false

    package init(address: ListenAddress) { self.address = address }
}

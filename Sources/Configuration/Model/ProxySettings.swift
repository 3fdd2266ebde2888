package import Balancing
package import Core
package import Diagnostics
package import Expressions
package import Rules

/// A `frontend`, `backend` or `listen` section with its defaults applied.
package struct ProxySettings: Sendable {
    package enum Mode: String, Sendable { case tcp, http }

    package var name: String
    /// `id`, or given by itself; the first one is 2.
    package var id: Int
    package var isFrontend: Bool
    package var isBackend: Bool
    package var mode: Mode = .tcp
    /// `disabled`
    package var isDisabled = false
    package var description: String?
    package var range: SourceRange

    // Frontend side
    package var binds: [BindSettings] = []
    /// Index in `ServiceConfiguration.proxies`; for `listen` without one: itself.
    package var defaultBackend: Int?
    /// `maxconn` of a frontend; nil: no own limit.
    package var maxConnections: Int?
    /// `backlog`
    package var backlog: Int?
    /// `rate-limit sessions`, per second.
    package var sessionRateLimit: Int?
    package var monitorURI: String?
    /// `max-session-srv-conns`: idle server connections that a client may have for itself.
    package var maxOwnServers = 5
    /// `clitcpka-…`
    package var clientProbes = KeepAliveProbes()

    // Both sides
    package var timeouts = TimeoutSettings()
    package var options = ProxyOptions()
    package var logTargets: [LogTargetSettings] = []
    package var logFormat: LogFormatSettings = .connect
    package var logLines = LogLineSettings()
    /// `log-tag`
    package var logTag: String?
    /// Raw responses of `errorfile`, keyed by status.
    package var errorFiles: [Int: [UInt8]] = [:]
    /// Replies of `http-error`, keyed by status.
    package var errorReplies: [Int: Reply] = [:]
    package var stats: StatsSettings?
    /// Rules and routes of the section; nil: none, and nothing is evaluated.
    package var rules: ProxyRules?

    // Backend side
    package var balance: BalanceSettings = .roundRobin
    /// `hash-type`
    package var hash = HashMethod()
    /// `hash-balance-factor`, percent; 0: none.
    package var hashBalanceFactor = 0
    package var servers: [ServerSettings] = []
    package var check = CheckSettings()
    /// `retries`
    package var retries = 3
    /// `cookie`; nil: none.
    package var cookie: CookieSettings?
    /// `dynamic-cookie-key`
    package var dynamicCookieKey: String?
    /// `source`, for servers without their own.
    package var source: SocketAddress?
    /// `retry-on`
    package var retryOn: RetryConditions = .connectionFailure
    /// `option redispatch [N]`: 0 off, -1 at the last retry, N every Nth retry.
    package var redispatch = 0
    /// `fullconn`; nil: 10 % of the sum of maxconn of the frontends that lead here.
    package var fullConnections: Int?
    package var httpReuse: HTTPReuse = .safe
    /// `max-keep-alive-queue`; -1: no limit.
    package var maxKeepAliveQueue = -1
    /// `http-send-name-header`: the field; nil: servers are not told their names.
    package var serverNameHeader: String?
    /// `srvtcpka-…`
    package var serverProbes = KeepAliveProbes()
    package var allBackups = false

    package init(
        name: String, id: Int, isFrontend: Bool, isBackend: Bool, range: SourceRange
    ) {
        self.name = name
        self.id = id
        self.isFrontend = isFrontend
        self.isBackend = isBackend
        self.range = range
    }

    /// HAProxy's word for the section.
    package var kind: String {
        isFrontend ? (isBackend ? "listen" : "frontend") : "backend"
    }
}

/// How `log-format` and the `option …log` keywords want a line.
package enum LogFormatSettings: Sendable {
    /// No option: one line when the connection comes (`Connect from …`).
    case connect
    /// `option tcplog`, `option httplog`, `option httplog clf`, `option httpslog`, `log-format`, compiled.
    case compiled(LogFormat)
}

package enum HTTPReuse: String, Sendable { case never, safe, aggressive, always }

/// `timeout …`; nil: none.
package struct TimeoutSettings: Sendable, Equatable {
    package var connect: Duration?
    package var client: Duration?
    package var server: Duration?
    package var httpRequest: Duration?
    package var httpKeepAlive: Duration?
    package var queue: Duration?
    package var tunnel: Duration?
    package var clientFin: Duration?
    package var clientHandshake: Duration?
    package var serverFin: Duration?
    package var check: Duration?
    package var tarpit: Duration?

    package init() {}
}

/// `option …`
package struct ProxyOptions: Sendable, Equatable {
    package enum ConnectionMode: Sendable { case keepAlive, serverClose, close }

    /// `option http-keep-alive | http-server-close | httpclose`
    package var connectionMode: ConnectionMode = .keepAlive
    package var forwardFor: ForwardForSettings?
    package var dontLogNull = false
    package var dontLogNormal = false
    package var logHealthChecks = false
    package var logAsap = false
    package var logSeparateErrors = false
    package var abortOnClose = false
    /// `option accept-unsafe-violations-in-http-request`
    package var acceptsRequestViolations = false
    package var tcpKeepAliveClient = false
    package var tcpKeepAliveServer = false
    /// `option http-pretend-keepalive`
    package var pretendsKeepAlive = false
    package var spliceRequest = false
    package var spliceResponse = false
    package var spliceAuto = false
    package var socketStats = false
    package var preferLastServer = false
    package var httpIgnoreProbes = false
    package var idleCloseOnResponse = false
    /// nil: where the mode is HTTP.
    package var tcpSmartAccept: Bool?
    package var tcpSmartConnect = false
    package var persist = false
    /// `option http-buffer-request`
    package var buffersRequest = false
    package var originalTo: ForwardForSettings?
    package var forwarded: ForwardedSettings?

    package init() {}
}

/// `option forwardfor`
package struct ForwardForSettings: Sendable, Equatable {
    /// `header`
    package var header: String
    /// `except`
    package var except: [IPPrefix] = []
    /// `if-none`
    package var ifNone = false

    package init(header: String = "X-Forwarded-For") {
        self.header = header
    }
}

/// A `bind` line, one address of it.
package struct BindSettings: Sendable, Equatable {
    package var address: ListenAddress
    /// `name`, or nil.
    package var name: String?
    package var id: Int
    package var interface: String?
    package var isTransparent = false
    package var v4v6 = true
    package var v6only = false
    package var backlog: Int?
    package var maxConnections: Int?
    package var acceptProxy = false
    package var deferAccept = false
    package var tcpFastOpen = false
    package var mss: Int?
    /// With what the frontend and the process say of all clients, once the configuration is resolved.
    package var tcp = TCPSettings()
    package var fileMode: UInt32?
    package var fileUser: UInt32?
    package var fileGroup: UInt32?
    /// Set while the configuration is resolved: the address is one of our own virtual addresses, so that
    /// IP_FREEBIND is used by itself.
    package var isVirtualAddress = false
    /// nil: no `ssl`.
    package var tls: TLSBindSettings?
    package var range: SourceRange

    package init(address: ListenAddress, id: Int, range: SourceRange) {
        self.address = address
        self.id = id
        self.range = range
    }

    /// File and line.
    package var place: String { "\(range.file):\(range.line)" }
}

/// `stats …` of a proxy.
package struct StatsSettings: Sendable, Equatable {
    /// Without `stats realm`.
    package static let standardRealm = "HAProxy Statistics"
    package var uri = "/haproxy?stats"
    /// `user:password` pairs of `stats auth`; compared, never shown.
    package var credentials: [StatsCredential] = []
    package var realm = StatsSettings.standardRealm
    package var refresh: Duration?
    /// `stats show-node [NAME]`: the name; empty: the process' node.
    package var showNode: String?
    package var showDescription: String?
    package var showLegends = false
    package var hidesVersion = false
    /// `stats admin if TRUE`; other conditions are rules.
    package var isAdmin = false
    /// `stats scope`; empty: all proxies. `.` was replaced by the proxy's own name.
    package var scope: [String] = []

    package init() {}
}

/// One `stats auth`.
package struct StatsCredential: Sendable, Equatable, CustomStringConvertible {
    package let user: String
    package let password: String

    package init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Without the password.
    package var description: String { "\(user):…" }
}

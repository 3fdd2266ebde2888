package import Core
package import Diagnostics

/// A `server` line with `default-server` applied.
package struct ServerSettings: Sendable {
    package var name: String
    /// `id`, or given by itself; the first one of a backend is 1.
    package var id: Int
    /// Where it is; nil while its name does not resolve (`init-addr none`).
    package var address: SocketAddress?
    /// The name that `address` came from.
    package var hostName: String?
    /// `resolvers`; nil: the name is looked up when the configuration is read, and not again.
    package var resolution: ServerResolution?
    /// The port behind the name or address; 0: none was written, the client's is meant.
    package var port: UInt16 = 0
    /// `+80`, `-80`: what is added to the port that the client connected to.
    package var portOffset = 0
    /// 0 to 256.
    package var weight = 1
    package var isBackup = false
    /// `add server` brought it: starts in maintenance and without checks.
    package var isDynamic = false
    /// `disabled`: starts in maintenance.
    package var startsDisabled = false
    /// 0: no limit.
    package var maxConnections = 0
    package var minConnections = 0
    /// 0: no limit.
    package var maxQueue = 0
    /// nil: no `check`.
    package var check: ServerCheckSettings?
    package var agent: AgentCheckSettings?
    package var slowStart: Duration?
    /// `track`: index of a proxy and of a server in it.
    package var tracks: ServerReference?
    /// `pool-max-conn`; -1: no limit.
    package var poolMaxConnections = -1
    package var poolLowConnections = 0
    package var poolPurgeDelay: Duration = .seconds(5)
    /// `max-reuse`; -1: no limit.
    package var maxReuse = -1
    package var cookie: String?
    /// `non-stick` sets false.
    package var isRemembered = true
    package var hashKey = HashKey.id
    /// `rise`, known for servers without `check`, too.
    package var rise = 2
    /// `init-state`
    package var initialState: InitialState = .up
    package var observe: Observe?
    package var errorLimit = 10
    package var onError: OnError = .failCheck
    package var shutsSessionsWhenDown = false
    package var shutsBackupSessionsWhenUp = false
    /// `send-proxy` 1, `send-proxy-v2` 2, 0 none.
    package var sendProxyVersion = 0
    /// `send-proxy-v2-ssl`
    package var proxyTellsSecurity = false
    /// `send-proxy-v2-ssl-cn`
    package var proxyTellsCommonName = false
    /// `source`
    package var source: SocketAddress?
    package var tcp = TCPSettings()
    package var redirectPrefix: String?
    /// nil: no `ssl`.
    package var tls: TLSServerSettings?
    package var range: SourceRange

    /// Address, port and weight come from service records (RFC 2782), whose names begin with an underscore.
    package var followsServiceRecord: Bool {
        resolution != nil && hostName?.hasPrefix("_") == true
    }

    package enum InitialState: String, Sendable {
        case up, down
        case fullyUp = "fully-up"
        case fullyDown = "fully-down"
    }

    /// `hash-key`
    package enum HashKey: String, Sendable {
        case id, id32
        case address = "addr"
        case endpoint = "addr-port"
    }

    package enum Observe: Sendable { case layer4, layer7 }
    package enum OnError: Sendable { case fastInter, failCheck, suddenDeath, markDown }

    /// Address or port are those that the client connected to (HAProxy manual, section 5.1, `server`).
    package var followsClient: Bool {
        guard address?.ip != nil || hostName != nil, !followsServiceRecord else { return false }
        return port == 0 || address?.ip?.isAny == true
    }

    package init(name: String, id: Int, range: SourceRange) {
        self.name = name
        self.id = id
        self.range = range
    }
}

/// A server by its place in `ServiceConfiguration.proxies`.
package struct ServerReference: Sendable, Hashable {
    package let proxy: Int
    package let server: Int

    package init(proxy: Int, server: Int) {
        self.proxy = proxy
        self.server = server
    }
}

/// `check` and its parameters on a server line.
package struct ServerCheckSettings: Sendable, Equatable {
    package var interval: Duration = .seconds(2)
    /// nil: as `interval`.
    package var fastInterval: Duration?
    package var downInterval: Duration?
    package var rise = 2
    package var fall = 3
    /// nil: the server's.
    package var port: UInt16?
    package var address: IPAddress?
    package var sendProxy = false
    /// nil: plain.
    package var tls: TLSServerSettings?
    /// For `tcp-check connect ssl`; nil: no rule says so.
    package var scriptTLS: TLSServerSettings?

    package init() {}
}

/// `agent-check` and its parameters.
package struct AgentCheckSettings: Sendable, Equatable {
    package var interval: Duration = .seconds(2)
    package var port: UInt16
    package var address: IPAddress?
    package var send: [UInt8] = []

    package init(port: UInt16) { self.port = port }
}

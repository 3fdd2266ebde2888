internal import Configuration
internal import Core
internal import Expressions
internal import Linux
internal import StickTables
internal import TLS

/// A server as one worker sees it.
final class WorkerServer {
    let settings: ServerSettings
    let state: ServerState
    let backend: ProxyState
    let index: Int
    let nameBytes: [UInt8]
    /// The value of the backend's cookie; nil: none.
    let cookie: [UInt8]?
    /// `redir`; nil: none.
    let redirectPrefix: [UInt8]?
    /// What stick tables keep of its name.
    let stickKey: UInt64
    let pool: ServerPool
    /// This worker's counters.
    let row: CounterRow
    let poolLimit: Int
    let poolPurgeDelay: Int64
    let maxReuse: Int
    /// What the kernel is asked for its connections.
    let socketOptions: [SocketOption]
    /// `tfo`, where `retry-on` makes good for what fails.
    let connectsFast: Bool
    /// `observe`
    let isObserved: Bool
    /// nil: plain, or what `isSecure` asks for cannot be built.
    let tls: TLSClientContext?
    let tlsID: ObjectIdentifier?
    let isSecure: Bool
    /// Address or port are the client's.
    let followsClient: Bool
    /// Requests choose the name that the server is asked for.
    let hasDynamicName: Bool
    /// This worker's own copy.
    let nameExpression: SampleExpression?
    /// Sessions to resume, by host name.
    private var savedSessions: [String: TLSSavedSession] = [:]

    /// Names whose sessions are kept.
    private static let savedSessionLimit = 64

    init(
        _ settings: ServerSettings, _ state: ServerState, index: Int, backend: ProxyState,
        worker: Int, pool: ServerPool, tls: TLSClientContext?, cookie: [UInt8]?, tcp: TCPSettings,
        retryOn: RetryConditions
    ) {
        self.settings = settings
        self.state = state
        self.index = index
        nameBytes = Array(settings.name.utf8)
        self.cookie = cookie
        redirectPrefix = settings.redirectPrefix.map { Array($0.utf8) }
        stickKey = ServerKey.of(settings.name)
        self.backend = backend
        self.pool = pool
        row = state.counters.row(worker)
        poolLimit = settings.poolMaxConnections
        poolPurgeDelay = settings.poolPurgeDelay.nanoseconds
        maxReuse = settings.maxReuse
        socketOptions = SocketOption.list(tcp)
        connectsFast = tcp.connectsFast && retryOn.isSuperset(of: .fastOpen)
        isObserved = settings.observe != nil
        self.tls = tls
        tlsID = tls.map { ObjectIdentifier($0) }
        isSecure = settings.tls != nil
        followsClient = settings.followsClient
        hasDynamicName = settings.tls?.name?.isDynamic ?? false
        nameExpression =
            if case .expression(let name) = settings.tls?.name { name.expression.copy() } else {
                nil
            }
    }

    /// Takes a place, where there is one. A call: inlined it would count a reference to the state.
    @inline(never)
    func takeSlot(_ backend: ProxyState) -> Bool { state.takeSlot(backend) }

    /// Whether one more idle connection is kept for its name's sake, though fewer were used at once.
    var keepsNamed: Bool { hasDynamicName && pool.idle.count < WorkerServer.savedSessionLimit }

    /// Where the session with the host of this name is kept; nil: none is.
    func savedSession(_ name: String?) -> TLSSavedSession? {
        guard settings.tls?.reusesSessions == true else { return nil }
        if let saved = savedSessions[name ?? ""] { return saved }
        guard savedSessions.count < WorkerServer.savedSessionLimit else { return nil }
        let made = TLSSavedSession()
        savedSessions[name ?? ""] = made
        return made
    }
}

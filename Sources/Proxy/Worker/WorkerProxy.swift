internal import Configuration
internal import Core
internal import Expressions
internal import HTTP
internal import Logging
internal import Rules

/// A proxy as one worker sees it: what each request needs, ready to use.
final class WorkerProxy {
    let index: Int
    let nameBytes: [UInt8]
    /// The name as logs show it for a client with TLS.
    let secureNameBytes: [UInt8]
    let settings: ProxySettings
    let state: ProxyState
    let snapshot: Snapshot
    /// No reload has replaced it.
    var isCurrent = true
    let servers: [WorkerServer]
    let balance: BackendBalance
    /// nil: `balance` asks for nothing of a request.
    let requestHash: RequestHash?
    /// This worker's counters of the frontend and of the backend.
    let front: CounterRow
    let back: CounterRow

    let isHTTP: Bool
    let connectionMode: ProxyOptions.ConnectionMode
    let reuse: HTTPReuse
    /// Nanoseconds; 0: none.
    let timeouts: Timeouts
    /// `option forwardfor`: the field's name with `: `, or empty.
    let forwardForLine: ConstantBytes
    let forwardForName: [UInt8]
    let addsForwardFor: Bool
    let forwardForExcept: [IPPrefix]
    let forwardsIfNone: Bool
    /// `option originalto`: the same.
    let originalToLine: [UInt8]
    let originalTo: ForwardForSettings?
    /// `option forwarded` of a backend.
    let forwarded: WorkerForwarded?
    /// Bits of `RetryConditions`.
    let retryOn: UInt32
    /// Pages of `errorfile` lines, by status.
    let customPages: [Int: ErrorPage]
    let splicesRequest: Bool
    let splicesResponse: Bool
    let log: ProxyLog
    /// The writer that knows `log.list`: its snapshot's.
    let logs: LogWriter
    /// nil: nothing is kept for log lines.
    let captures: ProxyCaptures?
    /// `unique-id-header`, with `: `; empty: none.
    let uniqueIDLine: [UInt8]
    /// Lines of this worker so far.
    var linesLogged = 0
    let hasService: Bool
    /// `http-send-name-header`; nil: none.
    let serverNames: ServerNameField?
    /// Whether servers have `redir`.
    let redirects: Bool
    /// `option http-buffer-request`
    let buffersRequest: Bool
    /// Replies of `http-error` lines that are made for each request.
    let errorReplies: [Int: Reply]
    /// nil: none.
    let rules: WorkerRules?
    let ruleLayout: RuleLayout
    /// nil: none, or not HTTP.
    let cookie: WorkerCookie?
    /// Whether anything but the algorithm may choose the server.
    let bindsRequests: Bool
    /// Stick tables by the index that expressions hold; the same for all proxies of a worker.
    let tables: [WorkerTable]
    /// Whether requests go through rules: its own, or those of the backend that it leads to.
    private(set) var isRuled = false
    /// Where each `use_backend` leads; nil: to itself, which must not be a cycle, or to a name that comes with the
    /// request.
    private(set) var routes: [WorkerProxy?] = []
    /// Where such names may lead.
    private(set) var namedRoutes: [WorkerProxy] = []
    let statsURI: [UInt8]?
    let monitorURI: [UInt8]?

    private var otherBackend: WorkerProxy?
    private var isOwnBackend = false

    /// Timeouts in nanoseconds; 0: none.
    struct Timeouts: BitwiseCopyable {
        let connect, client, server, httpRequest, httpKeepAlive, queue, tunnel: Int64
        let clientFin, serverFin, clientHandshake, tarpit: Int64

        init(_ settings: TimeoutSettings) {
            func nanoseconds(_ duration: Duration?) -> Int64 { max(duration?.nanoseconds ?? 0, 0) }
            connect = nanoseconds(settings.connect)
            client = nanoseconds(settings.client)
            server = nanoseconds(settings.server)
            httpRequest = nanoseconds(settings.httpRequest)
            // As HAProxy: without its own value, waiting for a request counts as waiting for its head.
            httpKeepAlive = nanoseconds(settings.httpKeepAlive ?? settings.httpRequest)
            queue = nanoseconds(settings.queue ?? settings.connect)
            tunnel = nanoseconds(settings.tunnel)
            clientFin = nanoseconds(settings.clientFin)
            clientHandshake = nanoseconds(settings.clientHandshake)
            serverFin = nanoseconds(settings.serverFin)
            tarpit = nanoseconds(settings.tarpit ?? settings.connect)
        }

        /// For fetches.
        func milliseconds(_ kind: TimeoutKind) -> Int64 {
            let nanoseconds =
                switch kind {
                case .client: client
                case .server: server
                case .connect: connect
                case .queue: queue
                case .tunnel: tunnel
                case .tarpit: tarpit
                }
            return nanoseconds / 1_000_000
        }
    }

    init(
        _ snapshot: Snapshot, _ index: Int, worker: Int, logs: LogWriter, tables: [WorkerTable],
        pools: (ServerState) -> ServerPool
    ) {
        self.logs = logs
        self.tables = tables
        let proxy = snapshot.proxies[index]
        self.index = index
        self.snapshot = snapshot
        nameBytes = Array(proxy.settings.name.utf8)
        secureNameBytes = Array("\(proxy.settings.name)~".utf8)
        settings = proxy.settings
        state = proxy.state
        balance = proxy.balance
        requestHash = RequestHash(proxy.settings)
        front = proxy.state.frontend.row(worker)
        back = proxy.state.backend.row(worker)
        servers = proxy.settings.servers.indices.map { server in
            WorkerServer(
                proxy.settings.servers[server], proxy.servers[server], index: server,
                backend: proxy.state, worker: worker, pool: pools(proxy.servers[server]),
                tls: proxy.serverContexts[server],
                cookie: WorkerCookie.value(proxy.settings.servers[server], proxy.settings),
                tcp: proxy.settings.servers[server].tcp(
                    in: proxy.settings, of: snapshot.configuration.process),
                retryOn: proxy.settings.retryOn)
        }
        isHTTP = settings.mode == .http
        connectionMode = settings.options.connectionMode
        // A connection that began with a client's address is that client's alone.
        let tellsClient = settings.servers.contains { $0.sendProxyVersion > 0 }
        reuse = tellsClient ? .never : settings.httpReuse
        timeouts = Timeouts(settings.timeouts)
        addsForwardFor = settings.options.forwardFor != nil
        forwardForExcept = settings.options.forwardFor?.except ?? []
        forwardsIfNone = settings.options.forwardFor?.ifNone ?? false
        let name = settings.options.forwardFor?.header
        forwardForName = Array((name ?? "").utf8)
        forwardForLine = ConstantBytes(name.map { Array("\($0): ".utf8) } ?? [])
        originalTo = settings.options.originalTo
        originalToLine = originalTo.map { Array("\($0.header): ".utf8) } ?? []
        let forwarded = settings.isBackend && isHTTP ? settings.options.forwarded : nil
        self.forwarded = forwarded.map(WorkerForwarded.init)
        retryOn = settings.retryOn.rawValue
        let limit = snapshot.configuration.process.bufferBytes
        let files = settings.errorFiles.compactMapValues { try? ErrorFile.page($0, limit: limit) }
        customPages = files.merging(settings.errorReplies.compactMapValues(\.page)) { $1 }
        errorReplies = settings.errorReplies.filter { $0.value.page == nil }.mapValues { $0.copy() }
        buffersRequest = settings.options.buffersRequest
        let splices = snapshot.configuration.process.allowsSplice
        splicesRequest = splices && (settings.options.spliceRequest || settings.options.spliceAuto)
        splicesResponse =
            splices && (settings.options.spliceResponse || settings.options.spliceAuto)
        log = ProxyLog(snapshot, settings, index: index)
        captures = settings.isFrontend ? ProxyCaptures(settings.logLines) : nil
        uniqueIDLine =
            captures?.uniqueIDFormat == nil
            ? [] : settings.logLines.uniqueIDHeader.map { Array("\($0): ".utf8) } ?? []
        rules = settings.rules.map(WorkerRules.init)
        let cookie = isHTTP ? settings.cookie.map(WorkerCookie.init) : nil
        self.cookie = cookie
        bindsRequests =
            cookie != nil || rules?.choosesServer == true || requestHash?.expression != nil
        ruleLayout = snapshot.configuration.ruleLayout
        serverNames = isHTTP ? settings.serverNameHeader.map(ServerNameField.init) : nil
        redirects = isHTTP && settings.servers.contains { $0.redirectPrefix != nil }
        hasService = settings.stats != nil || settings.monitorURI != nil
        statsURI = settings.stats.map { Array($0.uri.utf8) }
        monitorURI = settings.monitorURI.map { Array($0.utf8) }
    }

    /// Where requests go when no rule says otherwise. A `listen` section leads to itself, which must not be a cycle.
    @inline(__always)
    var backend: WorkerProxy? { isOwnBackend ? self : otherBackend }

    fileprivate func setBackend(_ proxy: WorkerProxy) {
        if proxy === self { isOwnBackend = true } else { otherBackend = proxy }
    }

    func lead(to proxy: WorkerProxy) { setBackend(proxy) }

    /// Says where routes lead, once all proxies are there.
    func complete(_ all: [WorkerProxy]) {
        for rule in rules?.backends ?? [] {
            switch rule.target {
            case .fixed(let index): routes.append(all[index] === self ? nil : all[index])
            case .named:
                routes.append(nil)
                namedRoutes = all.filter {
                    $0 !== self && $0.settings.isBackend && $0.isHTTP == isHTTP
                }
            }
        }
        let buffers = isHTTP && (buffersRequest || backend?.buffersRequest == true)
        isRuled =
            rules != nil || backend?.rules != nil || cookie != nil || backend?.cookie != nil
            || forwarded != nil || backend?.forwarded != nil
            || buffers || looksAtRequests || backend?.looksAtRequests == true
            || dependsOnServer || backend?.dependsOnServer == true
    }

    /// Whether what becomes of a request depends on its server.
    private var dependsOnServer: Bool { serverNames != nil || redirects }

    /// Whether `balance` wants more of requests than their heads.
    private var looksAtRequests: Bool {
        guard let requestHash else { return false }
        return requestHash.searchesBody || requestHash.expression != nil
    }

    func server(_ state: ServerState) -> WorkerServer? {
        servers.first { $0.state === state }
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import TLS

/// A listening socket that one worker accepts from.
final class WorkerListener {
    let descriptor: Int32
    let handle: Handle
    /// Several workers wait for the same socket (`fd@N`).
    let isShared: Bool
    /// New connections belong to it; a reload changes it.
    private(set) var proxy: WorkerProxy
    private(set) var bind: Int
    /// nil: plain, or what `isSecure` asks for cannot be built.
    private(set) var tls: TLSServerContext?
    private(set) var isSecure = false
    /// `accept-proxy`
    private(set) var acceptsProxy = false
    /// `maxconn`; 0: no limit of its own.
    private(set) var maxConnections = 0
    private(set) var state: ListenerState?
    /// `option socket-stats`
    private(set) var hasStatistics = false
    /// Its connections are counted: it has a limit, or statistics of its own.
    private(set) var isCounted = false
    var isWaiting = false
    /// The kernel says that it listens no more.
    var isBroken = false
    /// Counted as one that should be waited for and is not.
    var isLost = false

    init(
        descriptor: Int32, handle: Handle, isShared: Bool, proxy: WorkerProxy, bind: Int
    ) {
        self.descriptor = descriptor
        self.handle = handle
        self.isShared = isShared
        self.proxy = proxy
        self.bind = bind
        readSettings()
    }

    func move(to proxy: WorkerProxy, bind: Int) {
        self.proxy = proxy
        self.bind = bind
        readSettings()
    }

    private func readSettings() {
        let entry = proxy.snapshot.proxies[proxy.index]
        guard entry.settings.binds.indices.contains(bind) else { return }
        acceptsProxy = entry.settings.binds[bind].acceptProxy
        maxConnections = entry.settings.binds[bind].maxConnections ?? 0
        state = entry.listeners[bind]
        hasStatistics = entry.settings.options.socketStats
        isCounted = hasStatistics || maxConnections > 0
        isSecure = entry.settings.binds[bind].tls != nil
        tls = entry.bindContexts[bind]
    }

    /// Whether its own limit allows one more connection.
    @inline(__always)
    var hasRoom: Bool { maxConnections == 0 || (state?.active ?? 0) < maxConnections }

    var token: Token { Token(kind: TokenKind.listener, handle) }
}

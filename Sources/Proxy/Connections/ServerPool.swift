internal import Core

/// One worker's idle connections to one server. Lives as long as the server's state: a reload keeps it.
final class ServerPool {
    let state: ServerState
    /// Whether connections that come back stay open: not while the server takes no requests, or when a reload has
    /// dropped it.
    var takesBack = true
    /// The last one that came back is used first, so that surplus ones grow old.
    private(set) var idle: [ServerConnection] = []
    /// Connections of this worker, idle or not.
    private(set) var open = 0
    /// Most that were used at once, fading with each purge: more need not be kept.
    private var mostUsed = 0 {
        didSet { gauges.set(PoolGauge.needed.rawValue, to: UInt64(mostUsed)) }
    }
    /// The server closed a connection as a request came: until then only what may be repeated is sent over idle ones.
    var distrustedUntil: Int64 = 0
    /// Fewest idle ones since the last purge: those were not needed.
    private var leastIdle = 0

    /// Where its connections lead, and how often that has changed.
    private var address: SocketAddress?
    private(set) var moves: UInt32 = 0

    /// This worker's row of the server's gauges.
    private let gauges: CounterRow

    init(state: ServerState, worker: Int) {
        self.state = state
        gauges = state.pools.row(worker)
        address = state.address
    }

    /// Whether the server's address is another one since the last call: connections to the old one serve nobody more.
    func hasMoved() -> Bool {
        let current = state.address
        guard current != address else { return false }
        address = current
        moves &+= 1
        return true
    }

    /// A connection was opened, for use at once.
    func opened() {
        open += 1
        if open - idle.count > mostUsed { mostUsed = open - idle.count }
    }

    func closed() { open -= 1 }

    /// Whether one more idle connection may be of use: there are no more in all than were used at once.
    @inline(__always)
    var wantsMore: Bool { open <= mostUsed }

    /// Takes an idle connection. `onlyReused`: only one that has already served more than one stream.
    @inline(__always)
    func take(onlyReused: Bool) -> ServerConnection? {
        if onlyReused, let last = idle.last, last.uses < 2 { return takeReused() }
        guard let last = idle.popLast() else { return nil }
        tellIdle()
        if idle.count < leastIdle { leastIdle = idle.count }
        if open &- idle.count > mostUsed { mostUsed = open &- idle.count }
        return last
    }

    /// Takes one that was opened for a certain host name: others may lead to other sites.
    func take(named name: String?, onlyReused: Bool) -> ServerConnection? {
        let index = idle.lastIndex { $0.serverName == name && (!onlyReused || $0.uses >= 2) }
        return index.map(takeOut)
    }

    private func takeReused() -> ServerConnection? {
        idle.lastIndex { $0.uses >= 2 }.map(takeOut)
    }

    private func takeOut(_ index: Int) -> ServerConnection {
        let taken = idle.remove(at: index)
        tellIdle()
        leastIdle = min(leastIdle, idle.count)
        return taken
    }

    @inline(__always)
    private func tellIdle() { gauges.set(PoolGauge.idle.rawValue, to: UInt64(idle.count)) }

    @inline(__always)
    func put(_ connection: ServerConnection) {
        idle.append(connection)
        tellIdle()
    }

    /// Takes a certain one out: it was closed.
    func remove(_ connection: ServerConnection) {
        if let index = idle.lastIndex(where: { $0 === connection }) { _ = takeOut(index) }
    }

    /// The oldest ones of those that nobody needed since the last purge: half of them, rounded up.
    func takeSurplus() -> [ServerConnection] {
        let count = min((leastIdle + 1) / 2, idle.count)
        let surplus = Array(idle.prefix(count))
        idle.removeFirst(count)
        tellIdle()
        leastIdle = idle.count
        let used = open - idle.count
        mostUsed = max(used, (mostUsed + used + 1) / 2)
        return surplus
    }

    /// Every idle one.
    func takeAll() -> [ServerConnection] {
        let all = idle
        idle = []
        tellIdle()
        leastIdle = 0
        return all
    }
}

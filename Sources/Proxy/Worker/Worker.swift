internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Logging
internal import StickTables

/// One thread of the engine: an event loop, the connections that it accepted, and idle connections to servers.
///
/// Events come up as calls, one object after the other; nothing here waits. The extensions follow the life of a
/// connection: `Worker+Accept`, `+Request`, `+Assign`, `+Connect`, `+Response`, `+Body`, `+Tunnel`, `+Finish`.
final class Worker {
    let index: Int
    let shared: EngineShared
    /// This worker's counters of the process.
    let processRow: CounterRow
    let loop: Loop
    let pool: BufferPool
    /// The fields of the head that was parsed last; valid until the next one is.
    var fields: HeaderTable
    /// Where heads are written before they are sent; empty between two events.
    var scratch = Buffer()
    /// What rules put in the place of received bytes.
    var edits = Buffer()
    /// Where rules run.
    var evaluation: Evaluation
    /// Whose rules run just now.
    var ruled: (client: ClientConnection, stream: Stream?)?
    /// The key of the last look at a stick table.
    var stickKey = StickKey()
    /// Rules that run now follow the counting of their request: what they begin to track is counted by itself.
    var countsTrackedRequest = false
    var clients: Table<ClientConnection>
    var servers: Table<ServerConnection>
    var streams: Table<Stream>
    /// Streams that nobody uses.
    var freeStreams: [Stream] = []
    /// For rules that will wait.
    var freeSuspended: [SuspendedRules] = []
    /// Lines of an interim answer that rules are making.
    var hints: [UInt8] = []
    /// Passwords that were found to be right.
    var knownPasswords = PasswordCache()
    /// The turn in which a password was hashed last: one in each turn.
    var hashedTurn = UInt64.max
    /// Whether the rules that run could wait for their turn to hash.
    var mayAwaitHash = false
    /// Clients whose rules do.
    var hashWaiters: [Token] = []
    var settings: WorkerSettings
    /// Log lines of some proxy tell the ends of server connections, now or before a reload.
    var keepsServerEnds = false
    var listeners = Table<WorkerListener>(limit: Worker.connectionLimit)
    /// Listeners that are going, and who waits for that.
    var drains: [ListenerDrain] = []
    /// By the identity of the server's state.
    var pools: [ObjectIdentifier: ServerPool] = [:]
    var pipes = SplicePipePool()
    /// The settings' own: read each turn, so kept within one load.
    var logs: LogWriter
    let openLogs: @Sendable (Snapshot) -> LogWriter
    let pages = ErrorPages()
    /// Connections that used up their share of this turn and go on in the next.
    var unfinished: [Token] = []
    /// Connections that this turn has accepted and nobody has looked at yet.
    var arrivals: [Token] = []
    /// Places that were given to streams of this worker during this turn.
    var granted: [QueueGrant] = []
    /// Fires when idle connections are to be purged.
    var purgeTimer = TimerWheel.ID.none
    /// Fires when accepting may be tried again.
    var acceptTimer = TimerWheel.ID.none
    /// Nanoseconds since 1970 at 0 of the monotonic clock; refreshed each turn, for logs.
    var realtimeOffset: Int64 = 0
    /// Bytes that a head may have: `tune.bufsize` less `tune.maxrewrite`.
    var headLimit: Int
    /// `tune.bufsize`
    var bufferBytes: Int
    /// The second of the last log line's date, and its text.
    var loggedSecond = Int64.min
    var loggedDate: [UInt8] = []
    /// What the next stream is called; starts at the worker's index.
    var nextStreamNumber: Int
    /// At which moment lines are being made, for `%OG`.
    var logOrigin: StaticString = "txn_close"
    /// Any frontend logs: only then is the time of day of interest.
    var logsStreams = true
    /// Told when the thread has ended.
    var stopped: ReloadProgress?
    var isStopped = false
    /// Handshakes that may still be finished in this turn.
    var handshakesLeft = Worker.handshakesPerTurn
    var acceptsPaused = false
    /// Turns of the loop and events so far, for `show activity`.
    private(set) var turns: UInt64 = 0
    private(set) var events: UInt64 = 0

    /// Most connections of one kind in one worker.
    static let connectionLimit = 1 << 22
    /// Bytes of buffers for heads: twice HAProxy's default, so that an answer of 16 KiB with its head needs one read.
    static let headBufferBytes = 32 * 1024

    init(
        index: Int, shared: EngineShared, snapshot: Snapshot, listeners: [Listener],
        openLogs: @escaping @Sendable (Snapshot) -> LogWriter
    ) throws(Errno) {
        self.index = index
        self.shared = shared
        processRow = shared.counters.row(index)
        nextStreamNumber = index
        loop = try Loop()
        let process = snapshot.configuration.process
        // Twice a head: rules and cookies write what they change behind what came.
        pool = BufferPool(headBytes: max(Worker.headBufferBytes, 2 * process.bufferBytes))
        (bufferBytes, headLimit) = Worker.limits(process)
        fields = HeaderTable(limit: process.headerFieldLimit)
        evaluation = Evaluation(
            seed: UInt64(bitPattern: Clock.realtime()) &+ UInt64(index) &* 0x9e37_79b9)
        clients = Table(limit: Worker.connectionLimit)
        servers = Table(limit: Worker.connectionLimit)
        streams = Table(limit: Worker.connectionLimit)
        self.openLogs = openLogs
        let logs = openLogs(snapshot)
        self.logs = logs
        var pools: [ObjectIdentifier: ServerPool] = [:]
        settings = WorkerSettings(snapshot, worker: index, logs: logs) { state in
            let pool = ServerPool(state: state, worker: index)
            pools[ObjectIdentifier(state)] = pool
            return pool
        }
        self.pools = pools
        keepsServerEnds = settings.readsServerEnds
        pool.lend(.bulk, to: &scratch)
        pool.lend(.head, to: &edits)
        purgeTimer = loop.timers.add(owner: Token(kind: TokenKind.purge).rawValue)
        acceptTimer = loop.timers.add(owner: Token(kind: TokenKind.accept).rawValue)
        try loop.add(
            shared.mailboxes[index].descriptor, .readable, Token(kind: TokenKind.mailbox))
        adopt(listeners)
    }

    deinit {
        pool.reclaim(&scratch)
        pool.reclaim(&edits)
    }

    /// `tune.stick-counters`
    var stickCounters: Int { settings.snapshot.configuration.process.stickCounters }

    func noteLogs() { logsStreams = settings.proxies.contains { $0.log.isEnabled } }

    /// The thread's body.
    func run() {
        refreshClock()
        noteLogs()
        listeners.forEach(startAccepting)
        while !isStopped { turn() }
        closeEverything()
        stopped?.workerIsDone()
    }

    /// Waits once and handles what has come.
    func turn() {
        let count = loop.wait(
            atMostNanoseconds: unfinished.isEmpty ? HealthBoard.turnLimitNanoseconds : 0)
        shared.board.report(worker: index, now: loop.now)
        turns &+= 1
        events &+= UInt64(truncatingIfNeeded: count)
        if logsStreams { refreshClock() }
        handshakesLeft = Worker.handshakesPerTurn
        if !unfinished.isEmpty { continueUnfinished() }
        for at in 0..<count { dispatch(loop.event(at)) }
        while let token = loop.nextExpired() { timerExpired(token) }
        if !arrivals.isEmpty { greetArrivals() }
        if !granted.isEmpty { startGranted() }
        logs.flush(now: loop.now)
    }

    @inline(__always)
    private func dispatch(_ event: Loop.Event) {
        switch event.token.kind {
        case TokenKind.client:
            guard let client = clients[event.token.handle] else { return }
            client.channel.note(event.readiness)
            clientIsReady(client)
        case TokenKind.server:
            guard let server = servers[event.token.handle] else { return }
            server.channel.note(event.readiness)
            serverIsReady(server)
        case TokenKind.listener:
            guard let listener = listeners[event.token.handle] else { return }
            listenerIsReady(listener, event.readiness)
        default: takeMessages()
        }
    }

    private func continueUnfinished() {
        let tokens = unfinished
        unfinished.removeAll(keepingCapacity: true)
        for token in tokens {
            if token.kind == TokenKind.client, let client = clients[token.handle] {
                continueClient(client)
            } else if token.kind == TokenKind.accept {
                continueDrains()
            } else if token.kind == TokenKind.hashes {
                continueHashes()
            }
        }
    }

    private func refreshClock() {
        realtimeOffset = Clock.realtime() &- loop.now.nanoseconds
    }

    /// Bytes of a buffer, and those of a head: HAProxy keeps no more than half of a buffer for rewriting.
    static func limits(_ process: ProcessSettings) -> (buffer: Int, head: Int) {
        let reserve = min(process.rewriteReserveBytes, process.bufferBytes / 2)
        return (process.bufferBytes, max(process.bufferBytes - reserve, 1024))
    }

    // MARK: Waiting

    /// Makes sure that the loop tells about the channel.
    @inline(__always)
    func watch(_ client: ClientConnection) {
        if !client.channel.isArmed { register(&client.channel, client.token) }
    }

    @inline(__always)
    func watch(_ server: ServerConnection) {
        if !server.channel.isArmed { register(&server.channel, server.token) }
    }

    @inline(never)
    private func register(_ channel: inout Channel, _ token: Token) {
        do throws(Errno) {
            try loop.add(
                channel.number,
                Readiness(
                    rawValue: Readiness.readable.rawValue | Readiness.writable.rawValue
                        | Readiness.peerEnded.rawValue | Readiness.edgeTriggered.rawValue), token)
            channel.isArmed = true
        } catch {
            // Only a lack of memory or watches: treated as a broken connection when its timer fires.
            channel.hasFailed = true
            unfinished.append(token)
        }
    }

    /// Sets a timer; 0: none.
    @inline(__always)
    func arm(_ timer: TimerWheel.ID, after nanoseconds: Int64) {
        if nanoseconds > 0 {
            loop.timers.arm(
                timer, at: Instant(nanoseconds: loop.now.nanoseconds &+ nanoseconds))
        } else {
            loop.timers.disarm(timer)
        }
    }
}

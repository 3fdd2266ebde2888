internal import Checking
internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux
internal import Logging

/// What the health thread keeps: the checks by server, their sockets and timers.
final class HealthLoop {
    /// What a token of this loop stands for.
    enum Kind {
        static let mailbox: UInt8 = 0
        static let socket: UInt8 = 1
        static let check: UInt8 = 2
        static let slowStart: UInt8 = 3
    }

    /// Servers with checks, or that start slowly, at most.
    static let serverLimit = 1 << 20
    /// How often running out of descriptors or ports is told.
    static let shortageInterval = Duration.seconds(60)
    /// A check that could not be tried for such a reason is tried again after this.
    static let shortagePause = Duration.seconds(1)

    let loop: Loop
    let transitions: ServerTransitions
    let log: SystemLog
    let pool: BufferPool
    var fields: HeaderTable
    private(set) var snapshot: Snapshot
    private(set) var checks: Table<ServerCheck>
    private var slowStarts: Table<SlowStart>
    private var checksByState: [CheckIdentity: Handle] = [:]
    private var slowStartsByState: [ObjectIdentifier: Handle] = [:]
    private var changedProxies: Set<Int> = []
    private var random: UInt64
    /// Made with the first check that needs it.
    lazy var samples = CheckSamples(pool: pool, seed: random)
    private var shortageToldAt: Instant?
    var spares = SpareSockets()
    /// Starts programs; nil: nobody can.
    let launcher: (any CheckLauncher)?
    /// Programs that run, and the checks that they are for.
    var programs: [Int: Handle] = [:]
    var nextProgram = CheckLaunch.firstID

    /// What a check is known by: the state keeps its identity over reloads.
    private struct CheckIdentity: Hashable {
        let state: ObjectIdentifier
        let isAgent: Bool
    }

    /// A check that a new snapshot brought.
    private struct FreshCheck {
        let reference: ServerReference
        let state: ServerState
        let isAgent: Bool
        let settings: ServerCheckSettings
    }

    /// A server whose weight grows.
    private final class SlowStart {
        let handle: Handle
        let timer: TimerWheel.ID
        let state: ServerState
        var reference: ServerReference

        init(
            _ handle: Handle, timer: TimerWheel.ID, state: ServerState, reference: ServerReference
        ) {
            self.handle = handle
            self.timer = timer
            self.state = state
            self.reference = reference
        }
    }

    init(
        loop: Loop, snapshot: Snapshot, transitions: ServerTransitions, log: SystemLog,
        launcher: (any CheckLauncher)? = nil
    ) {
        self.launcher = launcher
        self.loop = loop
        self.snapshot = snapshot
        self.transitions = transitions
        self.log = log
        checks = Table(limit: HealthLoop.serverLimit)
        slowStarts = Table(limit: HealthLoop.serverLimit)
        random = Host.randomSeed() | 1
        let process = snapshot.configuration.process
        pool = BufferPool(headBytes: process.bufferBytes)
        fields = HeaderTable(limit: process.headerFieldLimit)
        apply(snapshot)
    }

    /// Proxies that changed since the last call.
    func takeChangedProxies() -> Set<Int> {
        guard !changedProxies.isEmpty else { return [] }
        defer { changedProxies.removeAll(keepingCapacity: true) }
        return changedProxies
    }

    func noteChanged(_ proxies: Set<Int>) {
        if !proxies.isEmpty { changedProxies.formUnion(proxies) }
    }

    // MARK: Events

    func handle(_ event: Loop.Event) {
        guard let check = checks[event.token.handle] else { return }
        socketIsReady(check, event.readiness)
    }

    func timerExpired(_ token: Token) {
        switch token.kind {
        case Kind.check:
            guard let check = checks[token.handle] else { return }
            if check.awaitsProgram {
                programTimedOut(check)
            } else if let conversation = check.conversation {
                finish(
                    check,
                    check.isSecuring
                        ? conversation.securingTimedOut() : conversation.timedOut())
            } else {
                begin(check)
            }
        case Kind.slowStart:
            guard let slowStart = slowStarts[token.handle] else { return }
            noteChanged(transitions.warmUp(slowStart.reference, in: snapshot, now: loop.now))
            refresh(slowStart.reference)
        default: break
        }
    }

    // MARK: Servers

    /// Takes a snapshot over: new servers get checks, gone ones lose them, the others keep their rhythm.
    func apply(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        var gone = Set(checksByState.keys)
        var fresh: [FreshCheck] = []
        for (proxy, entry) in snapshot.proxies.enumerated()
        where entry.settings.isBackend && !entry.settings.isDisabled {
            for (server, state) in entry.servers.enumerated() {
                let reference = ServerReference(proxy: proxy, server: server)
                refreshSlowStart(reference, state)
                let one = entry.settings.servers[server]
                for isAgent in [false, true] {
                    let wanted = isAgent ? one.agent?.asCheck : one.check
                    guard let settings = wanted else { continue }
                    let identity = CheckIdentity(state: ObjectIdentifier(state), isAgent: isAgent)
                    gone.remove(identity)
                    if let check = checksByState[identity].flatMap({ checks[$0] }) {
                        check.snapshot = snapshot
                        check.reference = reference
                        check.settings = settings
                    } else {
                        fresh.append(
                            FreshCheck(
                                reference: reference, state: state, isAgent: isAgent,
                                settings: settings))
                    }
                }
            }
        }
        for identity in gone { remove(identity) }
        let shortest = fresh.map(\.settings.interval).filter { $0 >= CheckSchedule.spreadThreshold }
            .min()
        for (position, one) in fresh.enumerated() {
            let delay = CheckSchedule.firstDelay(
                one.settings.interval, shortest: shortest,
                limit: snapshot.configuration.process.firstChecksSpan, position: position,
                of: fresh.count)
            add(
                one,
                firstAt: CheckSchedule.aligned(
                    loop.now + delay, interval: one.settings.interval))
        }
    }

    private func add(_ fresh: FreshCheck, firstAt: Instant) {
        let check = checks.insert { handle in
            ServerCheck(
                handle, timer: loop.timers.add(owner: Token(kind: Kind.check, handle).rawValue),
                state: fresh.state, isAgent: fresh.isAgent, snapshot: snapshot,
                reference: fresh.reference, settings: fresh.settings)
        }
        guard let check else { return }
        checksByState[identity(of: check)] = check.handle
        loop.timers.arm(check.timer, at: firstAt)
    }

    private func identity(of check: ServerCheck) -> CheckIdentity {
        CheckIdentity(state: ObjectIdentifier(check.state), isAgent: check.isAgent)
    }

    private func remove(_ identity: CheckIdentity) {
        guard let handle = checksByState.removeValue(forKey: identity),
            let check = checks.remove(handle)
        else { return }
        abandon(check)
        loop.timers.remove(check.timer)
    }

    /// A server was changed by a command.
    func refresh(_ server: ServerReference) {
        guard snapshot.proxies.indices.contains(server.proxy),
            snapshot.proxies[server.proxy].servers.indices.contains(server.server)
        else { return }
        refreshSlowStart(server, snapshot.proxies[server.proxy].servers[server.server])
    }

    /// Traffic says that a server is ill; checks look sooner.
    func observed(_ verdict: CheckVerdict, _ server: ServerReference, in snapshot: Snapshot) {
        transitions.observed(verdict, of: server, in: snapshot, now: loop.now)
        hasten(server, in: snapshot)
    }

    /// `fastinter` from now on: the next check comes sooner.
    private func hasten(_ server: ServerReference, in snapshot: Snapshot) {
        guard snapshot.proxies.indices.contains(server.proxy),
            snapshot.proxies[server.proxy].servers.indices.contains(server.server)
        else { return }
        let state = snapshot.proxies[server.proxy].servers[server.server]
        let identity = CheckIdentity(state: ObjectIdentifier(state), isAgent: false)
        guard let check = checksByState[identity].flatMap({ checks[$0] }),
            check.conversation == nil, !check.awaitsProgram, let pause = check.settings.fastInterval
        else { return }
        armNext(check, after: pause)
    }

    private func refreshSlowStart(_ reference: ServerReference, _ state: ServerState) {
        let identity = ObjectIdentifier(state)
        guard let end = state.withMutable({ $0.slowStartEnds }), state.operation == .starting else {
            if let handle = slowStartsByState.removeValue(forKey: identity),
                let slowStart = slowStarts.remove(handle)
            {
                loop.timers.remove(slowStart.timer)
            }
            return
        }
        var slowStart = slowStartsByState[identity].flatMap { slowStarts[$0] }
        if slowStart == nil {
            slowStart = slowStarts.insert { handle in
                SlowStart(
                    handle,
                    timer: loop.timers.add(owner: Token(kind: Kind.slowStart, handle).rawValue),
                    state: state, reference: reference)
            }
            slowStartsByState[identity] = slowStart?.handle
        }
        guard let slowStart else { return }
        slowStart.reference = reference
        let length = snapshot.proxies[reference.proxy].settings.servers[reference.server].slowStart
        // As HAProxy: a twentieth of the time, one second at least.
        let step = max(Duration.seconds(1), .nanoseconds((length ?? .zero).nanoseconds / 20))
        loop.timers.arm(slowStart.timer, at: min(end, loop.now + step))
    }

    /// The thread ends.
    func end() {
        checks.forEach { abandon($0) }
    }

    private func abandon(_ check: ServerCheck) {
        abandonProgram(check)
        check.closeSocket()
        pool.reclaim(&check.input)
        check.conversation = nil
    }

    // MARK: Helpers of the running checks

    func armNext(_ check: ServerCheck, after pause: Duration) {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        let percent = check.snapshot.configuration.process.spreadChecks
        let spread = CheckSchedule.spread(pause, percent: percent, random: random)
        loop.timers.arm(
            check.timer, at: CheckSchedule.aligned(loop.now + spread, interval: pause))
    }

    /// More programs than may run at once; told as seldom as other shortages.
    func noteManyPrograms() {
        if let told = shortageToldAt, loop.now - told < HealthLoop.shortageInterval { return }
        shortageToldAt = loop.now
        let why = launcher == nil ? "nobody starts them" : "\(CheckLaunch.limit) run already"
        log.warning("programs of health checks wait: \(why); servers keep their state.")
    }

    /// Descriptors, ports or memory are short: not the server's fault, so it stays what it is.
    func noteShortage(_ error: Errno) {
        if let told = shortageToldAt, loop.now - told < HealthLoop.shortageInterval { return }
        shortageToldAt = loop.now
        log.warning("health checks cannot run: \(error); servers keep their state until they can.")
    }
}

extension AgentCheckSettings {
    /// The same as settings of a check: one answer decides.
    fileprivate var asCheck: ServerCheckSettings {
        var settings = ServerCheckSettings()
        settings.interval = interval
        settings.rise = 1
        settings.fall = 1
        settings.port = port
        settings.address = address
        return settings
    }
}

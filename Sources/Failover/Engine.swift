internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Netlink
internal import VRRP

/// The vrrp thread: carries out what the virtual routers intend. Everything in here belongs to that thread.
internal final class Engine {
    let loop: Loop
    let monitor: NetworkMonitor
    let announcer: Announcer
    let runner: ScriptRunner
    let mailbox: Mailbox<RouterCommand>
    let surroundings: RouterSurroundings
    var settings: VRRPSettings
    var tracksProxy: Bool
    var instances: [Instance] = []
    var sockets: [UInt32: AdvertisementSocket] = [:]
    var nextSocket: UInt32 = 1
    var nextClaimWatch: UInt32 = 1
    /// Sockets that are flooded, and until when nobody looks at them.
    var resting: Set<UInt32> = []
    var restEnds: Instant?
    var checks: [String: ScriptCheck] = [:]
    /// Checks that run, by script id.
    var runningChecks: [Int: String] = [:]
    /// Tracked files and processes, and what it last said of them.
    let watches: WatchThread
    var watched = WatchReport()
    var fifos: [NotifyFIFO] = []
    var health: ProxyHealth
    var unknownRouters: UInt64 = 0
    /// What each sync group told last.
    var groupStates: [String: VirtualRouter.State] = [:]
    /// `static_ipaddress`, `static_routes`, `static_rules`.
    let fixedAddresses: AddressHolder
    let fixedRoutes: RouteHolder
    /// When routes that went are put back; and when that was done last.
    var routesDue: Instant?
    var routesRestored: Instant?
    /// Interfaces with virtual MAC addresses, and what `arp_ignore` was on those below them.
    var madeLinks: Set<String> = []
    var changedAnswers: [Int32: Int32] = [:]
    /// `vrrp_startup_delay`: until then nothing starts.
    private var startAt: Instant?
    private var resuming: Set<String>
    /// The highest numbers that routers of these names have signed packets under.
    var sequences: [String: UInt64]
    private var farewells: FarewellRecord
    /// What operators asked of the process before this one.
    private var wishes: [String: Wish]
    private(set) var isStopping = false
    /// A thread of this process died: not one more packet may contradict the last words.
    private var isDying = false
    private var stopDeadline: Instant?
    private var published = Instant(nanoseconds: 0)
    private var isDirty = true
    /// A state changed: a guard must know before anything else can happen.
    private var isUrgent = false

    /// A timer that is later than this makes sockets be read first: after a pause packets tell who is alive.
    private static let lateness = Duration.milliseconds(20)
    /// How long a flooded socket rests: it is read at 64 packets in this time.
    static let rest = Duration.milliseconds(1)
    /// How often counters become visible outside.
    private static let publishInterval = Duration.milliseconds(100)
    /// Longest wait for scripts that were told of the stop.
    private static let stopScripts = Duration.seconds(1)
    /// SCHED_RR's lowest: above every normal thread, below everything of the kernel.
    private static let realtimePriority: Int32 = 1

    /// Opens everything that needs rights.
    init(
        settings: VRRPSettings, tracksProxy: Bool, surroundings: RouterSurroundings,
        mailbox: Mailbox<RouterCommand>, past: RouterPast
    ) throws(Errno) {
        self.settings = settings
        self.tracksProxy = tracksProxy
        self.surroundings = surroundings
        self.mailbox = mailbox
        resuming = past.masters
        wishes = past.wishes
        sequences = past.sequences
        farewells = FarewellRecord(names: settings.instances.map(\.name))
        loop = try Loop()
        monitor = try NetworkMonitor()
        fixedAddresses = AddressHolder(monitor)
        fixedRoutes = RouteHolder(monitor)
        announcer = try Announcer()
        runner = ScriptRunner(loop: loop, launcher: surroundings.launcher)
        health = ProxyHealth(surroundings.health, now: loop.now)
        watches = try WatchThread(
            settings.watched(tracksProxy: tracksProxy),
            report: { mailbox.post(.watched($0)) }, log: surroundings.log)
        try loop.add(mailbox.descriptor, .readable, TokenKind.mailbox.token())
        try loop.add(monitor.descriptor, .readable, TokenKind.network.token())
        for settings in settings.instances { instances.append(makeInstance(settings)) }
        sayWatches()
        openFIFOs()
        watchRoutes()
        lookAtNetwork()
    }

    // MARK: The thread

    /// Runs until it is told to stop and everything is given back.
    func run() {
        LastWords.setRemover(wakeup: mailbox.descriptor)
        defer { LastWords.setRemover(wakeup: -1) }
        takeRights()
        begin()
        while !isDone && !isDying { turn() }
        watches.end()
        dropFixed()
        removeVirtualLinks(except: [])
        publish(force: true)
    }

    private func takeRights() {
        loop.refreshClock()
        if let error = failure({ () throws(Errno) in
            try Privileges.setRealtime(priority: Engine.realtimePriority)
        }) {
            log(.info, "VRRP runs without real-time priority: \(error)")
        }
        // With a launcher nobody starts scripts from here, so nothing else is needed.
        guard surroundings.launcher != nil else { return }
        if let error = failure({ () throws(Errno) in
            try Privileges.setCapabilities(
                Privileges.capabilities.intersection([.netAdmin, .netRaw]))
        }) {
            log(.warning, "VRRP cannot drop rights that it does not need: \(error)")
        }
    }

    private func begin() {
        health = ProxyHealth(surroundings.health, now: loop.now)
        log(.info, "Registering Kernel netlink reflector")
        log(.info, "Registering gratuitous ARP shared channel")
        // A process that goes on for one that died has nothing to wait for; its addresses are on the interfaces.
        if settings.startupDelay > .zero, resuming.isEmpty, wishes.isEmpty {
            startAt = loop.now + settings.startupDelay
            for instance in instances { removeStale(instance) }
        }
        configureChecks()
        watches.begin()
        AddressRecord.save(instances.flatMap { $0.allAddresses.map(\.prefix) })
        holdFixed()
        startFIFOScripts()
        log(.info, "Startup complete")
        updateTrackers()
        if startAt == nil { for instance in instances { start(instance) } }
        publish(force: true)
    }

    private func turn() {
        let wait = deadline.map { max(.zero, $0 - Clock.now()) } ?? HealthBoard.turnLimit
        let count = loop.wait(atMost: min(wait, HealthBoard.turnLimit))
        surroundings.health.report(.vrrp, now: loop.now)
        if LastWords.areSaid { return giveUp() }
        if let end = restEnds, end <= loop.now { resume() }
        for index in 0..<count { dispatch(loop.event(index).token) }
        if let due = startAt, due <= loop.now {
            startAt = nil
            for instance in instances { start(instance) }
        }
        expire()
        updateTrackers()
        sayDoubts()
        publish(force: false)
    }

    private func dispatch(_ token: Token) {
        switch TokenKind(rawValue: token.kind) {
        case .mailbox: for command in mailbox.take() { obey(command) }
        case .network: networkIsReadable()
        case .advertisements: receive(token.number)
        case .script: scriptIsDone(Int(token.number))
        case .claims: claimsAreReadable(token.number)
        case .routes: routesAreReadable()
        case nil: return
        }
    }

    private func expire() {
        if let due = routerDeadline, loop.now - due > Engine.lateness {
            for number in sockets.keys { receive(number) }
        }
        for instance in instances {
            guard let due = instance.router.nextDeadline, due <= loop.now else { continue }
            if !settings.syncGroups.isEmpty { instance.router.mayLead = mayLead(instance) }
            act(instance) { router, now, emit in router.expire(now: now, emit: emit) }
        }
        announcer.sendDue(now: loop.now)
        resumeClaims()
        expireChecks()
        expireWatches()
        expireRoutes()
    }

    private var routerDeadline: Instant? { instances.compactMap(\.router.nextDeadline).min() }

    private var deadline: Instant? {
        [
            routerDeadline, announcer.deadline, claimDeadline, startAt, checkDeadline, stopDeadline,
            restEnds, routesDue,
        ].compactMap { $0 }.min()
    }

    // MARK: Commands

    private func obey(_ command: RouterCommand) {
        switch command {
        case .apply(let new, let tracksProxy):
            guard !isStopping else { return }
            reconfigure(new, tracksProxy: tracksProxy)
        case .stop(let graceful): stop(graceful: graceful)
        case .move(let move, let router, let unlessMaster, let done):
            self.move(move, router: router, unlessMaster: unlessMaster, done: done)
        case .watched(let report): watched = report
        case .scriptEnded(let id, let status):
            if runner.ended(id) { scriptEnded(id, status: status) }
        }
        isDirty = true
    }

    private func stop(graceful: Bool) {
        isStopping = true
        startAt = nil
        for instance in instances { feed(instance, .shutdown(graceful: graceful)) }
    }

    /// All routers stopped, and the scripts that tell of it had their time.
    private var isDone: Bool {
        guard isStopping, instances.allSatisfy({ $0.router.state == .initialize }) else {
            return false
        }
        let deadline = stopDeadline ?? loop.now + Engine.stopScripts
        stopDeadline = deadline
        closeFIFOs()
        let waits = runner.count > runningChecks.count && loop.now < deadline
        if !waits { for id in runningChecks.keys { runner.signal(id, 9) } }
        return !waits
    }

    /// The process is dying; priority 0 has been sent by whoever noticed it.
    private func giveUp() {
        for instance in instances {
            _ = instance.routes.drop()
            _ = instance.holder.drop()
        }
        LastWords.addressesAreRemoved()
        isDying = true
    }

    // MARK: Routers

    func makeInstance(_ settings: VirtualRouterSettings) -> Instance {
        let instance = Instance(
            settings, maximumLearned: self.settings.maxLearnedInterval,
            trackers: settings.trackers(of: self.settings, tracksProxy: tracksProxy),
            monitor: monitor, now: loop.now)
        instance.sequence = sequence(of: instance, after: sequences[settings.name] ?? 0)
        return instance
    }

    /// Peers refuse what is not above what they have heard, also from a guard that is dead, too.
    func sequence(of instance: Instance, after known: UInt64) -> SignatureSequence {
        guard let signature = instance.rules.signature, signature.signer != nil else {
            return SignatureSequence(last: known)
        }
        return SignatureSequence(
            after: known, lead: signature.lead, realtime: Clock.realtime())
    }

    /// A reload that makes another router of the same name does not end its maintenance.
    func keepWish(of instance: Instance) {
        guard let wish = instance.wish,
            settings.instances.contains(where: { $0.name == instance.name })
        else { return }
        wishes[instance.name] = wish
    }

    /// Takes off what a process before this one left on the interfaces; says whether there was anything.
    @discardableResult
    private func removeStale(_ instance: Instance) -> Bool {
        let stale = instance.holder.removeStale(
            instance.allAddresses, defaultInterface: instance.settings.addressInterface,
            record: AddressRecord.load())
        setVirtualLink(instance, isUp: false)
        instance.routes.removeStale(instance.settings.routes, instance.settings.rules)
        if !stale.isEmpty { say(instance, .removingAddresses) }
        return !stale.isEmpty
    }

    /// The first event of a router: after what the last process left has been looked at.
    func start(_ instance: Instance) {
        guard !isStopping, startAt == nil else { return }
        var past = VirtualRouter.Past.none
        if resuming.remove(instance.name) != nil {
            past = .isStillMaster
            instance.holder.adopt(
                instance.allAddresses, defaultInterface: instance.settings.addressInterface)
        } else {
            if removeStale(instance) || farewells.owes(instance.name) { past = .wasMaster }
        }
        if let interface = instance.settings.interface, instance.linkIndex == nil {
            log(
                .warning,
                "(\(instance.name)) interface \(interface) does not exist; waiting for it in FAULT")
        }
        if let wish = wishes.removeValue(forKey: instance.name) {
            log(.notice, "(\(instance.name)) \(wish.words) goes on after a restart")
            instance.wish = wish
            assess(instance)
        }
        instance.hasStarted = true
        feed(instance, .startup(past))
    }

    func feed(_ instance: Instance, _ event: VirtualRouter.Event) {
        act(instance) { router, now, emit in router.handle(event, now: now, emit: emit) }
    }

    private func act(
        _ instance: Instance,
        _ body: (inout VirtualRouter, Instant, (VirtualRouter.Effect) -> Void) -> Void
    ) {
        var effects: [VirtualRouter.Effect] = []
        body(&instance.router, loop.now) { effects.append($0) }
        for effect in effects { perform(effect, of: instance) }
        if !effects.isEmpty { isDirty = true }
        if instance.hasStarted {
            farewells.note(instance.name, mayBeBelieved: instance.router.mayBeBelieved)
        }
        // A new state changes what a wish means: the next packet must find the right priority.
        if instance.wish != nil { assess(instance) }
        if instance.job != nil { finishMove(instance) }
    }

    // MARK: Telling

    func log(_ level: LogLevel, _ text: String) { surroundings.log(level, text) }

    func say(_ instance: Instance, _ message: Message) {
        let level: LogLevel
        switch message.severity {
        case .info: level = .info
        case .notice: level = .notice
        case .warning: level = .warning
        }
        let text = message.text(instance.name)
        log(level, text)
        // The first reason of a FAULT is what the others follow from.
        if case .fault = message, !instance.lastCause.isEmpty { return }
        if message.isCause { instance.lastCause = text }
    }

    func noteChange() { isDirty = true }
    func noteTransition() { isUrgent = true }

    private func publish(force: Bool) {
        renewSignatures()
        guard
            force || isUrgent || isDirty && loop.now - published >= Engine.publishInterval
        else { return }
        published = loop.now
        isDirty = false
        isUrgent = false
        var status = FailoverStatus()
        status.unknownRouters = unknownRouters
        status.instances = instances.map { $0.status(now: loop.now) }
        surroundings.publish(status, instances.compactMap(facts))
    }

    /// What remains of an error; nil when there was none.
    func failure(_ body: () throws(Errno) -> Void) -> Errno? {
        do throws(Errno) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}

extension Message {
    /// Whether it tells why a state changed.
    fileprivate var isCause: Bool {
        switch self {
        case .fault, .advertisementTimeout, .yieldingToHigher, .yieldingToEqual, .resuming,
            .peerTookOver, .noPeerTookOver:
            true
        default: false
        }
    }
}

internal import Configuration
internal import Control
internal import Core
internal import EventLoop
internal import Failover
internal import Linux
internal import Logging
internal import Proxy

/// The process that does the work: builds both modules from a configuration, starts their threads, and is itself the
/// control thread: signals, runtime sockets, reload, the end.
internal final class Service {
    /// How often the control thread shows that it lives, and looks at what drains.
    static let tick = Duration.milliseconds(200)
    /// Longest time that threads may take to end.
    static let stopLimit = Duration.seconds(5)
    /// Longest time that streams have after a drain when the configuration names none.
    static let defaultGrace = Duration.seconds(30)

    let options: Options
    let terminal: Terminal
    let host: any ProcessHost
    let loop: Loop
    let mailbox: Mailbox<ServiceMessage>
    let board = HealthBoard()
    let startedAt: Instant

    var configuration: ServiceConfiguration
    var sockets: [String: [Int32]]
    var generation = 1
    let logs: ServiceLogs
    var modules: Modules?
    /// What `crt-watch` brought and is not in force yet.
    var watched = WatchedFiles()
    private let past: RouterPast

    // The end
    var phase = Phase.running
    var exitStatus: Int32?
    /// The workers have not yet taken all that was waiting at the listeners.
    var isEmptyingListeners = false
    private let tickTimer: TimerWheel.ID
    let deadlineTimer: TimerWheel.ID
    /// Addresses that wait for their connections to end before they move.
    var drains: [AddressDrain] = []
    /// When the log last told of changes that files of patterns refused.
    var patternsTold: Instant?
    /// What the guard has not taken yet of the virtual routers.
    var routerReport = RouterReport()
    /// What is too long for the guard, by virtual router, as it was said.
    var omissions: [String: Set<VirtualRouterRecord.Omission>] = [:]

    /// How far the end has come.
    enum Phase {
        case running
        /// `grace`: serves on as before, until the drain begins.
        case waiting
        /// New connections are refused, or served with `Connection: close`, until none is left.
        case draining
        /// The virtual routers hand their addresses over; the proxy still serves.
        case handingOver(status: Int32)
        case ending(status: Int32)
    }

    /// `sockets`: every listening socket by the key of its plan. `past`: what a process
    /// before this one left.
    init(
        options: Options, terminal: Terminal, host: any ProcessHost,
        configuration: ServiceConfiguration, sockets: [String: [Int32]], past: RouterPast
    ) throws(Errno) {
        self.options = options
        self.terminal = terminal
        self.host = host
        self.configuration = configuration
        self.sockets = sockets
        self.past = past
        loop = try Loop()
        let mailbox = try Mailbox<ServiceMessage>()
        self.mailbox = mailbox
        startedAt = loop.now
        tickTimer = loop.timers.add(owner: Token(kind: ControlKind.tick.rawValue).rawValue)
        deadlineTimer = loop.timers.add(owner: Token(kind: ControlKind.deadline.rawValue).rawValue)
        logs = ServiceLogs(options: options, configuration: configuration) { path in
            mailbox.post(.logLost(path: path))
        }
    }

    /// Runs to the end; returns the exit status.
    func run() -> Int32 {
        do throws(StartFailure) {
            try start()
        } catch {
            terminal.alert(error.message)
            return 1
        }
        while exitStatus == nil {
            for index in 0..<loop.wait(atMost: Service.tick) { dispatch(loop.event(index)) }
            while let token = loop.nextExpired() { timerExpired(token) }
            for event in host.takePending() { handle(event) }
            board.report(.control, now: loop.now)
            modules?.desk.tick(now: loop.now)
        }
        return exitStatus ?? 0
    }

    /// Opens what needs rights, gives the rights up, starts the threads: in this order (docs/architecture.md).
    private func start() throws(StartFailure) {
        let modules = try Modules.open(
            configuration, sockets: sockets, options: options, board: board, logs: logs,
            mailbox: mailbox, past: past, startedAt: startedAt)
        self.modules = modules
        let drop = PrivilegeDrop(configuration.process, keepsNetwork: configuration.vrrp != nil)
        do throws(PrivilegeDrop.Failure) {
            try drop.perform()
        } catch {
            throw StartFailure(message: error.message)
        }
        try modules.startRouter()
        drop.finish()
        try modules.startProxy()
        do throws(Errno) {
            try loop.add(
                mailbox.descriptor, .readable, Token(kind: ControlKind.mailbox.rawValue))
            try modules.runtime.register(in: loop)
        } catch {
            throw StartFailure(message: "cannot start the control thread: \(error)")
        }
        do throws(HostFailure) {
            try host.register(in: loop)
        } catch {
            throw StartFailure(message: error.message)
        }
        loop.timers.arm(tickTimer, at: loop.now + Service.tick)
        host.tell(.ready(generation: generation))
    }

    /// Whether the listeners of the configuration in force are still wanted: a later reload may have brought one back
    /// that an earlier one dropped.
    private var isAccepting: Bool {
        if case .running = phase { true } else { false }
    }

    // MARK: Events

    private func dispatch(_ event: Loop.Event) {
        if modules?.runtime.owns(event.token) == true {
            modules?.runtime.handle(event, in: loop)
            return
        }
        switch ControlKind(rawValue: event.token.kind) {
        case .host: for event in host.take(event) { handle(event) }
        case .mailbox: for message in mailbox.take() { handle(message) }
        case .tick, .deadline, .runtime, nil: break
        }
    }

    private func timerExpired(_ token: Token) {
        if modules?.runtime.owns(token) == true {
            modules?.runtime.timerExpired(token, in: loop)
            return
        }
        switch ControlKind(rawValue: token.kind) {
        case .tick:
            if host.tell(.progress(stalled: board.stalled(now: loop.now))) { repeatRouterReport() }
            logs.system.tick(now: loop.now)
            lookAtWatchedFiles()
            lookAtTheEnd()
            lookAtDrains()
            lookAtPatternFiles()
            loop.timers.arm(tickTimer, at: loop.now + Service.tick)
        case .deadline: deadlineIsOver()
        default: break
        }
    }

    private func handle(_ event: HostEvent) {
        switch event {
        case .configuration(let configuration, let sockets, let generation, let messages):
            apply(configuration, sockets, generation, messages)
        case .reloadFailed(let reason): reloadFailed(reason)
        case .stop(let immediately): stop(immediately: immediately)
        case .drain: drain()
        case .scriptEnded(let id, let status) where id >= CheckLaunch.firstID:
            modules?.health.programEnded(id: id, status: status)
        case .scriptEnded(let id, let status): modules?.router?.scriptEnded(id: id, status: status)
        case .file(let path, let bytes): watched.note(path, bytes)
        case .logSocket(let path, let descriptor): logs.adopt(path: path, descriptor: descriptor)
        case .dump(let kind, let descriptor): dump(kind, to: Descriptor(owning: descriptor))
        case .abandoned:
            logs.system.alert("the guard has died, giving everything up")
            stop(immediately: true)
        }
    }

    private func dump(_ kind: KeepalivedDumpKind, to file: consuming Descriptor) {
        let status = modules?.router?.status() ?? FailoverStatus()
        do throws(Errno) {
            try Files.write(KeepalivedDump(status).text(kind), to: file.number)
        } catch {
            logs.system.warning("cannot write \(kind.path): \(error)")
        }
    }

    private func handle(_ message: ServiceMessage) {
        switch message {
        case .runScript(let launch, let id):
            host.tell(.runScript(id: id, command: launch.command))
        case .runCheck(let launch, let id):
            host.tell(
                .runScript(id: id, command: launch.command, environment: launch.environment))
        case .handOver(let request): handOver(request)
        case .drainCounted(let ticket, let count): drainCounted(ticket, count)
        case .moved(let ticket, let outcome): moved(ticket, outcome)
        case .inspected(let ticket, let reports, let answer):
            modules?.runtime.answer(ticket, answer(reports), in: loop)
        case .killScript(let id, let signal): host.tell(.killScript(id: id, signal: Int(signal)))
        case .changeServers(let change, let ticket): apply(change, ticket)
        case .reloadRequested: host.tell(.reloadRequested)
        case .certificates(let change, let reply, let ticket):
            let problem = apply(change)
            modules?.runtime.answer(ticket, problem.map { "\($0)\n" } ?? reply, in: loop)
        case .logLost(let path): host.tell(.openLog(path: path))
        case .virtualRouters(let names, let changed):
            tellGuard(all: names, changed)
        case .routerStopped: routerStopped()
        case .swapped(let generation, let messages): reloadIsInForce(generation, messages)
        case .released(let keys):
            isEmptyingListeners = false
            host.tell(.released(keys: isAccepting ? keys.filter { sockets[$0] == nil } : keys))
            lookAtTheEnd()
        case .engineStopped: engineStopped()
        }
    }
}

/// Why the process cannot start: a sentence for the terminal.
internal struct StartFailure: Error {
    let message: String
}

internal import Core
internal import EventLoop
internal import Linux
internal import Logging

/// The small process that stays root and outside the chroot, owns the listening sockets, starts the process that
/// does the work, and answers for the service: signals, pidfile, systemd, exit code. See docs/architecture.md.
///
/// It parses no traffic and holds no keys. One thread, one loop.
internal final class Guard {
    /// How often the watchdog looks.
    internal static let tick = Duration.milliseconds(100)
    /// Longest time from the start of a process to READY before the addresses are given up, as after a crash.
    internal static let readyLimit = Duration.seconds(1)
    /// A process that is not ready after this time hangs, and is replaced.
    internal static let startLimit = Duration.seconds(10)
    /// Longest time that a process may take to end after TERM or INT, beside the longest advertisement interval of its
    /// virtual routers.
    internal static let stopLimit = Duration.seconds(15)
    /// Longest time that the files of a reload may take to load.
    internal static let loadLimit = Duration.seconds(30)

    internal enum Kind: UInt8 { case signals = 1, process, loader, tick, restart }

    internal let options: Options
    internal let terminal: Terminal
    internal let notifier: SystemdNotifier?
    internal let whenReady: @Sendable () -> Void
    internal let loop: Loop
    internal let programPath: String
    internal let programName: String

    // The configuration that is current: what every new process starts with.
    internal var generation = 1
    internal var bundle: Int32
    internal var permissions: GuardPermissions
    internal var scriptRights: ScriptRights
    internal var listeners: ListenerStore
    internal var currentKeys: [String]
    internal let workers: Int

    // The process
    internal var process: Int32 = -1
    internal var channel: GuardChannel?
    internal var isReady = false
    internal var wasEverReady = false
    internal var startedAt: Instant
    internal var watchdog = Watchdog()
    internal var deaths = DeathRecord()
    internal let keeper: AddressKeeper
    /// What has come of a long message of the process.
    internal var parts = MessageParts()
    internal var reload: Reload?
    internal var reloadIsWanted = false
    internal var scripts = ScriptChildren()
    internal var watch = FileWatch()

    // The end
    internal var exitStatus: Int32?
    internal var isDraining = false
    internal var announcedStatus: Int32?
    private let tickTimer: TimerWheel.ID
    internal let restartTimer: TimerWheel.ID
    private var stopDeadline: Instant?

    /// `first`: what the launcher loaded; its sockets are open. `whenReady` is called once.
    init(
        options: Options, terminal: Terminal, programName: String, first: FirstLoad,
        whenReady: @escaping @Sendable () -> Void
    ) throws(Errno) {
        self.whenReady = whenReady
        self.options = options
        var terminal = terminal
        terminal.log = first.log
        self.terminal = terminal
        self.programName = programName
        // The program that runs, even where an upgrade has replaced its file: another version may not understand us.
        programPath = Host.executablePath == nil ? programName : "/proc/self/exe"
        notifier = options.notifiesSystemd ? SystemdNotifier() : nil
        bundle = first.bundle
        permissions = first.permissions
        scriptRights = ScriptRights(first.permissions)
        listeners = first.listeners
        currentKeys = first.listeners.keys
        workers = first.workers
        keeper = AddressKeeper(terminal: terminal)
        loop = try Loop()
        startedAt = loop.now
        tickTimer = loop.timers.add(owner: Token(kind: Kind.tick.rawValue).rawValue)
        restartTimer = loop.timers.add(owner: Token(kind: Kind.restart.rawValue).rawValue)
    }

    /// Runs until the service ends; returns its exit status.
    func run() -> Int32 {
        do throws(Errno) {
            let signals = try Processes.signalDescriptor([
                Signals.terminate, Signals.interrupt, Signals.hangUp, Signals.user1, Signals.user2,
                Signals.dumpJSON, Signals.childEnded,
            ])
            try loop.add(signals, .readable, Token(kind: Kind.signals.rawValue))
            loop.timers.arm(tickTimer, at: loop.now + Guard.tick)
            startProcess()
            while exitStatus == nil {
                for index in 0..<loop.wait() { dispatch(loop.event(index), signals) }
                while let token = loop.nextExpired() { timerExpired(token) }
            }
        } catch {
            terminal.alert("guard: \(error)")
            exitStatus = 1
        }
        listeners.removeFiles()
        return exitStatus ?? 1
    }

    private func dispatch(_ event: Loop.Event, _ signals: Int32) {
        switch Kind(rawValue: event.token.kind) {
        case .signals:
            while let signal = Processes.nextSignal(signals) { handle(signal: signal) }
        case .process:
            // A message of an earlier process died with its channel.
            if event.token.number == UInt32(truncatingIfNeeded: process) { readProcess() }
        case .loader: readLoader()
        case .tick, .restart, nil: break
        }
    }

    /// A silent process is replaced when its time is over, and not up to a tick later.
    private var nextTick: Instant {
        let usual = loop.now + Guard.tick
        guard process > 0, let deadline = watchdog.deadline, deadline > loop.now else {
            return usual
        }
        return min(usual, deadline)
    }

    private func timerExpired(_ token: Token) {
        switch Kind(rawValue: token.kind) {
        case .tick:
            tickNow()
            loop.timers.arm(tickTimer, at: nextTick)
        case .restart: startProcess()
        default: break
        }
    }

    private func tickNow() {
        let now = loop.now
        terminal.log?.tick(now: now)
        scripts.killOverdue(now: now)
        if process > 0, watchdog.tick(now: now, interval: Guard.tick) {
            terminal.alert("process \(process) makes no progress, killing it")
            Processes.signal(process, Signals.kill)
            watchdog.reset()
        }
        let hangsAtStart = !isReady && now - startedAt > Guard.startLimit
        if process > 0, hangsAtStart || (stopDeadline ?? .distantFuture) <= now {
            let problem = hangsAtStart ? "hangs at its start" : "does not end"
            terminal.alert("process \(process) \(problem), killing it")
            Processes.signal(process, Signals.kill)
            stopDeadline = nil
        }
        if isReady {
            if now - startedAt > DeathRecord.window { deaths.forget(before: now) }
        } else if wasEverReady, exitStatus == nil {
            if now - startedAt <= Guard.readyLimit {
                keeper.advertise(now: now)
            } else {
                keeper.resign(because: "the process does not come back")
            }
        }
        if isReady { lookAtFiles(now: now) }
        if let reload, now - reload.startedAt > Guard.loadLimit {
            endReload(failure: "reading the configuration took longer than \(Guard.loadLimit)")
        }
    }

    // MARK: Signals

    private func handle(signal: Int32) {
        switch signal {
        case Signals.childEnded:
            while let (pid, ending) = Processes.reapAny() { childEnded(pid, ending) }
        case _ where options.personality == .keepalived && signal != Signals.hangUp:
            guard let kind = KeepalivedDumpKind(signal: signal) else { return end(signal: signal) }
            do throws(Errno) {
                let file = try kind.open()
                tell(.dump(kind: kind.rawValue), descriptors: [file.number])
            } catch {
                terminal.warning("cannot write \(kind.path): \(error)")
            }
        case Signals.hangUp, Signals.user2: startReload()
        case Signals.user1: drain()
        default: end(signal: signal)
        }
    }

    private func end(signal: Int32) {
        switch signal {
        case Signals.terminate: stop(immediately: false, status: 0)
        case Signals.interrupt: stop(immediately: true, status: 130)
        default: break
        }
    }

    /// The process says when its listeners are not needed any more; it is not replaced when it ends.
    private func drain() {
        isDraining = true
        tell(.drain)
    }

    private func stop(immediately: Bool, status: Int32) {
        notifier?.stopping()
        announcedStatus = status
        stopDeadline = loop.now + Guard.stopLimit + (immediately ? .zero : keeper.longestInterval)
        if process > 0 {
            tell(.stop(immediately: immediately))
        } else {
            keeper.resign(because: "the service stops")
            exitStatus = status
        }
    }

    private func childEnded(_ pid: Int32, _ ending: Processes.Ending) {
        if pid == process {
            processEnded(ending)
        } else if pid == reload?.loader {
            loaderEnded(ending)
        } else if let id = scripts.ended(pid) {
            tell(.scriptEnded(id: id, status: ending.shellStatus))
        }
    }
}

extension Processes.Ending {
    /// The number that a shell reports: the exit status, or 128 + signal.
    internal var shellStatus: Int {
        switch self {
        case .exited(let status): Int(status)
        case .killed(let signal): 128 + Int(signal)
        }
    }
}

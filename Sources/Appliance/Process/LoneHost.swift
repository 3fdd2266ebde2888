internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Synchronization

/// The host of a process without a guard: the process itself. It keeps the rights that it was started with, so it
/// reads files, opens sockets and starts scripts by itself; files are read on a thread of their own, because names
/// may take long to resolve.
internal final class LoneHost: ProcessHost {
    private enum Source: UInt32 { case signals, mailbox }

    private let options: Options
    private let terminal: Terminal
    private let notifier: SystemdNotifier?
    private let whenReady: @Sendable () -> Void
    private let workers: Int
    private var listeners: ListenerStore
    private var generation = 1
    private var isLoading = false
    private var loadsAgain = false
    private var newKeys: [String] = []
    private var pending: [HostEvent] = []
    private var scripts = ScriptChildren()
    private var scriptRights: ScriptRights
    private var watch = FileWatch()
    private let signals: Int32
    private let loads: Mailbox<Loaded>

    private struct Loaded: Sendable {
        let configuration: ServiceConfiguration?
        let messages: String
    }

    init(
        options: Options, terminal: Terminal, configuration: ServiceConfiguration,
        listeners: ListenerStore, workers: Int, whenReady: @escaping @Sendable () -> Void
    ) throws(Errno) {
        self.options = options
        self.terminal = terminal
        self.listeners = listeners
        self.workers = workers
        self.whenReady = whenReady
        scriptRights = ScriptRights(GuardPermissions(configuration))
        notifier = options.notifiesSystemd ? SystemdNotifier() : nil
        loads = try Mailbox()
        // Blocked before any thread exists, so that no other one gets them.
        signals = try Processes.signalDescriptor([
            Signals.terminate, Signals.interrupt, Signals.hangUp, Signals.user1, Signals.user2,
            Signals.dumpJSON, Signals.childEnded,
        ])
    }

    var sockets: [String: [Int32]] { listeners.sockets }

    func register(in loop: Loop) throws(HostFailure) {
        do throws(Errno) {
            let kind = ControlKind.host.rawValue
            try loop.add(signals, .readable, Token(kind: kind, number: Source.signals.rawValue))
            try loop.add(
                loads.descriptor, .readable, Token(kind: kind, number: Source.mailbox.rawValue))
        } catch {
            throw HostFailure(message: "cannot wait for signals: \(error)")
        }
    }

    func take(_ event: Loop.Event) -> [HostEvent] {
        switch Source(rawValue: event.token.number) {
        case .signals:
            var events: [HostEvent] = []
            while let signal = Processes.nextSignal(signals) { events += handle(signal: signal) }
            return events
        case .mailbox: return loads.take().flatMap(finishLoad)
        case nil: return []
        }
    }

    func takePending() -> [HostEvent] {
        defer { pending = [] }
        return pending
    }

    @discardableResult
    func tell(_ message: ProcessMessage) -> Bool {
        switch message {
        case .ready(let ready):
            if ready == 1 {
                watch.begin(scriptRights.current)
                notifier?.ready()
                whenReady()
            } else {
                endReload(worked: true)
            }
        case .refused(_, let reason):
            endReload(worked: false)
            pending.append(.reloadFailed(reason))
        case .released(let keys): for key in keys { listeners.close(key) }
        case .reloadRequested: startLoad()
        case .runScript(let id, let command, let environment):
            let script = scriptRights.script(
                for: command, environment: environment, coming: nil, now: Clock.now())
            var isStarted = false
            if let script, let environment = script.environment(environment) {
                isStarted = scripts.start(
                    id: id, command: command, script, environment: environment)
            }
            let status = script?.statusWithoutStart ?? 127
            if !isStarted { pending.append(.scriptEnded(id: id, status: status)) }
        case .killScript(let id, let signal):
            scripts.signal(id: id, Int32(clamping: signal), now: Clock.now())
        case .openLog(let path): openLog(path)
        case .stopping:
            notifier?.stopping()
            scripts.endAll(now: Clock.now())
            listeners.removeFiles()
        case .progress(let stalled):
            scripts.killOverdue(now: Clock.now())
            if !stalled.isEmpty {
                terminal.warning("no progress: \(stalled.joined(separator: ", "))")
            }
            for path in watch.changed(now: Clock.now()) {
                guard let bytes = try? Files.read(path) else { continue }
                pending.append(.file(path: path, bytes: bytes))
            }
        // `CLinux/fatal.c` answers for them when we die.
        case .virtualRouter, .virtualRouterNames, .part: break
        }
        return true
    }

    private func handle(signal: Int32) -> [HostEvent] {
        switch signal {
        case Signals.childEnded:
            var events: [HostEvent] = []
            while let (pid, ending) = Processes.reapAny() {
                if let id = scripts.ended(pid) {
                    events.append(.scriptEnded(id: id, status: ending.shellStatus))
                }
            }
            return events
        case Signals.user1 where options.personality == .keepalived,
            Signals.user2 where options.personality == .keepalived,
            Signals.dumpJSON where options.personality == .keepalived:
            return dump(signal)
        case Signals.hangUp, Signals.user2:
            startLoad()
            return []
        case Signals.user1: return [.drain]
        case Signals.terminate: return [.stop(immediately: false)]
        case Signals.interrupt: return [.stop(immediately: true)]
        default: return []
        }
    }

    private func dump(_ signal: Int32) -> [HostEvent] {
        guard let kind = KeepalivedDumpKind(signal: signal) else { return [] }
        do throws(Errno) {
            return [.dump(kind, descriptor: try kind.open().release())]
        } catch {
            terminal.warning("cannot write \(kind.path): \(error)")
            return []
        }
    }

    // MARK: Reload

    private func startLoad() {
        guard !isLoading else {
            loadsAgain = true
            return
        }
        isLoading = true
        notifier?.reloading()
        let (options, loads) = (options, loads)
        do throws(Errno) {
            try Threads.start(name: "loader") {
                let outcome = ConfigurationLoad(options: options).read(with: .system())
                loads.post(
                    Loaded(configuration: outcome.configuration, messages: outcome.messages))
            }
        } catch {
            isLoading = false
            pending.append(.reloadFailed("cannot start a thread: \(error)"))
        }
    }

    private func finishLoad(_ loaded: Loaded) -> [HostEvent] {
        isLoading = false
        if !loaded.messages.isEmpty { terminal.error(loaded.messages) }
        defer {
            if loadsAgain {
                loadsAgain = false
                startLoad()
            }
        }
        guard let configuration = loaded.configuration else {
            notifier?.ready(status: "Reload failed, the old configuration stays.")
            return [.reloadFailed(loaded.messages)]
        }
        let plan = ListenerPlan(configuration, withOwnSocket: true)
        switch listeners.open(plan, configuration, workers: workers) {
        case .failure(let failure):
            notifier?.ready(status: "Reload failed, the old configuration stays.")
            return [.reloadFailed(failure.message)]
        case .success(let opened): newKeys = opened
        }
        generation += 1
        let permissions = GuardPermissions(configuration)
        scriptRights.replace(with: permissions, now: Clock.now())
        watch.begin(permissions)
        return [
            .configuration(
                configuration, sockets: listeners.sockets, generation: generation,
                messages: loaded.messages)
        ]
    }

    private func endReload(worked: Bool) {
        if !worked { for key in newKeys { listeners.close(key) } }
        newKeys = []
        notifier?.ready(status: worked ? "Ready." : "Reload failed, the old configuration stays.")
    }

    private func openLog(_ path: String) {
        let address = SocketAddress.unix(path)
        guard let socket = try? Socket(.datagram, for: address), socket.connect(to: address) == nil
        else {
            pending.append(.logSocket(path: path, descriptor: -1))
            return
        }
        pending.append(.logSocket(path: path, descriptor: socket.release()))
    }
}

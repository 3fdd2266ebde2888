package import Configuration
internal import Core
package import EventLoop
package import Linux
internal import Synchronization

/// The VRRP half of the process: a thread of its own that waits for none of the others. Any thread may call.
///
///     let router = try Router(settings: vrrp, tracksProxy: true, health: board, log: log)
///     try router.open()      // while root
///     try router.start()     // after the drop of privileges
package final class Router: Sendable {
    private struct State {
        var settings: VRRPSettings
        var tracksProxy: Bool
        var status = FailoverStatus()
        var facts: [RouterFacts] = []
        var opened: Handover?
        var isRunning = false
        var completions: [@Sendable () -> Void] = []
    }

    /// Carries the engine from the thread that opens to the thread that runs; one of them has it at a time.
    private final class Handover: @unchecked Sendable {
        let engine: Engine
        init(_ engine: Engine) { self.engine = engine }
    }

    private let state: Mutex<State>
    private let mailbox: Mailbox<RouterCommand>
    private let health: HealthBoard
    private let log: RouterLog
    private let launcher: (any ScriptLauncher)?
    private let factsChanged: FactsChanged

    /// What a guard knows is out of date: all names, where these have changed, and what has changed.
    package typealias FactsChanged = @Sendable (_ names: [String]?, [RouterFacts]) -> Void

    /// `tracksProxy`: the process has a proxy section, whose health counts. `launcher`: who starts scripts;
    /// nil: the thread itself. `factsChanged` is called from the thread when what a guard knows is out of date.
    package init(
        settings: VRRPSettings, tracksProxy: Bool, health: HealthBoard, log: @escaping RouterLog,
        launcher: (any ScriptLauncher)? = nil,
        factsChanged: @escaping FactsChanged = { _, _ in }
    ) throws(Errno) {
        state = Mutex(State(settings: settings, tracksProxy: tracksProxy))
        mailbox = try Mailbox()
        self.health = health
        self.log = log
        self.launcher = launcher
        self.factsChanged = factsChanged
    }

    /// Opens raw, packet and netlink sockets: needs CAP_NET_RAW, later CAP_NET_ADMIN.
    package func open(_ past: RouterPast = RouterPast()) throws(Errno) {
        let (settings, tracksProxy) = state.withLock { ($0.settings, $0.tracksProxy) }
        let surroundings = RouterSurroundings(
            health: health, log: log, launcher: launcher,
            publish: { [weak self] status, facts in self?.publish(status, facts) })
        let engine = try Engine(
            settings: settings, tracksProxy: tracksProxy, surroundings: surroundings,
            mailbox: mailbox, past: past)
        // Without it a lost backend would wait for the next timer, up to `HealthBoard.turnLimit`.
        health.observe { [mailbox] in mailbox.wake() }
        let handover = Handover(engine)
        state.withLock { $0.opened = handover }
    }

    /// Starts the thread, which keeps the calling thread's capabilities as far as it needs them.
    package func start() throws(Errno) {
        let opened = state.withLock { state in
            defer { state.opened = nil }
            state.isRunning = state.opened != nil
            return state.opened
        }
        guard let opened else { preconditionFailure("open comes before start, and start once") }
        try Threads.start(name: "vrrp") { [self] in
            opened.engine.run()
            end()
        }
    }

    /// New settings; routers whose settings did not change see nothing.
    package func apply(_ settings: VRRPSettings, tracksProxy: Bool) {
        state.withLock {
            $0.settings = settings
            $0.tracksProxy = tracksProxy
        }
        mailbox.post(.apply(settings, tracksProxy: tracksProxy))
    }

    /// Priority 0 and, `graceful`, the addresses only when a peer advertises or its time is over. `completion`
    /// is called when the thread has ended; at once when it does not run.
    package func requestStop(graceful: Bool, completion: @escaping @Sendable () -> Void) {
        let isRunning = state.withLock { state in
            if state.isRunning { state.completions.append(completion) }
            return state.isRunning
        }
        if isRunning { mailbox.post(.stop(graceful: graceful)) } else { completion() }
    }

    /// Asks one virtual router, or all, to be master or not. `done` is called on the vrrp thread, or at once
    /// when it does not run. `unlessMaster`: nothing is done if one of them has become master meanwhile.
    package func move(
        _ move: RouterMove, router: String?, unlessMaster: Bool = false,
        done: @escaping @Sendable (RouterMoveOutcome) -> Void
    ) {
        guard state.withLock({ $0.isRunning }) else {
            var outcome = RouterMoveOutcome()
            outcome.succeeded = false
            done(outcome)
            return
        }
        mailbox.post(.move(move, router: router, unlessMaster: unlessMaster, done: done))
    }

    /// A script that the launcher started has ended: exit status, or 128 and the signal.
    package func scriptEnded(id: Int, status: Int) {
        mailbox.post(.scriptEnded(id: id, status: status))
    }

    /// How things stand; at most 0.1 s old.
    package func status() -> FailoverStatus { state.withLock { $0.status } }

    /// What a guard has to know.
    package func facts() -> [RouterFacts] { state.withLock { $0.facts } }

    private func publish(_ status: FailoverStatus, _ facts: [RouterFacts]) {
        let before = state.withLock { state in
            defer {
                state.status = status
                state.facts = facts
            }
            return state.facts
        }
        let names = facts.map(\.name)
        let sameNames = names == before.map(\.name)
        var changed: [RouterFacts] = []
        for (index, fact) in facts.enumerated() {
            let old = sameNames ? before[index] : before.first { $0.name == fact.name }
            if old != fact { changed.append(fact) }
        }
        if !sameNames || !changed.isEmpty { factsChanged(sameNames ? nil : names, changed) }
    }

    private func end() {
        let completions = state.withLock { state in
            defer { state.completions = [] }
            state.isRunning = false
            return state.completions
        }
        for completion in completions { completion() }
    }
}

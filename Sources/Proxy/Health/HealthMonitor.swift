internal import Checking
package import Configuration
internal import Core
package import EventLoop
internal import HTTP
package import Linux
package import Logging
internal import Synchronization

/// Checks the servers, on a thread and an event loop of its own, so that a busy worker cannot fake a DOWN.
package final class HealthMonitor: Sendable {
    private enum Message: Sendable {
        case apply(Snapshot)
        case refresh(ServerReference)
        case observed(CheckVerdict, ServerReference, Snapshot)
        case programEnded(id: Int, status: Int)
        case stop
    }

    private let transitions: ServerTransitions
    private let board: HealthBoard
    private let log: SystemLog
    private let launcher: (any CheckLauncher)?
    private let mailbox: Mailbox<Message>
    private let current: Mutex<Snapshot>

    /// `stateChanged` gets the index of a proxy of the latest snapshot whose servers changed; on any thread, and it must not
    /// wait. `endSessions` cuts the sessions of a server; the same holds for it.
    package init(
        snapshot: Snapshot, board: HealthBoard, log: SystemLog,
        launcher: (any CheckLauncher)? = nil,
        stateChanged: @escaping @Sendable (Int) -> Void,
        endSessions: @escaping @Sendable (ServerState, SessionEnd) -> Void = { _, _ in }
    ) throws(Errno) {
        self.launcher = launcher
        self.board = board
        self.log = log
        current = Mutex(snapshot)
        mailbox = try Mailbox()
        transitions = ServerTransitions(
            snapshot: snapshot, board: board, log: log, stateChanged: stateChanged,
            endSessions: endSessions, now: Clock.now())
    }

    /// Starts the thread.
    package func start() throws(Errno) {
        let loop = try Loop()
        try loop.add(mailbox.descriptor, .readable, Token(kind: HealthLoop.Kind.mailbox))
        let start = Handover(loop)
        try Threads.start(name: "dyad-health") {
            guard let loop = start.take() else { return }
            self.run(loop)
        }
    }

    /// After a reload. Checks of servers that stay go on as if nothing had happened.
    package func apply(_ snapshot: Snapshot) {
        transitions.adopt(snapshot, now: Clock.now())
        current.withLock { $0 = snapshot }
        mailbox.post(.apply(snapshot))
    }

    /// What an operator wants of a server; done when this returns. The caller has checked that it makes sense.
    package func apply(
        _ change: ServerChange, to server: ServerReference, in snapshot: Snapshot
    ) {
        transitions.apply(change, to: server, in: snapshot, now: Clock.now())
        mailbox.post(.refresh(server))
    }

    /// Looks at a server again after its state was changed elsewhere.
    package func refresh(proxy: Int, server: Int) {
        mailbox.post(.refresh(ServerReference(proxy: proxy, server: server)))
    }

    /// Traffic of a server failed as often in a row as its `error-limit` says; `last`: how the last failure is called.
    package func observed(
        _ count: Int, last: String, server: ServerReference, in snapshot: Snapshot
    ) {
        let text = "Detected \(count) consecutive errors, last one was: \(last)"
        mailbox.post(.observed(CheckVerdict(.analysis, text: text), server, snapshot))
    }

    /// A program that the launcher started has ended: its exit status, or 128 and a signal's number.
    package func programEnded(id: Int, status: Int) {
        mailbox.post(.programEnded(id: id, status: status))
    }

    /// Ends the thread soon; states stay as they are.
    package func stop() { mailbox.post(.stop) }

    // MARK: The thread

    private func run(_ loop: Loop) {
        let checks = HealthLoop(
            loop: loop, snapshot: current.withLock { $0 }, transitions: transitions, log: log,
            launcher: launcher)
        var nextTick = loop.now
        while true {
            let count = loop.wait(atMost: HealthBoard.turnLimit)
            var hasMail = false
            for index in 0..<count {
                let event = loop.event(index)
                if event.token.kind == HealthLoop.Kind.mailbox {
                    hasMail = true
                } else {
                    checks.handle(event)
                }
            }
            while let token = loop.nextExpired() { checks.timerExpired(token) }
            // Before the mail: a new snapshot has other indexes.
            transitions.tell(checks.takeChangedProxies(), of: checks.snapshot)
            if hasMail, !readMail(into: checks) { break }
            transitions.tell(checks.takeChangedProxies(), of: checks.snapshot)
            board.report(.health, now: loop.now)
            if loop.now >= nextTick {
                nextTick = loop.now + HealthBoard.turnLimit
                log.tick(now: loop.now)
            }
        }
        checks.end()
    }

    private func readMail(into checks: HealthLoop) -> Bool {
        for message in mailbox.take() {
            switch message {
            case .apply(let snapshot): checks.apply(snapshot)
            case .refresh(let server): checks.refresh(server)
            case .observed(let verdict, let server, let snapshot):
                checks.observed(verdict, server, in: snapshot)
            case .programEnded(let id, let status): checks.programEnded(id: id, status: status)
            case .stop: return false
            }
        }
        return true
    }
}

/// Carries a loop into its thread; taken once.
private final class Handover: @unchecked Sendable {
    private var loop: Loop?

    init(_ loop: Loop) { self.loop = loop }

    func take() -> Loop? {
        defer { loop = nil }
        return loop
    }
}

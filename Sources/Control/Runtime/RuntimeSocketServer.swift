package import Configuration
internal import Core
package import EventLoop
package import Linux

/// The runtime sockets: accepts clients, reads their commands, answers. Lives on the control thread
/// and never waits for a client: what cannot be sent now waits in a bounded buffer, and long
/// replies are made while they are read.
package final class RuntimeSocketServer {
    /// A socket that listens already. Who opened it closes it.
    package struct Listener: Sendable {
        package let descriptor: Int32
        package let settings: RuntimeSocketSettings

        package init(descriptor: Int32, settings: RuntimeSocketSettings) {
            self.descriptor = descriptor
            self.settings = settings
        }
    }

    private var listeners: [Listener]
    private let control: any ServiceControl
    private let listenerKind: UInt8
    private let sessionKind: UInt8
    private var sessions = Table<RuntimeSession>(limit: RuntimeLimits.clients)
    private var scratch = [UInt8](repeating: 0, count: RuntimeLimits.readBytes)
    private var accepts = true
    /// Armed while accepting pauses because the process has no descriptor left.
    private var acceptRetry = TimerWheel.ID.none
    /// `stats timeout`: for sessions that begin from now on.
    package var timeout: Duration
    /// `tune.cli.max-payload-size`: the same.
    package var payloadLimit = RuntimeLimits.payloadBytes

    /// `tokenKind`: the events of listeners; those of clients have the next number.
    package init(
        listeners: [Listener], control: any ServiceControl, timeout: Duration, tokenKind: UInt8
    ) {
        self.listeners = listeners
        self.control = control
        self.timeout = timeout
        listenerKind = tokenKind
        sessionKind = tokenKind + 1
    }

    /// Whether an event or a timer of the loop is for this server.
    package func owns(_ token: Token) -> Bool {
        token.kind == listenerKind || token.kind == sessionKind
    }

    /// Clients now.
    package var clients: Int { sessions.count }

    // MARK: Listeners

    package func register(in loop: Loop) throws(Errno) {
        for (index, listener) in listeners.enumerated() {
            try Descriptors.setNonBlocking(listener.descriptor)
            try loop.add(listener.descriptor, .readable, listenerToken(index))
        }
        if acceptRetry == .none {
            acceptRetry = loop.timers.add(owner: Token(kind: listenerKind).rawValue)
        }
    }

    /// After a reload. Listeners that stay keep their descriptors; clients stay in any case.
    package func replaceListeners(_ new: [Listener], in loop: Loop) throws(Errno) {
        for listener in listeners where accepts { loop.remove(listener.descriptor) }
        listeners = new
        accepts = true
        try register(in: loop)
    }

    private func listenerToken(_ index: Int) -> Token {
        Token(kind: listenerKind, number: UInt32(clamping: index))
    }

    /// Accepting stops while every place is taken, so that waiting clients cost no turns.
    private func setAccepting(_ accepting: Bool, in loop: Loop) {
        guard accepting != accepts else { return }
        accepts = accepting
        for (index, listener) in listeners.enumerated() {
            if accepting {
                // It was registered before, so this fails only without memory; the next client
                // tries again.
                try? loop.add(listener.descriptor, .readable, listenerToken(index))
            } else {
                loop.remove(listener.descriptor)
            }
        }
    }

    // MARK: Events

    package func handle(_ event: Loop.Event, in loop: Loop) {
        if event.token.kind == listenerKind {
            accept(Int(event.token.number), in: loop)
        } else if let session = sessions[event.token.handle] {
            let mustRead = !event.readiness.isDisjoint(with: [.readable, .hungUp, .failed])
            if mustRead && !session.receive(into: &scratch) { return close(session, in: loop) }
            // Nobody listens and nothing was read: the answer that is awaited has no reader.
            if event.readiness.contains(.hungUp) && session.interest.isEmpty {
                return close(session, in: loop)
            }
            advance(session, in: loop)
        }
    }

    package func timerExpired(_ token: Token, in loop: Loop) {
        if token.kind == listenerKind { return setAccepting(true, in: loop) }
        guard let session = sessions[token.handle] else { return }
        if session.timeOut() { advance(session, in: loop) } else { close(session, in: loop) }
    }

    /// The answer to a command that took its time, `text` with its line ends.
    package func answer(_ ticket: CommandTicket, _ text: String, in loop: Loop) {
        guard let session = sessions[ticket.session] else { return }
        session.answer(ticket, text)
        advance(session, in: loop)
    }

    /// A part of that answer: what is going on meanwhile. The client's patience begins anew.
    package func tell(_ ticket: CommandTicket, _ text: String, in loop: Loop) {
        guard let session = sessions[ticket.session] else { return }
        session.tell(ticket, text)
        advance(session, in: loop)
    }

    /// Ends every session, for the end of the process.
    package func closeAll(in loop: Loop) {
        var all: [RuntimeSession] = []
        sessions.forEach { all.append($0) }
        for session in all { close(session, in: loop) }
    }

    // MARK: Sessions

    private func accept(_ index: Int, in loop: Loop) {
        guard listeners.indices.contains(index) else { return }
        let listener = listeners[index]
        for _ in 0..<RuntimeLimits.acceptsPerTurn {
            guard sessions.count < RuntimeLimits.clients else {
                return setAccepting(false, in: loop)
            }
            let descriptor: Int32
            switch Sockets.accept(listener.descriptor) {
            case .connection(let accepted, _): descriptor = accepted
            case .wouldBlock: return
            case .failed(.tooManyDescriptors), .failed(.tooManyDescriptorsInSystem),
                .failed(.noMemory), .failed(.noBuffers):
                // The client stays in the backlog; asking again at once would only spin.
                setAccepting(false, in: loop)
                return loop.timers.arm(acceptRetry, at: loop.now + RuntimeLimits.acceptPause)
            case .failed: continue
            }
            begin(Socket(owning: descriptor), listener.settings, in: loop)
        }
    }

    private func begin(
        _ socket: consuming Socket, _ settings: RuntimeSocketSettings, in loop: Loop
    ) {
        var socket = Optional(socket)
        let session = sessions.insert { handle in
            let token = Token(kind: sessionKind, handle)
            guard let socket = socket.take() else { preconditionFailure("called once") }
            return RuntimeSession(
                socket, handle: handle, timer: loop.timers.add(owner: token.rawValue),
                settings: settings, sockets: listeners.map(\.settings), timeout: timeout,
                payloadLimit: payloadLimit)
        }
        guard let session else { return }
        do {
            let token = Token(kind: sessionKind, session.handle)
            try loop.add(session.socket.number, session.interest, token)
        } catch {
            return close(session, in: loop)
        }
        loop.timers.arm(session.timer, at: loop.now + session.patience)
    }

    private func advance(_ session: RuntimeSession, in loop: Loop) {
        let interest: Readiness
        switch session.advance(control, now: loop.now) {
        case .close: return close(session, in: loop)
        case .goOn: interest = .writable
        case .wait(let readiness): interest = readiness
        }
        if interest != session.interest {
            let token = Token(kind: sessionKind, session.handle)
            do {
                try loop.modify(session.socket.number, interest, token)
            } catch {
                return close(session, in: loop)
            }
            session.interest = interest
        }
        loop.timers.arm(session.timer, at: loop.now + session.patience)
    }

    private func close(_ session: RuntimeSession, in loop: Loop) {
        loop.remove(session.socket.number)
        loop.timers.remove(session.timer)
        session.timer = .none
        sessions.remove(session.handle)
        setAccepting(true, in: loop)
    }
}

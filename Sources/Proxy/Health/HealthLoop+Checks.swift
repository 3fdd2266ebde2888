internal import Checking
internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux
internal import TLS

/// One check from its start to its verdict.
extension HealthLoop {
    /// The time for a check has come.
    func begin(_ check: ServerCheck) {
        // Agents are asked in maintenance, too: they may end it.
        let isPaused =
            !check.isAgent && !check.state.administration.isDisjoint(with: .maintenance)
        guard check.isEnabled, !isPaused, check.state.address != nil else {
            armNext(check, after: check.settings.interval)
            return
        }
        if !check.isAgent, let program = check.proxy.check.program {
            return beginProgram(check, program)
        }
        check.setRunning(true)
        let settings = check.proxy.check
        let script = check.script
        var conversation = CheckConversation(
            script,
            acceptsNotFound: settings.disablesOn404 && check.state.operation != .stopped,
            serverState: settings.sendsState && !check.isAgent ? stateHeader(check) : nil,
            samples: script.usesSamples ? samples : nil,
            processVariables: script.usesSamples ? check.snapshot.variables : nil,
            realtime: script.usesSamples ? Clock.realtime() : 0)
        let next = conversation.begin()
        check.conversation = conversation
        check.startedAt = loop.now
        loop.timers.arm(
            check.timer,
            at: loop.now + CheckSchedule.connectLimit(check.settings, check.proxy.timeouts))
        proceed(check, next)
    }

    func socketIsReady(_ check: ServerCheck, _ readiness: Readiness) {
        guard var conversation = check.conversation, check.socket >= 0 else { return }
        guard check.isConnecting else {
            if check.tls.isOn { check.noteEvent() }
            if check.isSecuring { secure(check) } else { resume(check) }
            return
        }
        let hasFailed = !readiness.isDisjoint(with: [.failed, .hungUp])
        guard hasFailed || readiness.contains(.writable) else { return }
        let error = hasFailed ? Sockets.takeError(check.socket) : nil
        check.isConnecting = false
        if let error, error != .connectionReset || conversation.endsWithConnection {
            finish(check, conversation.failed(error.sentence))
            return
        }
        if error == nil, !sendProxyHeader(check) {
            finish(check, conversation.failed(Errno.connectionReset.description))
            return
        }
        if error == nil, check.connectsWithTLS {
            armCheckLimit(check)
            beginSecuring(check)
            return
        }
        let next = conversation.connected()
        check.conversation = conversation
        if let error {
            // The server took the connection and broke it at once.
            finish(check, conversation.failed(error.sentence))
            return
        }
        armCheckLimit(check)
        proceed(check, next)
    }

    /// From now on `timeout check` counts.
    private func armCheckLimit(_ check: ServerCheck) {
        guard let limit = check.proxy.timeouts.check else { return }
        loop.timers.arm(check.timer, at: loop.now + limit)
    }

    /// Tells a server that expects a PROXY header that the connection is about nobody but us. False: it broke.
    private func sendProxyHeader(_ check: ServerCheck) -> Bool {
        let version = check.proxyHeaderVersion
        guard version > 0 else { return true }
        pool.lend(.head, to: &check.input)
        defer { pool.reclaim(&check.input) }
        let header = ProxyHeader(ends: nil)
        if version == 1 {
            header.writeText(into: &check.input)
        } else {
            header.writeBinary(isLocal: true, into: &check.input)
        }
        guard case .moved(check.input.count) = Sockets.send(check.socket, check.input.bytes) else {
            return false
        }
        return true
    }

    /// Does what the script wants until that has to wait.
    func proceed(_ check: ServerCheck, _ first: CheckConversation.Next) {
        var next: CheckConversation.Next? = first
        while let step = next {
            switch step {
            case .connect(let connection): next = connect(check, connection)
            case .send:
                check.input.removeAll()
                next = send(check)
            case .receive: next = receive(check)
            case .finished(let verdict):
                finish(check, verdict)
                next = nil
            }
        }
    }

    /// The socket is ready for more of what was going on.
    private func resume(_ check: ServerCheck) {
        guard let conversation = check.conversation else { return }
        proceed(check, conversation.output.isEmpty ? .receive : .send)
    }

    // MARK: Steps. Each returns what comes next, nil when it has to wait.

    private func connect(
        _ check: ServerCheck, _ connection: CheckConnection
    ) -> CheckConversation.Next? {
        check.connection = connection
        check.closeSocket()
        check.input.removeAll()
        guard let conversation = check.conversation, let target = target(check, connection) else {
            return .finished(CheckVerdict(.socketError))
        }
        let isPlain =
            conversation.endsWithConnection && !check.connectsWithTLS
            && check.proxyHeaderVersion == 0
        let refusal: Errno
        switch start(check, target, isPlain: isPlain, listens: conversation.listensFirst) {
        case .started(let socket):
            check.socket = socket
            check.isConnecting = true
            if isPlain {
                switch Sockets.progress(of: socket, to: target) {
                case .established: return connected(check, target)
                case .failed(let error): return .finished(conversation.failed(error.sentence))
                case .pending: break
                }
            }
            do throws(Errno) {
                try loop.add(
                    socket, [.readable, .writable, .peerEnded, .edgeTriggered],
                    Token(kind: Kind.socket, check.handle))
                return nil
            } catch {
                refusal = error
            }
        case .failed(let error): refusal = Errno(rawValue: error)
        }
        if refusal.isShortage {
            postpone(check, refusal)
            return nil
        }
        return .finished(conversation.failed(refusal.sentenceAtOnce))
    }

    /// `isPlain`: nothing is said, so that a socket of an earlier check will do.
    private func start(
        _ check: ServerCheck, _ target: SocketAddress, isPlain: Bool, listens: Bool
    ) -> Sockets.Connecting {
        let source = check.server.source ?? check.proxy.source
        if isPlain, source == nil, let ip = target.ip, let socket = spares.take(for: ip) {
            let refusal = Sockets.reconnectStream(
                socket, to: target, delaysAcknowledgement: !listens)
            guard let refusal else { return .started(socket) }
            Descriptors.close(socket)
            return .failed(refusal.rawValue)
        }
        return Sockets.connectStream(
            to: target, from: source, keepAlive: false, delaysAcknowledgement: !listens)
    }

    /// The connection stands already, so that nobody has to wait for it, and no loop knows it.
    private func connected(
        _ check: ServerCheck, _ target: SocketAddress
    ) -> CheckConversation.Next? {
        guard var conversation = check.conversation else { return nil }
        check.isConnecting = false
        let next = conversation.connected()
        check.conversation = conversation
        let isSpare =
            (check.server.source ?? check.proxy.source) == nil && !check.connection.lingers
        if case .finished = next, isSpare, let ip = target.ip, spares.keep(check.socket, of: ip) {
            check.socket = -1
        }
        return next
    }

    private func send(_ check: ServerCheck) -> CheckConversation.Next? {
        guard var conversation = check.conversation, check.socket >= 0 else { return nil }
        while check.sentBytes < conversation.output.count {
            let result = conversation.output.withBytes {
                check.send($0.extracting(check.sentBytes..<$0.byteCount))
            }
            switch result {
            case .moved(let count): check.sentBytes += count
            case .wouldBlock, .ended: return nil
            case .failed(let error):
                return .finished(conversation.failed(Errno(rawValue: error).sentence))
            }
        }
        check.sentBytes = 0
        let next = conversation.sent()
        check.conversation = conversation
        return next
    }

    private func receive(_ check: ServerCheck) -> CheckConversation.Next? {
        guard var conversation = check.conversation, check.socket >= 0 else { return nil }
        if !check.input.isLent { pool.lend(.head, to: &check.input) }
        let result =
            check.input.room > 0
            ? check.receive() : .ended
        switch result {
        case .wouldBlock:
            if check.input.isEmpty { pool.reclaim(&check.input) }
            return nil
        case .failed(let error):
            return .finished(conversation.failed(Errno(rawValue: error).sentence))
        case .moved, .ended:
            var isLast = false
            if case .ended = result { isLast = true }
            let next = conversation.received(&check.input, isLast: isLast, fields: &fields)
            check.conversation = conversation
            if isLast && next == .receive {
                return .finished(CheckVerdict(.layer7Invalid))
            }
            return next
        }
    }

    // MARK: Ends

    /// The verdict is there: counts it and sets the time of the next check.
    func finish(_ check: ServerCheck, _ verdict: CheckVerdict) {
        var verdict = verdict
        // With TLS a connection that stands has passed one layer more.
        if check.tls.isOn, verdict.status == .layer4Passed { verdict.status = .layer6Passed }
        loop.refreshClock()
        // Whoever sees the connection end finds the state that follows from it.
        defer { clear(check) }
        if check.isAgent {
            noteChanged(
                transitions.agentEnded(
                    verdict, check.conversation?.agentReply,
                    duration: loop.now - check.startedAt, of: check.reference,
                    in: check.snapshot, now: loop.now))
            armNext(check, after: check.settings.interval)
            if check.state.operation == .starting { refresh(check.reference) }
            return
        }
        noteChanged(
            transitions.checkEnded(
                verdict, duration: loop.now - check.startedAt, of: check.reference,
                in: check.snapshot, now: loop.now))
        let counter = check.state.withMutable { $0.check.counter }
        armNext(check, after: CheckSchedule.interval(check.settings, counter))
        if check.state.operation == .starting { refresh(check.reference) }
    }

    private func postpone(_ check: ServerCheck, _ error: Errno) {
        clear(check)
        check.setRunning(false)
        noteShortage(error)
        armNext(check, after: HealthLoop.shortagePause)
    }

    private func clear(_ check: ServerCheck) {
        check.closeSocket()
        check.conversation = nil
        check.sentBytes = 0
        check.isConnecting = false
        pool.reclaim(&check.input)
    }

    // MARK: Helpers

    /// Where the check goes: `addr` and `port` of the server's line win over where its traffic goes.
    private func target(_ check: ServerCheck, _ connection: CheckConnection) -> SocketAddress? {
        guard let address = check.state.address else { return nil }
        let overrides = check.state.withMutable { $0.overrides }
        let own = check.isAgent ? overrides.agentAddress : overrides.checkAddress
        let ownPort = check.isAgent ? overrides.agentPort : overrides.checkPort
        guard let ip = connection.address ?? own ?? check.settings.address ?? address.ip else {
            return address
        }
        guard let port = connection.port ?? ownPort ?? check.settings.port ?? address.port else {
            return nil
        }
        return .ip(ip, port: port)
    }

    /// `UP 1/3; address=127.0.0.1; port=80; name=be/s; node=lb1; weight=1/3; scur=0/0; qcur=0`
    private func stateHeader(_ check: ServerCheck) -> String {
        let entry = check.snapshot.proxies[check.reference.proxy]
        let counter = check.state.withMutable { $0.check.counter }
        let progress =
            counter.isFull || counter.isEmpty
            ? "" : " \(counter.progress.count)/\(counter.progress.of)"
        let word =
            switch check.state.operation {
            case .stopped: "DOWN"
            case .stopping: "NOLB"
            case .running, .starting: "UP"
            }
        let address = check.state.address
        let total = zip(entry.settings.servers, entry.servers).reduce(0) {
            $0 + ($1.0.isBackup == check.server.isBackup && $1.1.isUsable ? $1.1.weight : 0)
        }
        let node = check.snapshot.configuration.process.node ?? Host.name
        return "\(word)\(progress); address=\(address?.ip?.description ?? "unix"); "
            + "port=\(address?.port ?? 0); name=\(check.state.backend)/\(check.state.name); "
            + "node=\(node); weight=\(check.state.effectiveWeight)/\(total); "
            + "scur=\(check.state.active)/\(entry.state.backendActive); "
            + "qcur=\(check.state.queued)"
    }
}

extension Errno {
    /// How a check reports it: what the system returned, and its sentence.
    fileprivate var sentence: String {
        switch self {
        case .connectionRefused, .networkUnreachable, .noMemory, .noBuffers, .brokenPipe:
            "\(name) returned by OS (\(description))"
        case .connectionReset: "ECONNRESET returned by OS (\(description))"
        case .hostUnreachable: "ENETUNREACH returned by OS (\(description))"
        default: description
        }
    }

    /// The same where the system refused before anything was sent.
    fileprivate var sentenceAtOnce: String {
        self == .connectionRefused ? sentence : "General socket error (\(description))"
    }

    /// Whether it says that we, not the server, lack something.
    fileprivate var isShortage: Bool {
        switch self {
        case .tooManyDescriptors, .tooManyDescriptorsInSystem, .noBuffers, .noMemory: true
        default: false
        }
    }
}

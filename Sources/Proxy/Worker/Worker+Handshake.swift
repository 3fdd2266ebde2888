internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import TLS

/// TLS handshakes on both sides.
extension Worker {
    /// Handshakes of clients that go on in one turn. One takes from 0.2 to 2 ms: those beyond have to wait, so that
    /// established connections have their turn between them.
    static let handshakesPerTurn = 8

    // MARK: Clients

    func beginHandshake(_ client: ClientConnection, _ listener: WorkerListener) {
        guard let context = listener.tls,
            let session = context.session(client.channel.number)
        else {
            close(client)
            return
        }
        client.channel.tls = session
        client.phase = .securing
        // As HAProxy: those that fail count, too.
        shared.handshakeRate.count(now: loop.now)
        let timeouts = listener.proxy.timeouts
        let limit =
            timeouts.clientHandshake > 0
            ? timeouts.clientHandshake
            : listener.proxy.isHTTP && timeouts.httpRequest > 0
                ? timeouts.httpRequest : timeouts.client
        arm(client.timer, after: limit)
        shakeHands(client)
    }

    func shakeHands(_ client: ClientConnection) {
        guard handshakesLeft > 0 else {
            unfinished.append(client.token)
            return
        }
        var progress = client.channel.tls.shakeHands()
        if case .waits = progress, client.channel.expectsEnd {
            // The end came with the last bytes, in one event: no other will tell of it.
            client.channel.tls.noteReadable()
            progress = client.channel.tls.shakeHands()
        }
        switch progress {
        case .waits:
            if client.channel.hasFailed { handshakeFailed(client, .aborted) } else { watch(client) }
        case .done:
            handshakesLeft -= 1
            client.phase = .idle
            client.secured = loop.now
            if !client.channel.tls.isResumed { shared.fullHandshakeRate.count(now: loop.now) }
            begin(client)
        case .failed(let failure):
            handshakesLeft -= 1
            handshakeFailed(client, failure)
        }
    }

    func handshakeFailed(_ client: ClientConnection, _ failure: TLSFailure) {
        let proxy = client.listener.proxy
        // As HAProxy: who was too slow to say anything is none of what `dontlognull` lets through either.
        let isNull = failure == .closedEarly || failure == .timedOut
        if !isNull || !proxy.settings.options.dontLogNull {
            logEmbryonic(client, failure.text)
        }
        close(client)
    }

    // MARK: Servers

    /// Starts TLS on a connection that is being opened. False: memory has run out.
    func secure(
        _ server: ServerConnection, _ target: WorkerServer, _ client: ClientConnection
    ) -> Bool {
        let name = serverName(for: target, client)
        guard let context = target.tls,
            let session = context.session(
                server.channel.number, name: name, resuming: target.savedSession(name))
        else { return false }
        server.channel.tls = session
        server.tls = target.tlsID
        server.serverName = target.hasDynamicName ? name : nil
        return true
    }

    /// Goes on with the handshake of a connection that is being opened.
    func shakeHands(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        switch server.channel.tls.shakeHands() {
        case .waits: watch(server)
        case .done:
            if !server.channel.tls.isResumed { shared.serverHandshakeRate.count(now: loop.now) }
            if stream.has(Stream.Flag.isTCP) {
                connected(stream, server)
                startTunnel(client, stream, server)
            } else {
                sendRequest(client, stream, server, nil)
            }
        case .failed: connectFailed(client, stream, .connectionReset)
        }
    }

    /// Keeps what later connections to the server may resume.
    func saveSession(_ server: ServerConnection, _ target: WorkerServer?) {
        guard let target, server.tls == target.tlsID else { return }
        let name: String? =
            if case .constant(let name) = target.settings.tls?.name { name } else {
                server.serverName
            }
        target.savedSession(name)?.save(server.channel.tls)
    }

    /// The name that the server is asked for.
    func serverName(for target: WorkerServer, _ client: ClientConnection) -> String? {
        switch target.settings.tls?.name {
        case nil: return nil
        case .constant(let name): return name
        case .clientServerName:
            let name = client.channel.tls.serverName
            return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
        case .requestHost: return requestHost(client)
        case .expression:
            guard let expression = target.nameExpression, let stream = client.stream else {
                return nil
            }
            return evaluatedName(expression, client, stream)
        }
    }

    /// The request's host without its port, as the server will see it.
    private func requestHost(_ client: ClientConnection) -> String? {
        guard let stream = client.stream, stream.has(Stream.Flag.headInInput) else { return nil }
        let text =
            stream.rewritten.isLent
            ? stream.rewritten.text(0..<stream.rewritten.count)
            : client.channel.input.text(0..<min(stream.headBytes, client.channel.input.count))
        let lines = text.split(whereSeparator: \.isNewline)
        let line = lines.dropFirst().first { $0.prefix(5).lowercased() == "host:" }
        guard let value = line?.dropFirst(5).drop(while: { $0 == " " || $0 == "\t" }),
            !value.hasPrefix("[")
        else { return nil }
        let name = value.prefix { $0 != ":" && $0 != " " }
        return name.isEmpty ? nil : String(name)
    }

    /// What an expression makes of the request, as the server will see that; nil: nothing.
    private func evaluatedName(
        _ expression: SampleExpression, _ client: ClientConnection, _ stream: Stream
    ) -> String? {
        fields.removeAll()
        var head: RequestHead?
        if stream.has(Stream.Flag.headInInput) {
            // The bytes are what they were: whoever holds the parsed head finds the same fields again.
            if stream.rewritten.isLent {
                head = parseName(stream.rewritten)
                beginRules(client, stream, copying: stream.rewritten, head?.byteCount ?? 0)
            } else {
                head = parseName(client.channel.input)
                beginRules(client, stream, copying: client.channel.input, head?.byteCount ?? 0)
            }
        } else {
            edits.removeAll()
            resumeRules(client, stream)
        }
        evaluation.requestHead = head
        defer {
            evaluation.requestHead = nil
            endRules()
        }
        guard let sample = evaluation.evaluate(expression),
            let range = evaluation.textRange(sample), range.count > 0,
            range.count <= Worker.nameLimit
        else { return nil }
        return evaluation.bytes(range).text()
    }

    /// Bytes of a host name, at most (RFC 1035 2.3.4).
    private static let nameLimit = 253

    private func parseName(_ input: borrowing Buffer) -> RequestHead? {
        var progress = HeadProgress()
        guard
            case .complete(let head) = HeadParser.request(
                input.bytes, progress: &progress, into: &fields, reading: .again)
        else { return nil }
        return head
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux

/// From a server's bytes to an answer for the client.
extension Worker {
    func serverIsReady(_ server: ServerConnection) {
        guard let stream = server.stream, let client = stream.client else {
            // Idle: whatever comes now is an end, or nonsense.
            if server.channel.hasFailed || server.channel.canRead && !isQuietlySecure(server) {
                close(server)
            }
            return
        }
        switch stream.phase {
        case .connecting: connectingIsReady(client, stream, server)
        case .awaitingHead, .transferring:
            if server.channel.canWrite,
                !server.channel.output.isEmpty || !stream.requestBody.isComplete
                    || stream.requestBody.ready > 0
            {
                guard sendRequestBody(client, stream, server) else { return }
            }
            if stream.phase == .awaitingHead {
                readAnswerHead(client, stream, server)
            } else {
                sendAnswerBody(client, stream, server)
            }
        case .holdingAnswer: heldIsReady(client, stream, server)
        case .tunnel: runTunnel(client, stream, server)
        case .free, .queued, .pausing, .inspecting, .borrowing, .waiting: return
        }
    }

    func readAnswerHead(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        while server.channel.canRead {
            if !server.channel.input.isLent {
                pool.lend(.head, to: &server.channel.input)
            } else if server.channel.input.room == 0 {
                server.channel.input.compact()
            }
            switch server.channel.receive() {
            case .moved:
                if parseAnswer(client, stream, server) { return }
            case .blocked:
                if server.channel.input.isEmpty { pool.reclaim(&server.channel.input) }
                watch(server)
                return
            case .ended, .failed:
                serverBroke(client, stream, server)
                return
            }
        }
        if server.channel.hasFailed { serverBroke(client, stream, server) }
    }

    /// True when the stream is on its way with an answer, or at its end.
    private func parseAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) -> Bool {
        while true {
            switch HeadParser.response(
                server.channel.input.bytes, progress: &server.progress, into: &fields)
            {
            case .complete(let head):
                guard head.isInterim else {
                    answer(client, stream, server, head)
                    return true
                }
                guard forwardInterim(client, stream, server, head) else { return true }
                if server.channel.input.isEmpty { return false }
            case .needsMore:
                guard server.channel.input.count < headLimit else {
                    keepInvalidAnswer(client, stream, server)
                    badAnswer(client, stream)
                    return true
                }
                return false
            case .malformed:
                keepInvalidAnswer(client, stream, server)
                badAnswer(client, stream)
                return true
            }
        }
    }

    private func badAnswer(_ client: ClientConnection, _ stream: Stream) {
        if sendAgain(client, stream, because: .junkResponse) { return }
        countResponseError(stream)
        fail(client, stream, Termination(.proxyRefused, .headers), status: 502)
    }

    func countResponseError(_ stream: Stream) {
        stream.target?.row.add(1, to: ServerCounter.responseErrors.rawValue)
        stream.backend.back.add(1, to: BackendCounter.responseErrors.rawValue)
    }

    /// Passes 100, 102, 103 … on to a client that knows them. False: the stream has ended.
    private func forwardInterim(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ head: ResponseHead
    ) -> Bool {
        defer { if stream.server === server { server.channel.input.consume(head.byteCount) } }
        guard stream.version == .http11 else { return true }
        scratch.removeAll()
        guard
            HeadWriter.response(
                head, fields, from: server.channel.input.bytes, edits: edits.bytes,
                to: stream.method, version: stream.version, connection: .keepAlive, into: &scratch),
            HeadWriter.end(into: &scratch)
        else { return true }
        return sendToClient(client, stream, server.channel.input, 0) != nil
    }

    /// Forwards the answer's head and what is there of its body.
    private func answer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ received: ResponseHead
    ) {
        guard
            let body = BodyFraming(
                response: received, to: stream.method, version: stream.version,
                upgrade: stream.has(Stream.Flag.wantsUpgrade))
        else {
            keepInvalidAnswer(client, stream, server)
            badAnswer(client, stream)
            return
        }
        if received.status >= 400 {
            if sendAgain(client, stream, instead: received.status) { return }
            noteAuthentication(server, received.status)
        }
        var head = received
        if let captures = stream.frontend.captures {
            keepResponse(stream, server.channel.input, captures)
        }
        if stream.has(Stream.Flag.isTracked) { countTrackedStatus(client, stream, head.status) }
        if stream.has(Stream.Flag.isRuled) {
            storeSticks(stream)
            guard case .goesOn = runResponseRules(client, stream, server, &head) else { return }
        }
        forward(client, stream, server, received, head, body)
    }

    /// Goes on with an answer that has waited for a rule.
    func continueAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ received: ResponseHead, at place: SuspendedRules.Place, _ next: Int
    ) {
        var head = received
        guard
            case .goesOn = runAnswerRules(client, stream, server, &head, at: place, next),
            let body = BodyFraming(
                response: received, to: stream.method, version: stream.version,
                upgrade: stream.has(Stream.Flag.wantsUpgrade))
        else { return }
        forward(client, stream, server, received, head, body)
    }

    /// `received`: the head before rules changed it.
    private func forward(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ received: ResponseHead, _ head: ResponseHead, _ body: BodyFraming
    ) {
        // A status that says there is no body has become another one: only the end of the connection tells then.
        if head.status != received.status, body.kind == .none {
            stream.clear(Stream.Flag.keepsClient)
        }
        stream.responseBody = body
        if stream.has(Stream.Flag.keepsClient),
            body.kind == .untilClose
                || head.facts.isChunked && stream.version == .http10 && body.kind != .none
                || !stream.requestBody.isComplete || shared.isClosing
        {
            stream.clear(Stream.Flag.keepsClient)
        }
        if !head.allowsKeepAlive { stream.set(Stream.Flag.serverClosesAfter) }
        scratch.removeAll()
        let connection: HeadWriter.Connection =
            stream.has(Stream.Flag.keepsClient) || body.kind == .tunnel ? .keepAlive : .close
        guard
            HeadWriter.response(
                head, fields, from: server.channel.input.bytes, edits: edits.bytes,
                to: stream.method, version: stream.version, connection: connection, into: &scratch),
            HeadWriter.end(into: &scratch)
        else {
            badAnswer(client, stream)
            return
        }
        server.channel.input.consume(head.byteCount)
        if case .malformed(let reason) = stream.responseBody.advance(over: &server.channel.input) {
            keepInvalidChunk(
                .response, client, stream, server.channel.input, at: stream.responseBody.ready,
                reason)
            badAnswer(client, stream)
            return
        }
        releaseRetained(client, stream)
        stream.status = head.status
        stream.times.responseStart = loop.now.nanoseconds
        countStatus(stream, head.status)
        stream.set(Stream.Flag.answered)
        stream.phase = .transferring
        loop.timers.disarm(client.timer)
        if stream.frontend.settings.options.logAsap { logEarly(client, stream) }
        let ready = stream.responseBody.ready
        guard
            let taken = sendToClient(client, stream, server.channel.input, ready)
        else { return }
        server.channel.input.consume(taken)
        stream.responseBody.consume(taken)
        if body.kind == .tunnel {
            switchProtocols(client, stream, server)
        } else {
            sendAnswerBody(client, stream, server)
        }
    }

    /// Bodies up to this size are copied behind their head: cheaper than a call with two pieces (measured on W1).
    private static let copiedBodyLimit = 8192

    /// Sends `scratch` and bytes behind it. Returns how many of the latter left; what is left of `scratch` is kept. nil:
    /// the client broke and the stream has ended.
    private func sendToClient(
        _ client: ClientConnection, _ stream: Stream, _ input: borrowing Buffer, _ ready: Int
    ) -> Int? {
        let headBytes = scratch.count
        var sent = 0
        if client.channel.output.isEmpty {
            // The whole answer, and then the end of the connection: both leave in one packet, which costs a short
            // connection a seventh less (measured on W4).
            let endFollows =
                !stream.has(Stream.Flag.keepsClient) && stream.phase == .transferring
                && stream.responseBody.isComplete
            let outcome: Channel.Outcome
            if ready <= Worker.copiedBodyLimit {
                scratch.append(input, 0..<ready)
                outcome = client.channel.send(scratch.bytes, more: endFollows)
            } else {
                outcome = client.channel.send(scratch, input, 0..<ready, more: endFollows)
            }
            switch outcome {
            case .moved(let count): sent = count
            case .blocked: break
            case .ended, .failed:
                abort(client, stream, Termination(.clientAborted, stream.moment), status: 0)
                return nil
            }
        }
        if sent < headBytes {
            if !client.channel.output.isLent { pool.lend(.bulk, to: &client.channel.output) }
            guard client.channel.output.append(scratch, sent..<headBytes) else {
                abort(client, stream, Termination(.clientAborted, stream.moment), status: 0)
                return nil
            }
            watch(client)
            stream.counts.bytesOut &+= headBytes
            return 0
        }
        stream.counts.bytesOut &+= sent
        return sent &- headBytes
    }

    /// The answer has begun: the request will not be sent again.
    func releaseRetained(_ client: ClientConnection, _ stream: Stream) {
        guard stream.retained > 0 else { return }
        client.channel.input.consume(stream.retained)
        stream.clear(Stream.Flag.headInInput)
        stream.retained = 0
        if client.channel.input.isEmpty { pool.reclaim(&client.channel.input) }
    }

    /// A server's answer that the client does not get: it was one all the same.
    func countServerStatus(_ stream: Stream, _ status: UInt16) {
        guard let target = stream.target else { return }
        let offset = status >= 100 && status < 600 ? Int(status / 100) - 1 : 5
        target.row.add(1, to: ServerCounter.response1xx.rawValue + offset)
        target.row.add(1, to: ServerCounter.requests.rawValue)
    }

    func countStatus(_ stream: Stream, _ status: UInt16) {
        let offset = status >= 100 && status < 600 ? Int(status / 100) - 1 : 5
        // Rows are values: taking them first keeps the references to their owners uncounted.
        let front = stream.frontend.front
        front.add(1, to: FrontendCounter.response1xx.rawValue + offset)
        guard stream.has(Stream.Flag.countedInBackend) else { return }
        let back = stream.backend.back
        back.add(1, to: BackendCounter.response1xx.rawValue + offset)
        guard stream.server != nil, let row = stream.target?.row else { return }
        row.add(1, to: ServerCounter.response1xx.rawValue + offset)
        row.add(1, to: ServerCounter.requests.rawValue)
    }

    /// How long a server's idle connections are not used for what must not be repeated, after one was stale.
    private static let distrustTime: Int64 = 10_000_000_000

    /// The server's connection ended or failed before a whole head had come.
    func serverBroke(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        let isSilent = server.channel.input.isEmpty
        let wasReused = stream.has(Stream.Flag.reusesConnection)
        if isSilent, wasReused {
            server.pool.distrustedUntil = loop.now.nanoseconds &+ Worker.distrustTime
        }
        if isSilent, wasReused, stream.retained > 0 || stream.phase == .connecting,
            stream.method.isIdempotent
        {
            // The idle connection was stale: the server closed it as we sent. Nothing was executed that repeating
            // would change, so the request goes out again, on a fresh connection.
            stream.retained = 0
            dropServer(of: stream)
            stream.set(Stream.Flag.wantsFresh)
            if let target = stream.target { connect(client, stream, target, stream.backend, nil) }
            return
        }
        if isSilent, sendAgain(client, stream, because: .emptyResponse) { return }
        countResponseError(stream)
        fail(client, stream, Termination(.serverAborted, .headers), status: 502)
    }
}

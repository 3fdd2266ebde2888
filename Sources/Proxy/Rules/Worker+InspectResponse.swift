internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules

/// `tcp-response content` rules of TCP sessions.
extension Worker {
    enum ResponseInspection: BitwiseCopyable {
        case passes
        /// The server's bytes stay where they are.
        case waits
        /// The session has ended.
        case ends
    }

    func startResponseInspection(_ client: ClientConnection, _ stream: Stream) {
        stream.set(Stream.Flag.inspectsResponse)
        if !stream.has(Stream.Flag.isRuled) {
            stream.set(Stream.Flag.isRuled)
            prepareTransaction(client, stream)
        }
        stream.transaction?.rulesSeen = 0
        stream.transaction?.isWaiting = false
    }

    /// Runs the rules on what the server has sent.
    func inspectResponse(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        timeIsUp: Bool = false
    ) -> ResponseInspection {
        guard let rules = stream.backend.rules, let list = rules.tcpResponse else { return .passes }
        while server.channel.canRead, server.channel.input.count < headLimit {
            if !server.channel.input.isLent { pool.lend(.head, to: &server.channel.input) }
            guard server.channel.input.room > 0,
                case .moved = server.channel.receive()
            else { break }
        }
        let count = min(server.channel.input.count, headLimit)
        let mayGrow =
            count < headLimit && !server.channel.hasEnded && !server.channel.hasFailed
        let isFinal = timeIsUp || !mayGrow || rules.responseDelay <= 0
        // Without a time to wait, the first bytes are what there is to look at.
        if count == 0, mayGrow, !timeIsUp {
            pool.reclaim(&server.channel.input)
            return waits(stream, server, rules.responseDelay)
        }
        fields.removeAll()
        beginRules(client, stream, copying: server.channel.input, count)
        evaluation.content = RawContent(side: .response, count: count)
        evaluation.isFinal = isFinal
        evaluation.rulesSeen = stream.transaction?.rulesSeen ?? 0
        let verdict = evaluation.run(list)
        stream.transaction?.rulesSeen = evaluation.rulesSeen
        endRules()
        if server.channel.input.isEmpty { pool.reclaim(&server.channel.input) }
        switch verdict {
        case .passed:
            stream.clear(Stream.Flag.inspectsResponse)
            _ = stream.responseBody.advance(over: &server.channel.input)
            return .passes
        case .waits: return waits(stream, server, rules.responseDelay)
        case .closed:
            endServer(client, stream, server)
            return .ends
        default:
            if case .dropped = verdict { Sockets.silence(client.channel.number) }
            countDeniedResponse(stream)
            abort(client, stream, Termination(.proxyRefused, .data), status: 0)
            return .ends
        }
    }

    private func waits(
        _ stream: Stream, _ server: ServerConnection, _ time: Int64
    ) -> ResponseInspection {
        if time > 0, stream.transaction?.isWaiting == false {
            stream.transaction?.isWaiting = true
            arm(server.timer, after: time)
        }
        return .waits
    }

    /// The server's time is that of the rules, where they have one.
    func armHeld(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        arm(client.timer, after: stream.frontend.timeouts.client)
        if stream.transaction?.isWaiting == false {
            arm(server.timer, after: stream.backend.timeouts.server)
        }
    }

    func countDeniedResponse(_ stream: Stream) {
        stream.frontend.front.add(1, to: FrontendCounter.deniedResponses.rawValue)
        countInListener(.deniedResponses, stream.client)
        stream.backend.back.add(1, to: BackendCounter.deniedResponses.rawValue)
        stream.target?.row.add(1, to: ServerCounter.deniedResponses.rawValue)
    }

    /// `close`: the client gets what has come, and nothing more.
    private func endServer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        if !client.channel.output.isLent { pool.lend(.bulk, to: &client.channel.output) }
        stream.counts.bytesOut &+= server.channel.input.count
        let count = server.channel.input.count
        client.channel.output.append(server.channel.input, 0..<count)
        dropServer(of: stream)
        finish(client, stream)
    }

    func responseInspectionTimedOut(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        guard stream.transaction?.isWaiting == true else {
            abort(client, stream, Termination(.serverTimeout, .data), status: 0)
            return
        }
        if case .ends = inspectResponse(client, stream, server, timeIsUp: true) { return }
        stream.clear(Stream.Flag.inspectsResponse)
        runTunnel(client, stream, server)
    }
}

internal import Core
internal import EventLoop
internal import HTTP
internal import Linux

/// TCP sessions, and what HTTP connections become when protocols are switched: bytes in both directions, each of which
/// ends by itself.
extension Worker {
    /// A new connection of a `mode tcp` frontend.
    func startSession(_ client: ClientConnection) {
        let frontend = client.listener.proxy
        let stream = takeStream(client, frontend, frontend)
        client.phase = .streaming
        client.requests = 1
        stream.set(Stream.Flag.isTCP)
        stream.times.requestStart = loop.now.nanoseconds
        stream.times.requestEnd = loop.now.nanoseconds
        stream.requestBody = .tunnel
        stream.responseBody = .tunnel
        if let captures = frontend.captures { keepSession(client, stream, captures) }
        if frontend.log.logsConnections { logConnection(client, frontend) }
        if frontend.isRuled {
            startRuledSession(client, stream)
            return
        }
        guard let backend = frontend.backend else {
            fail(client, stream, Termination(.serverAborted, .connecting), status: 503)
            return
        }
        enter(backend, stream)
        assign(client, stream, backend, nil)
    }

    /// Both sides are there.
    func startTunnel(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        stream.phase = .tunnel
        stream.times.responseStart = loop.now.nanoseconds
        if stream.has(Stream.Flag.isRuled) { storeSticks(stream) }
        if stream.backend.rules?.tcpResponse != nil { startResponseInspection(client, stream) }
        watch(client)
        watch(server)
        runTunnel(client, stream, server)
    }

    /// An answer has switched protocols, or granted a CONNECT.
    func switchProtocols(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        stream.clear(Stream.Flag.keepsClient)
        stream.set(Stream.Flag.serverClosesAfter)
        stream.requestBody = .tunnel
        stream.phase = .tunnel
        watch(client)
        watch(server)
        runTunnel(client, stream, server)
    }

    /// Moves what can be moved in both directions.
    func runTunnel(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        _ = stream.requestBody.advance(over: &client.channel.input)
        _ = stream.responseBody.advance(over: &server.channel.input)
        var sent = 0
        var received = 0
        var isHeld = false
        if stream.has(Stream.Flag.inspectsResponse) {
            switch inspectResponse(client, stream, server) {
            case .passes: break
            case .waits: isHeld = true
            case .ends: return
            }
        }
        let up = moveBytes(
            from: &client.channel, to: &server.channel, &stream.requestBody,
            &stream.requestPipe, counting: &sent)
        let down =
            isHeld
            ? Movement.targetWaits
            : moveBytes(
                from: &server.channel, to: &client.channel, &stream.responseBody,
                &stream.responsePipe, counting: &received)
        stream.counts.bytesIn &+= sent
        stream.counts.bytesOut &+= received
        countBytesOnTheWay(stream)

        switch up {
        case .sourceEnded: server.channel.sendEnd()
        case .sourceFailed:
            abort(client, stream, Termination(.clientAborted, .data), status: 0)
            return
        case .targetFailed:
            abort(client, stream, Termination(.serverAborted, .data), status: 0)
            return
        case .yields: unfinished.append(client.token)
        default: break
        }
        switch down {
        case .sourceEnded: client.channel.sendEnd()
        case .sourceFailed:
            abort(client, stream, Termination(.serverAborted, .data), status: 0)
            return
        case .targetFailed:
            abort(client, stream, Termination(.clientAborted, .data), status: 0)
            return
        case .yields: unfinished.append(client.token)
        default: break
        }
        if server.channel.hasSentEnd, client.channel.hasSentEnd {
            finish(client, stream)
            return
        }
        if isHeld {
            armHeld(client, stream, server)
            return
        }
        armTunnel(client, stream, server, hasMoved: sent + received > 0)
    }

    private func armTunnel(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection, hasMoved: Bool
    ) {
        let front = stream.frontend.timeouts
        let back = stream.backend.timeouts
        let tunnel = stream.tunnelTimeout
        if client.channel.hasSentEnd || server.channel.hasSentEnd {
            // Half closed: what is left has its own, shorter times.
            let clientTime =
                client.channel.hasSentEnd && front.clientFin > 0
                ? front.clientFin : tunnel > 0 ? tunnel : stream.clientTimeout
            let serverTime =
                server.channel.hasSentEnd && back.serverFin > 0
                ? back.serverFin : tunnel > 0 ? tunnel : stream.serverTimeout
            arm(client.timer, after: clientTime)
            arm(server.timer, after: serverTime)
            return
        }
        arm(client.timer, after: tunnel > 0 ? tunnel : stream.clientTimeout)
        arm(server.timer, after: tunnel > 0 ? tunnel : stream.serverTimeout)
    }
}

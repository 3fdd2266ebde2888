internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux
internal import TLS

/// What happens when time is up.
extension Worker {
    func timerExpired(_ token: Token) {
        switch token.kind {
        case TokenKind.client:
            if let client = clients[token.handle] { clientTimedOut(client) }
        case TokenKind.server:
            if let server = servers[token.handle] { serverTimedOut(server) }
        case TokenKind.purge: purgeIdle()
        case TokenKind.accept: resumeAccepting()
        default: break
        }
    }

    private func clientTimedOut(_ client: ClientConnection) {
        switch client.phase {
        case .proxyHeader: refuseProxyHeader(client, .timedOut)
        case .idle where client.requests > 0: close(client)
        case .idle, .head:
            let options = client.listener.proxy.settings.options
            let hasBytes = !client.channel.input.isEmpty
            if !hasBytes, options.httpIgnoreProbes {
                close(client)
                return
            }
            refuse(
                client, status: 408, Termination(.clientTimeout, .request),
                isLogged: hasBytes || !options.dontLogNull)
        case .streaming:
            guard let stream = client.stream else { return }
            streamTimedOut(client, stream)
        case .lingering: drop(client)
        case .securing: handshakeFailed(client, .timedOut)
        case .closed: return
        }
    }

    private func streamTimedOut(_ client: ClientConnection, _ stream: Stream) {
        switch stream.phase {
        case .awaitingHead, .connecting:
            if !client.channel.isArmed {
                watch(client)
            } else if stream.phase == .awaitingHead, !stream.requestBody.isComplete {
                abort(client, stream, Termination(.clientTimeout, .data), status: 408)
            }
        case .queued:
            leaveQueue(stream)
            countUnserved(stream.backend, stream.target)
            fail(client, stream, Termination(.serverTimeout, .queue), status: 503)
        case .pausing:
            guard let target = stream.target else { return }
            countAttempt(target)
            connect(client, stream, target, stream.backend, nil)
        case .inspecting: inspectionTimedOut(client, stream)
        case .transferring, .tunnel:
            abort(client, stream, Termination(.clientTimeout, .data), status: 0)
        case .waiting: waitingTimedOut(client, stream)
        case .borrowing, .holdingAnswer, .free: return
        }
    }

    private func serverTimedOut(_ server: ServerConnection) {
        guard let stream = server.stream, let client = stream.client else {
            close(server)
            return
        }
        switch stream.phase {
        case .connecting: connectFailed(client, stream, .timedOut)
        case .awaitingHead:
            if sendAgain(client, stream, because: .responseTimeout) { return }
            stream.target?.row.add(1, to: ServerCounter.responseErrors.rawValue)
            stream.backend.back.add(
                1, to: BackendCounter.responseErrors.rawValue)
            fail(client, stream, Termination(.serverTimeout, .headers), status: 504)
        case .tunnel where stream.has(Stream.Flag.inspectsResponse):
            responseInspectionTimedOut(client, stream, server)
        // Where both have the same time, HAProxy blames the client.
        case .tunnel where stream.has(Stream.Flag.isTCP) && isDue(client.timer):
            abort(client, stream, Termination(.clientTimeout, .data), status: 0)
        case .transferring, .tunnel:
            abort(client, stream, Termination(.serverTimeout, .data), status: 0)
        case .holdingAnswer: heldTimedOut(client, stream, server)
        case .queued, .pausing, .inspecting, .borrowing, .waiting, .free: return
        }
    }

    private func isDue(_ timer: TimerWheel.ID) -> Bool {
        loop.timers.deadline(of: timer).map { $0 <= loop.now } ?? false
    }

    // MARK: Idle server connections

    /// Puts a connection back for the next stream, or closes it.
    func park(_ server: ServerConnection, of stream: Stream) {
        if server.isPrivate {
            parkOwn(server, of: stream)
            return
        }
        let limit = stream.target?.poolLimit ?? -1
        let maxReuse = stream.target?.maxReuse ?? -1
        guard limit < 0 || server.pool.state.idleConnections < limit,
            maxReuse < 0 || Int(server.uses) <= maxReuse,
            server.pool.wantsMore || stream.target?.keepsNamed == true, server.pool.takesBack,
            server.moves == server.pool.moves, !shared.isStopping
        else {
            close(server)
            return
        }
        server.phase = .idle
        server.stream = nil
        server.pool.put(server)
        if loop.timers.deadline(of: purgeTimer) == nil {
            arm(purgeTimer, after: max(stream.target?.poolPurgeDelay ?? 0, 1_000_000))
        }
    }

    private func purgeIdle() {
        var delay = Int64.max
        for proxy in settings.proxies {
            for server in proxy.servers where !server.pool.idle.isEmpty {
                for surplus in server.pool.takeSurplus() { close(surplus) }
                if !server.pool.idle.isEmpty { delay = min(delay, server.poolPurgeDelay) }
            }
        }
        if delay < .max { arm(purgeTimer, after: max(delay, 1_000_000)) }
    }
}

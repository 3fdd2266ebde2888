internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import TLS

/// Idle server connections go from one worker to another where a new one would be one too many.
extension Worker {
    /// Whether an idle connection of another worker is worth asking for.
    func shouldBorrow(_ stream: Stream, _ target: WorkerServer) -> Bool {
        guard shared.workers > 1, !target.isSecure, target.state.idleConnections > 0,
            stream.backend.reuse != .never,
            settings.snapshot.configuration.process.sharesIdleConnections
        else { return false }
        if stream.backend.reuse == .safe, stream.client?.requests ?? 0 <= 1 { return false }
        let limit = target.state.maxConnections
        let open = target.state.active + target.state.idleConnections
        return limit > 0 && open > limit
            || target.poolLimit >= 0 && target.state.idleConnections >= target.poolLimit
    }

    func borrow(_ stream: Stream, _ target: WorkerServer, _ client: ClientConnection) {
        stream.phase = .borrowing
        watch(client)
        ask(after: index, target.state, for: stream.reference)
    }

    /// Asks the next worker around the circle; the asking one comes last and ends the search.
    private func ask(after worker: Int, _ state: ServerState, for stream: StreamReference) {
        let next = (worker + 1) % shared.workers
        if next == stream.worker {
            shared.mailboxes[next].post(.lentIdle(-1, state, stream))
        } else {
            shared.mailboxes[next].post(.wantsIdle(state, stream))
        }
    }

    /// Another worker's stream wants one of ours.
    func lendIdle(_ state: ServerState, to stream: StreamReference) {
        let idle = pools[ObjectIdentifier(state)]?.take(onlyReused: false)
        guard let server = idle, !server.channel.expectsEnd, !server.channel.tls.isOn else {
            // What TLS has agreed on cannot move to another thread.
            if let idle { close(idle) }
            ask(after: index, state, for: stream)
            return
        }
        if server.channel.isArmed { loop.remove(server.channel.number) }
        let descriptor = server.channel.release()
        close(server)
        shared.mailboxes[stream.worker].post(.lentIdle(descriptor, state, stream))
    }

    /// The answer; -1: nobody had one.
    func takeBorrowed(_ descriptor: Int32, _ state: ServerState, for reference: StreamReference) {
        guard let stream = streams[reference.handle], stream.serial == reference.serial,
            stream.phase == .borrowing, let client = stream.client, let target = stream.target
        else {
            // The stream has gone: the connection joins our pool by being closed, which is always right.
            if descriptor >= 0 { Descriptors.close(descriptor) }
            return
        }
        guard descriptor >= 0 else {
            open(client, stream, target, nil)
            return
        }
        let made = servers.insert { handle in
            ServerConnection(
                channel: Channel(owning: descriptor), handle: handle,
                timer: loop.timers.add(owner: Token(kind: TokenKind.server, handle).rawValue),
                pool: target.pool)
        }
        guard let server = made else {
            Descriptors.close(descriptor)
            open(client, stream, target, nil)
            return
        }
        target.pool.opened()
        server.uses = 2
        attach(server, to: stream)
        stream.set(Stream.Flag.reusesConnection)
        target.row.add(1, to: ServerCounter.reuses.rawValue)
        stream.backend.back.add(1, to: BackendCounter.reuses.rawValue)
        stream.times.connected = loop.now.nanoseconds
        sendRequest(client, stream, server, nil)
    }
}

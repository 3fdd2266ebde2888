internal import Core
internal import EventLoop
internal import HTTP

/// Which server a stream goes to, and the queues of those that must wait.
extension Worker {
    /// Finds a server with room, or a queue. `head`: the request, when it was parsed just now.
    func assign(_ client: ClientConnection, _ stream: Stream, _ head: RequestHead?) {
        let backend = stream.backend
        switch choose(backend, client) {
        case .server(let server):
            stream.target = server
            stream.set(Stream.Flag.holdsSlot)
            stream.times.dequeued = loop.now.nanoseconds
            countAssignment(stream, server)
            connect(client, stream, head)
        case .wait: enqueue(client, stream)
        case .none:
            backend.backCounters.add(
                1, to: BackendCounter.connectErrors.rawValue, row: index)
            fail(client, stream, Termination(.serverAborted, .connecting), status: 503)
        }
    }

    private enum Choice {
        /// A place at the server is taken.
        case server(WorkerServer)
        /// Servers work, but have no room.
        case wait
        case none
    }

    private func choose(_ backend: WorkerProxy, _ client: ClientConnection) -> Choice {
        var hasUsable = false
        // A server may fill up between being picked and its place being taken: then the next one is asked.
        for _ in 0...backend.servers.count {
            guard let server = pick(backend, client, hasUsable: &hasUsable) else { break }
            if takeSlot(server, backend) { return .server(server) }
        }
        return hasUsable ? .wait : .none
    }

    func takeSlot(_ server: WorkerServer, _ backend: WorkerProxy) -> Bool {
        server.state.takeSlot()
    }

    private func countAssignment(_ stream: Stream, _ server: WorkerServer) {
        server.state.sessionRate.count(now: loop.now)
        server.state.sessionStarted(now: loop.now)
        stream.backend.state.sessionStarted(now: loop.now)
        server.counters.add(1, to: ServerCounter.sessions.rawValue, row: index)
        server.counters.add(1, to: ServerCounter.balanced.rawValue, row: index)
        stream.backend.backCounters.add(1, to: BackendCounter.balanced.rawValue, row: index)
    }

    // MARK: Queues

    private func enqueue(_ client: ClientConnection, _ stream: Stream) {
        let state = stream.backend.state
        stream.phase = .queued
        stream.set(Stream.Flag.inBackendQueue)
        arm(client.timer, after: stream.backend.timeouts.queue)
        watch(client)
        state.addQueued(1)
        stream.counts.backendQueue = state.queue.append(stream.reference)
        // A place that became free since the look at the servers would wake nobody.
        for server in stream.backend.servers
        where server.state.isUsable && state.queued > 0 { serveQueue(server.state, state) }
    }

    /// Leaves the queue without a place.
    func leaveQueue(_ stream: Stream) {
        let state = stream.backend.state
        if state.queue.remove(stream.reference) { state.addQueued(-1) }
    }

    /// Gives up the stream's place; the next in the queue gets it.
    func releaseSlot(_ stream: Stream) {
        guard stream.has(Stream.Flag.holdsSlot), let server = stream.target else { return }
        stream.clear(Stream.Flag.holdsSlot)
        releaseSlot(server.state, server.backend)
    }

    @inline(__always)
    private func releaseSlot(_ server: ServerState, _ backend: ProxyState) {
        server.addActive(-1)
        if backend.queued > 0 || server.queued > 0 { serveQueue(server, backend) }
    }

    /// Hands places at a server to those who wait, as long as there are both.
    func serveQueue(_ server: ServerState, _ backend: ProxyState) {
        while server.isUsable || server.acceptsPersistent && server.queued > 0 {
            guard server.takeSlot() else { return }
            if let first = server.queue.takeFirst() {
                server.addQueued(-1)
                grant(first, server)
            } else if server.isUsable, let first = backend.queue.takeFirst() {
                backend.addQueued(-1)
                grant(first, server)
            } else {
                server.addActive(-1)
                return
            }
        }
    }

    private func grant(_ stream: StreamReference, _ server: ServerState) {
        if stream.worker == index {
            granted.append((stream, server))
        } else {
            shared.mailboxes[stream.worker].post(.granted(stream, server))
        }
    }

    /// Starts streams that got a place during this turn.
    func startGranted() {
        // Starting one may end it at once and so grant the next place.
        var at = 0
        while at < granted.count {
            let (reference, server) = granted[at]
            at += 1
            start(reference, server)
        }
        granted.removeAll(keepingCapacity: true)
    }

    private func start(_ reference: StreamReference, _ state: ServerState) {
        guard let stream = streams[reference.handle], stream.serial == reference.serial,
            stream.phase == .queued, let client = stream.client,
            let server = stream.backend.server(state)
        else {
            // It gave up meanwhile: the place goes on to the next one.
            if let owner = settings.proxies.first(where: { $0.server(state) != nil }) {
                releaseSlot(state, owner.state)
            } else {
                state.addActive(-1)
            }
            return
        }
        stream.target = server
        stream.set(Stream.Flag.holdsSlot)
        loop.timers.disarm(client.timer)
        stream.times.dequeued = loop.now.nanoseconds
        countAssignment(stream, server)
        connect(client, stream, nil)
    }
}

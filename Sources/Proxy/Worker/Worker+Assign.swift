internal import Core
internal import EventLoop
internal import HTTP

/// Which server a stream goes to, and the queues of those that must wait.
extension Worker {
    /// Finds a server with room, or a queue. `head`: the request, when it was parsed just now.
    /// `avoided`: a server that has just failed the stream.
    func assign(
        _ client: ClientConnection, _ stream: Stream, _ backend: WorkerProxy,
        _ head: RequestHead?, avoiding avoided: Int? = nil
    ) {
        if let hash = backend.requestHash, let head { keepHash(hash, head, client, stream) }
        switch stream.pinned.flatMap({ pinnedChoice($0, stream, backend, avoiding: avoided) })
            ?? choose(backend, client, stream, avoiding: avoided)
        {
        case .server(let server):
            countBalanced(backend, server)
            begin(client, stream, server, backend, head)
        case .kept(let server): begin(client, stream, server, backend, head)
        case .waitFor(let server): enqueue(client, stream, server)
        case .wait: enqueue(client, stream, nil)
        case .full(let server):
            stream.target = server
            countUnserved(backend, server)
            fail(client, stream, Termination(.serverAborted, .queue), status: 503)
        case .none:
            backend.back.add(
                1, to: BackendCounter.connectErrors.rawValue)
            fail(client, stream, Termination(.serverAborted, .connecting), status: 503)
        }
    }

    /// A place at the server is taken.
    @inline(__always)
    private func begin(
        _ client: ClientConnection, _ stream: Stream, _ server: WorkerServer,
        _ backend: WorkerProxy, _ head: RequestHead?
    ) {
        stream.target = server
        stream.set(Stream.Flag.holdsSlot)
        stream.times.dequeued = loop.now.nanoseconds
        countAssignment(backend, server)
        connect(client, stream, server, backend, head)
    }

    private func countAssignment(_ backend: WorkerProxy, _ server: WorkerServer) {
        server.state.countSession(now: loop.now)
        backend.state.sessionStarted(now: loop.now)
        server.row.add(1, to: ServerCounter.sessions.rawValue)
        reportLoad(backend, server)
    }

    /// The algorithm has chosen it.
    @inline(__always)
    func countBalanced(_ backend: WorkerProxy, _ server: WorkerServer) {
        server.row.add(1, to: ServerCounter.balanced.rawValue)
        backend.back.add(1, to: BackendCounter.balanced.rawValue)
    }

    // MARK: Queues

    /// `server`: the only one that the stream may go to; nil: any of its backend.
    private func enqueue(
        _ client: ClientConnection, _ stream: Stream, _ server: WorkerServer?
    ) {
        let state = stream.backend.state
        stream.phase = .queued
        arm(client.timer, after: stream.queueTimeout)
        watch(client)
        stream.target = server
        let rank = StreamQueue.Rank(
            stream.wished, comesAt: loop.now.nanoseconds / 1_000_000)
        if let server {
            server.state.addQueued(1)
            server.state.queue.insert(stream.reference, rank)
            reportLoad(stream.backend, server)
        } else {
            state.addQueued(1)
            state.queue.insert(stream.reference, rank)
        }
        // A place that became free since the look at the servers would wake nobody.
        // Not `hasRoom`: it says no because of the stream that has just queued itself.
        if let server {
            serveQueue(server.state, state)
        } else {
            for candidate in stream.backend.servers where state.queued > 0 {
                serveQueue(candidate.state, state)
            }
        }
    }

    /// Leaves the queue without a place.
    func leaveQueue(_ stream: Stream) {
        // The log says how long it has waited.
        stream.times.dequeued = loop.now.nanoseconds
        if let server = stream.target {
            if let leaver = server.state.queue.remove(stream.reference) {
                server.state.addQueued(-1)
                stream.counts.serverQueue &+= leaver.position
            }
            reportLoad(stream.backend, server)
        } else if let leaver = stream.backend.state.queue.remove(stream.reference) {
            stream.backend.state.addQueued(-1)
            stream.counts.backendQueue &+= leaver.position
        }
    }

    /// A stream got no place at all.
    func countUnserved(_ backend: WorkerProxy, _ server: WorkerServer?) {
        backend.back.add(1, to: BackendCounter.connectErrors.rawValue)
        server?.row.add(1, to: ServerCounter.connectErrors.rawValue)
    }

    /// Gives up the stream's place; the next in the queue gets it.
    func releaseSlot(_ stream: Stream) {
        guard stream.has(Stream.Flag.holdsSlot), let server = stream.target else { return }
        stream.clear(Stream.Flag.holdsSlot)
        releaseSlot(stream, server, stream.backend)
    }

    @inline(__always)
    func releaseSlot(_ stream: Stream, _ server: WorkerServer, _ backend: WorkerProxy) {
        stream.clear(Stream.Flag.holdsSlot)
        releaseSlot(server.state, server.backend)
        reportLoad(backend, server)
    }

    @inline(__always)
    private func releaseSlot(_ server: ServerState, _ backend: ProxyState) {
        server.addActive(-1)
        if backend.queued > 0 || server.queued > 0 { serveQueue(server, backend) }
    }

    /// Hands places at a server to those who wait, as long as there are both.
    func serveQueue(_ server: ServerState, _ backend: ProxyState) {
        // Those who wait for this server get it whatever has become of it: who may go elsewhere waits here no more.
        while server.isUsable || server.queued > 0 {
            guard server.takeSlot(backend) else { return }
            let isLater = server.isUsable && comesLater(server.queue, than: backend.queue)
            if !isLater, let first = server.queue.takeFirst() {
                server.addQueued(-1)
                grant(first, server, isOfServer: true)
            } else if server.isUsable, let first = backend.queue.takeFirst() {
                backend.addQueued(-1)
                grant(first, server, isOfServer: false)
            } else {
                server.addActive(-1)
                // Whoever queued itself meanwhile was told that our place is taken.
                guard server.queued > 0 || server.isUsable && backend.queued > 0 else { return }
            }
        }
    }

    /// As HAProxy: those who wait for the server and those who wait for any one stand in one line.
    private func comesLater(_ queue: StreamQueue, than other: StreamQueue) -> Bool {
        guard let other = other.firstRank, let own = queue.firstRank else { return false }
        return other < own
    }

    private func grant(_ leaver: StreamQueue.Leaver, _ server: ServerState, isOfServer: Bool) {
        let grant = QueueGrant(
            stream: leaver.stream, server: server, position: leaver.position, isOfServer: isOfServer
        )
        if leaver.stream.worker == index {
            granted.append(grant)
        } else {
            shared.mailboxes[leaver.stream.worker].post(.granted(grant))
        }
    }

    /// Starts streams that got a place during this turn.
    func startGranted() {
        // Starting one may end it at once and so grant the next place.
        var at = 0
        while at < granted.count {
            let grant = granted[at]
            at += 1
            start(grant)
        }
        granted.removeAll(keepingCapacity: true)
    }

    private func start(_ grant: QueueGrant) {
        let (reference, state) = (grant.stream, grant.server)
        let waiting = streams[reference.handle].flatMap { stream in
            stream.serial == reference.serial && stream.phase == .queued ? stream : nil
        }
        // A server that came while the stream waited is not in the snapshot that it began with.
        if let waiting, waiting.backend.server(state) == nil,
            let current = settings.proxies.first(where: { $0.state === waiting.backend.state })
        {
            waiting.backend = current
        }
        guard let stream = waiting, let client = stream.client,
            let server = stream.backend.server(state)
        else {
            // It gave up meanwhile: the place goes on to the next one.
            if let owner = settings.proxies.first(where: { $0.server(state) != nil }),
                let server = owner.server(state)
            {
                releaseSlot(state, owner.state)
                // Others may have told the algorithm of a load with this place in it.
                reportLoad(owner, server)
            } else {
                state.addActive(-1)
            }
            return
        }
        if grant.isOfServer {
            stream.counts.serverQueue &+= grant.position
        } else {
            stream.counts.backendQueue &+= grant.position
        }
        stream.target = server
        stream.set(Stream.Flag.holdsSlot)
        loop.timers.disarm(client.timer)
        stream.times.dequeued = loop.now.nanoseconds
        countAssignment(stream.backend, server)
        connect(client, stream, server, stream.backend, nil)
    }
}

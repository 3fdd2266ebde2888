internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging

/// What other threads ask for.
extension Worker {
    func takeMessages() {
        for message in shared.mailboxes[index].take() {
            switch message {
            case .apply(let snapshot, let listeners, let swapped, let drained):
                apply(snapshot, listeners, swapped, drained)
            case .stopListening(let progress):
                var all: [WorkerListener] = []
                listeners.forEach { all.append($0) }
                drain(all, progress)
            case .drain: closeIdleClients()
            case .stop(let progress):
                isStopped = true
                stopped = progress
            case .resumeAccepting: resumeAccepting()
            case .granted(let grant): granted.append(grant)
            case .requeued(let leaver): requeue(leaver)
            case .wantsIdle(let state, let stream): lendIdle(state, to: stream)
            case .lentIdle(let descriptor, let state, let stream):
                takeBorrowed(descriptor, state, for: stream)
            case .stateChanged(let proxy): stateChanged(proxy)
            case .shutdownSessions(let state, let reason):
                redistributeQueue(of: state)
                shutdownSessions(as: Worker.cause(of: reason)) { $0.target?.state === state }
            case .shutdownFrontend(let state):
                shutdownSessions(as: .killed) { $0.frontend.state === state }
            case .inspect(let inspection): answer(inspection)
            }
        }
    }

    /// A reload: new streams use the new snapshot, running ones finish on theirs.
    private func apply(
        _ snapshot: Snapshot, _ wanted: [Listener], _ swapped: ReloadProgress,
        _ drained: ReloadProgress
    ) {
        for proxy in settings.proxies { proxy.isCurrent = false }
        var kept: [ObjectIdentifier: ServerPool] = [:]
        let newLogs = openLogs(snapshot)
        newLogs.replace(logs)
        logs = newLogs
        settings = WorkerSettings(snapshot, worker: index, logs: newLogs) { state in
            let pool = pools[ObjectIdentifier(state)] ?? ServerPool(state: state, worker: index)
            kept[ObjectIdentifier(state)] = pool
            return pool
        }
        if settings.readsServerEnds { keepsServerEnds = true }
        for (identity, pool) in pools where kept[identity] == nil {
            pool.takesBack = false
            for server in pool.takeAll() { close(server) }
        }
        pools = kept
        // Streams of the old snapshot may still log.
        if !logsStreams { noteLogs() }
        let process = snapshot.configuration.process
        (bufferBytes, headLimit) = Worker.limits(process)
        // Unused streams still refer to the old snapshot.
        for stream in freeStreams { streams.remove(stream.handle) }
        freeStreams.removeAll()

        var places: [Int32: Listener] = [:]
        for listener in wanted {
            for descriptor in ownDescriptors(of: listener) { places[descriptor] = listener }
        }
        var gone: [WorkerListener] = []
        listeners.forEach { listener in
            if let place = places.removeValue(forKey: listener.descriptor),
                settings.proxies.indices.contains(place.proxy)
            {
                listener.move(to: settings.proxies[place.proxy], bind: place.bind)
            } else {
                gone.append(listener)
            }
        }
        for (descriptor, place) in places.sorted(by: { $0.key < $1.key }) {
            adopt(descriptor, of: place)
        }
        if !shared.isStopping { listeners.forEach(startAccepting) }
        for proxy in settings.proxies { stateChanged(proxy.state) }
        swapped.workerIsDone()
        drain(gone, drained)
    }

    /// Servers came, went or got more room: queued streams may have a place now.
    private func stateChanged(_ state: ProxyState) {
        guard let proxy = settings.proxies.first(where: { $0.state === state }) else { return }
        for server in proxy.servers {
            server.pool.takesBack = server.state.acceptsPersistent && server.state.isUsable
            if server.pool.hasMoved() || !server.pool.takesBack {
                for idle in server.pool.takeAll() { close(idle) }
            }
            if server.state.queued > 0 { redistributeQueue(server.state, proxy) }
            if server.state.queued > 0 || state.queued > 0 { serveQueue(server.state, state) }
        }
    }

    private static func cause(of reason: SessionEnd) -> Termination.Cause {
        switch reason {
        case .serverDown: .serverDown
        case .serverUp: .serverUp
        case .command: .killed
        }
    }

    private func shutdownSessions(as cause: Termination.Cause, _ matches: (Stream) -> Bool) {
        var found: [Stream] = []
        clients.forEach { client in
            if let stream = client.stream, matches(stream) { found.append(stream) }
        }
        for stream in found {
            guard let client = stream.client else { continue }
            end(client, stream, as: cause)
        }
    }

    /// Ends a stream from outside; where the server was asked already, its answer counts as bad.
    func end(_ client: ClientConnection, _ stream: Stream, as cause: Termination.Cause) {
        let status = stream.phase == .awaitingHead ? 502 : 503
        // As HAProxy: a session that is ended from outside has no moment, a request has.
        let moment = stream.has(Stream.Flag.isTCP) ? .none : stream.moment
        abort(client, stream, Termination(cause, moment), status: status)
    }

    /// Drain: whoever waits between two requests is asked to come back elsewhere.
    private func closeIdleClients() {
        var idle: [ClientConnection] = []
        clients.forEach { client in
            // `option idle-close-on-response`: it may be about to ask, and hears of the end with its answer.
            let waits = client.listener.proxy.settings.options.idleCloseOnResponse
            // A new connection has its first request on the way.
            if client.phase == .idle, !waits, client.requests > 0 { idle.append(client) }
        }
        for client in idle { closeUnlessAsking(client) }
    }

    /// Closes an idle client; one whose request is here and was not read yet gets its answer first.
    func closeUnlessAsking(_ client: ClientConnection) {
        client.channel.canRead = true
        readHead(client)
        if client.phase == .idle { close(client) }
    }

    /// The end of the thread.
    func closeEverything() {
        listeners.forEach(stopAccepting)
        for drain in drains { drain.progress.workerIsDone() }
        drains.removeAll()
        var open: [ClientConnection] = []
        clients.forEach { open.append($0) }
        for client in open { drop(client) }
        var left: [ServerConnection] = []
        servers.forEach { left.append($0) }
        for server in left { close(server) }
        logs.flush(now: loop.now)
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import Linux

/// Listening sockets and new connections.
extension Worker {
    /// How long accepting rests when descriptors or memory have run out.
    private static let restAfterExhaustion: Int64 = 100_000_000

    /// How long a listener rests whose frontend reached its rate.
    private static let restAfterBurst: Int64 = 10_000_000

    /// Takes over what this worker accepts from: its own sockets of each bind line, or the shared one.
    func adopt(_ added: [Listener]) {
        for listener in added {
            for descriptor in ownDescriptors(of: listener) { adopt(descriptor, of: listener) }
        }
    }

    func adopt(_ descriptor: Int32, of listener: Listener) {
        guard settings.proxies.indices.contains(listener.proxy) else { return }
        _ = listeners.insert { handle in
            WorkerListener(
                descriptor: descriptor, handle: handle,
                isShared: listener.descriptors.count == 1 && shared.workers > 1,
                proxy: settings.proxies[listener.proxy], bind: listener.bind)
        }
    }

    /// One socket is shared by all. Of several, each worker has those whose number fits its own, so that after a
    /// reload to fewer workers none is orphaned.
    func ownDescriptors(of listener: Listener) -> [Int32] {
        let all = listener.descriptors
        if all.count == 1 { return all }
        return all.indices.filter { $0 % shared.workers == index }.map { all[$0] }
    }

    func startAccepting(_ listener: WorkerListener) {
        guard !listener.isWaiting, !listener.isBroken, !acceptsPaused else { return }
        let readiness: Readiness = listener.isShared ? [.readable, .exclusive] : .readable
        do throws(Errno) {
            try loop.add(listener.descriptor, readiness, listener.token)
            listener.isWaiting = true
            note(listener, isLost: false)
        } catch {
            note(listener, isLost: true)
            rest()
        }
    }

    func stopAccepting(_ listener: WorkerListener) {
        guard listener.isWaiting else { return }
        loop.remove(listener.descriptor)
        listener.isWaiting = false
    }

    /// Tells the health board, which adds up over all workers.
    func note(_ listener: WorkerListener, isLost: Bool) {
        guard listener.isLost != isLost else { return }
        listener.isLost = isLost
        shared.addLostListeners(isLost ? 1 : -1)
    }

    func listenerIsReady(_ listener: WorkerListener, _ readiness: Readiness) {
        if readiness.isDisjoint(with: [.failed, .hungUp]) {
            accept(from: listener)
        } else {
            // It listens no more, and nothing but a new socket helps.
            listener.isBroken = true
            stopAccepting(listener)
            note(listener, isLost: true)
        }
    }

    /// A limit was reached: connections wait in the kernel until one ends.
    private func pause(_ listener: WorkerListener) {
        stopAccepting(listener)
        shared.pauseAccepting()
        // What ended between the look at the limit and the mark above would wake nobody.
        if mayAccept(listener) { shared.resumeAccepting() }
    }

    private func mayAccept(_ listener: WorkerListener) -> Bool {
        let state = listener.proxy.state
        let limit = state.maxConnections
        return shared.activeConnections < shared.maxConnections
            && (limit == 0 || state.frontendActive < limit) && listener.hasRoom
            && !state.isStopped && (!listener.isSecure || shared.hasSecureRoom)
    }

    /// Descriptors or memory ran out: rest a moment instead of spinning on a socket that stays readable.
    private func rest() {
        listeners.forEach(stopAccepting)
        acceptsPaused = true
        arm(acceptTimer, after: Worker.restAfterExhaustion)
    }

    func resumeAccepting() {
        acceptsPaused = false
        continueDrains()
        guard !shared.isStopping else { return }
        listeners.forEach { listener in
            guard !listener.isWaiting else { return }
            // The mark was cleared by whoever woke us, perhaps by an end elsewhere: without a new one, a listener that
            // is still full would sleep for good. One that an operator stopped is woken by the operator.
            if !mayAccept(listener), !listener.proxy.state.isStopped { shared.pauseAccepting() }
            if mayAccept(listener) { startAccepting(listener) }
        }
    }

    /// Accepts a share of what waits; the rest comes with the next turn.
    func accept(from listener: WorkerListener) {
        guard listener.isWaiting else { return }
        var left = settings.snapshot.configuration.process.acceptsAtOnce
        while left > 0 {
            if isTooFast(listener) { return }
            guard mayAccept(listener), shared.takeConnection() else {
                pause(listener)
                return
            }
            switch Sockets.acceptStream(listener.descriptor) {
            case .connection(let number, let peer):
                if peer.port < 1024, isRefused(peer) {
                    Descriptors.close(number)
                    shared.releaseConnection()
                } else {
                    open(number, from: peer, listener)
                }
            case .wouldBlock:
                shared.releaseConnection()
                return
            case .failed(let error):
                shared.releaseConnection()
                switch Errno(rawValue: error) {
                case .tooManyDescriptors, .tooManyDescriptorsInSystem, .noBuffers, .noMemory:
                    rest()
                    return
                default: break  // That one connection failed before we had it.
                }
            }
            left &-= 1
        }
    }

    /// `harden.reject-privileged-ports.tcp`: who has such a port may be the answer to a forged packet.
    private func isRefused(_ peer: PeerAddress) -> Bool {
        peer.ip != nil && peer.port > 0
            && settings.snapshot.configuration.process.rejectsPrivilegedPorts
    }

    /// `rate-limit sessions`, `maxconnrate`, `maxsessrate` and `maxsslrate`: rests until the rate is lower again.
    private func isTooFast(_ listener: WorkerListener) -> Bool {
        guard
            Worker.reaches(
                listener.proxy.settings.sessionRateLimit ?? 0, listener.proxy.state.frontendRate,
                loop.now)
                || Worker.reaches(shared.connectionRateLimit, shared.connectionRate, loop.now)
                || Worker.reaches(shared.sessionRateLimit, shared.sessionRate, loop.now)
                || listener.isSecure
                    && Worker.reaches(shared.secureRateLimit, shared.secureRate, loop.now)
        else { return false }
        stopAccepting(listener)
        arm(acceptTimer, after: Worker.restAfterBurst)
        return true
    }

    @inline(__always)
    private static func reaches(_ limit: Int, _ meter: RateMeter, _ now: Instant) -> Bool {
        limit > 0 && meter.rate(now: now) >= limit
    }

    /// A new connection. The caller has counted it.
    func open(_ number: Int32, from peer: PeerAddress, _ listener: WorkerListener) {
        let now = loop.now
        let made = clients.insert { handle in
            ClientConnection(
                channel: Channel(owning: number), handle: handle,
                timer: loop.timers.add(owner: Token(kind: TokenKind.client, handle).rawValue),
                peer: peer, listener: listener, now: now)
        }
        guard let client = made else {
            Descriptors.close(number)
            shared.releaseConnection()
            return
        }
        let proxy = listener.proxy
        shared.connectionRate.count(now: now)
        processRow.add(1, to: ProcessCounter.connections.rawValue)
        proxy.state.addFrontendActive(1)
        if listener.isCounted { count(client, listener) }
        if listener.isSecure { countSecure(client) }
        proxy.state.connectionRate.count(now: now)
        proxy.state.frontendRate.count(now: now)
        proxy.front.add(1, to: FrontendCounter.connections.rawValue)
        if let list = proxy.rules?.connection, !allows(client, list) {
            proxy.front.add(1, to: FrontendCounter.deniedConnections.rawValue)
            countInListener(.deniedConnections, client)
            drop(client)
            return
        }
        proxy.front.add(1, to: FrontendCounter.sessions.rawValue)
        shared.sessionRate.count(now: now)
        proxy.state.sessionStarted(now: now)
        arrivals.append(client.token)
    }

    /// `maxsslconn`, `maxsslrate`
    @inline(never)
    private func countSecure(_ client: ClientConnection) {
        client.isCountedSecure = true
        shared.addSecureConnections(1)
        shared.secureRate.count(now: loop.now)
    }

    /// Goes on with those that this turn has accepted, after its other events: most have sent their first bytes by then,
    /// and need neither a call in vain nor a registration with the loop.
    func greetArrivals() {
        // Greeting accepts nobody: the list does not grow meanwhile.
        for at in arrivals.indices {
            guard let client = clients[arrivals[at].handle] else { continue }
            if client.listener.acceptsProxy || client.expectsProxy {
                awaitProxyHeader(client)
            } else {
                identified(client)
            }
        }
        arrivals.removeAll(keepingCapacity: true)
    }

    /// It is known who the client is.
    func identified(_ client: ClientConnection) {
        if client.listener.isSecure {
            beginHandshake(client, client.listener)
        } else {
            begin(client)
        }
    }

    /// The connection is there, and so is TLS where it has it: the first request or the session may come.
    func begin(_ client: ClientConnection) {
        let proxy = client.listener.proxy
        if let list = proxy.rules?.session, !allows(client, list) {
            proxy.front.add(1, to: FrontendCounter.deniedSessions.rawValue)
            countInListener(.deniedSessions, client)
            drop(client)
            return
        }
        if client.trackers != nil { countTrackedSession(client) }
        if proxy.isHTTP {
            let timeouts = proxy.timeouts
            arm(
                client.timer,
                after: timeouts.httpRequest > 0 ? timeouts.httpRequest : timeouts.client)
            if proxy.log.logsConnections { logConnection(client, proxy) }
            readHead(client)
        } else {
            startSession(client)
        }
    }
}

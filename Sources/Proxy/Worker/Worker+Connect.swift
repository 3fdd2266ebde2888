internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux
internal import TLS

/// From a place at a server to a connection: an idle one, one of another worker, or a new one.
extension Worker {
    /// Rest before the same server is tried again, at most (HAProxy manual, `retries`).
    private static let turnAround: Int64 = 1_000_000_000

    /// `head`: the request, when it was parsed just now.
    func connect(
        _ client: ClientConnection, _ stream: Stream, _ target: WorkerServer,
        _ backend: WorkerProxy, _ head: RequestHead?
    ) {
        if stream.has(Stream.Flag.mayRedirect), let prefix = target.redirectPrefix,
            redirect(client, stream, to: prefix)
        {
            return
        }
        if stream.flags & Worker.noReuse == 0 {
            if let server = reusable(client, stream, target, backend) {
                attach(server, to: stream)
                stream.set(Stream.Flag.reusesConnection)
                target.row.add(1, to: ServerCounter.reuses.rawValue)
                backend.back.add(1, to: BackendCounter.reuses.rawValue)
                stream.times.connected = loop.now.nanoseconds
                sendRequest(client, stream, server, head)
                return
            }
            if shouldBorrow(stream, target) {
                borrow(stream, target, client)
                return
            }
        }
        open(client, stream, target, head)
    }

    /// Streams with one of these do not ask for an idle connection.
    private static let noReuse = Stream.Flag.isTCP | Stream.Flag.wantsFresh

    /// Where a connection for this client goes.
    @inline(__always)
    private func destination(
        of target: WorkerServer, _ client: ClientConnection
    ) -> SocketAddress? {
        guard target.followsClient else { return target.state.address }
        return followed(target, client)
    }

    /// A server without a port, or without an address, is reached at those that the client connected to.
    func followed(_ target: WorkerServer, _ client: ClientConnection) -> SocketAddress? {
        guard case .ip(var ip, var port)? = target.state.address else { return nil }
        let front = frontAddress(client)
        guard let own = front.ip else { return nil }
        if ip.isAny { ip = own }
        if port == 0 {
            port = UInt16(truncatingIfNeeded: Int(front.port) + target.settings.portOffset)
        }
        return .ip(ip, port: port)
    }

    /// An idle connection that this stream may use (HAProxy manual, `http-reuse`).
    private func reusable(
        _ client: ClientConnection, _ stream: Stream, _ target: WorkerServer,
        _ backend: WorkerProxy
    ) -> ServerConnection? {
        if target.followsClient { return takeOwn(client, target) }
        if stream.has(Stream.Flag.prefersOwn), let own = takeOwn(client, target) { return own }
        let isFirst = client.requests <= 1
        switch backend.reuse {
        case .never: return takeOwn(client, target)
        case .safe where isFirst: return nil
        case .safe, .always: return takeHealthy(target, stream, onlyReused: false)
        case .aggressive: return takeHealthy(target, stream, onlyReused: isFirst)
        }
    }

    private func takeHealthy(
        _ target: WorkerServer, _ stream: Stream, onlyReused: Bool
    ) -> ServerConnection? {
        if target.hasDynamicName {
            return takeHealthyNamed(target, stream, onlyReused: onlyReused)
        }
        while let server = target.pool.take(onlyReused: onlyReused) {
            if isHealthy(server, target, stream) { return server }
            close(server)
        }
        return nil
    }

    private func takeHealthyNamed(
        _ target: WorkerServer, _ stream: Stream, onlyReused: Bool
    ) -> ServerConnection? {
        let name = stream.client.flatMap { serverName(for: target, $0) }
        while let server = target.pool.take(named: name, onlyReused: onlyReused) {
            if isHealthy(server, target, stream) { return server }
            close(server)
        }
        return nil
    }

    @inline(__always)
    private func isHealthy(
        _ server: ServerConnection, _ target: WorkerServer, _ stream: Stream
    ) -> Bool {
        // What cannot be repeated must not be sent to a server that has closed already. For all other requests the
        // look costs more than the rare repetition.
        let isSafe =
            stream.method.isIdempotent
            || target.pool.distrustedUntil < loop.now.nanoseconds && isQuiet(server)
        return !server.channel.expectsEnd && server.tls == target.tlsID && isSafe
    }

    /// Whether an idle connection is still open and silent.
    private func isQuiet(_ server: ServerConnection) -> Bool {
        pool.lend(.head, to: &server.channel.input)
        defer { pool.reclaim(&server.channel.input) }
        if case .blocked = server.channel.receive() { return true }
        return false
    }

    /// TLS has things of its own to say on an idle connection, for instance new tickets.
    func isQuietlySecure(_ server: ServerConnection) -> Bool {
        server.channel.tls.isOn && !server.channel.expectsEnd && isQuiet(server)
    }

    func attach(_ server: ServerConnection, to stream: Stream) {
        server.phase = .used
        server.uses &+= 1
        server.stream = stream
        stream.server = server
    }

    /// Opens a new connection.
    func open(
        _ client: ClientConnection, _ stream: Stream, _ target: WorkerServer, _ head: RequestHead?
    ) {
        guard let address = destination(of: target, client) else {
            connectFailed(client, stream, .addressNotAvailable)
            return
        }
        target.row.add(1, to: ServerCounter.connects.rawValue)
        stream.backend.back.add(1, to: BackendCounter.connects.rawValue)
        let options = stream.backend.settings.options
        // `option tcp-smart-connect`: only where we speak first is there something to wait for.
        let isSmart = options.tcpSmartConnect && !stream.has(Stream.Flag.isTCP)
        switch Sockets.connectStream(
            to: address, from: target.settings.source ?? stream.backend.settings.source,
            keepAlive: options.tcpKeepAliveServer, delaysAcknowledgement: isSmart,
            options: target.socketOptions,
            // Who waits for the server's first words would wait for good: nothing goes out before ours.
            fast: target.connectsFast && !stream.has(Stream.Flag.isTCP))
        {
        case .failed(let error): connectFailed(client, stream, Errno(rawValue: error))
        case .started(let number):
            if isSmart { Sockets.setNoDelay(number) }
            let made = servers.insert { handle in
                ServerConnection(
                    channel: Channel(owning: number), handle: handle,
                    timer: loop.timers.add(owner: Token(kind: TokenKind.server, handle).rawValue),
                    pool: target.pool)
            }
            guard let server = made else {
                Descriptors.close(number)
                connectFailed(client, stream, .noBuffers)
                return
            }
            target.pool.opened()
            server.isPrivate = stream.backend.reuse == .never || target.followsClient
            if target.followsClient { server.address = address }
            server.proxyHeaderVersion = target.settings.sendProxyVersion
            attach(server, to: stream)
            server.phase = .connecting
            stream.phase = .connecting
            stream.clear(Stream.Flag.reusesConnection)
            arm(server.timer, after: stream.connectTimeout)
            watchSoon(client)
            if target.isSecure {
                openSecurely(client, stream, server, target)
                return
            }
            // On a local network the connection is often there already: one event less.
            if !stream.has(Stream.Flag.isTCP), stream.requestBody.kind == .none {
                sendRequest(client, stream, server, head)
            } else {
                watch(server)
            }
        }
    }

    /// TLS begins at once, or behind a PROXY header, which goes in the clear.
    private func openSecurely(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ target: WorkerServer
    ) {
        guard sendProxyHeader(client, stream, server) else { return }
        if secure(server, target, client) {
            shakeHands(client, stream, server)
        } else {
            connectFailed(client, stream, .noMemory)
        }
    }

    /// An event for a connection that is being opened.
    func connectingIsReady(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        guard server.channel.canWrite || server.channel.hasFailed else { return }
        if let error = Sockets.takeError(server.channel.number) {
            connectFailed(client, stream, error)
            return
        }
        guard server.channel.canWrite, !server.channel.hasFailed else {
            connectFailed(client, stream, .connectionReset)
            return
        }
        if server.channel.tls.isOn, !server.channel.tls.isReady {
            shakeHands(client, stream, server)
            return
        }
        if !server.channel.tls.isOn, let target = stream.target, target.isSecure {
            openSecurely(client, stream, server, target)
            return
        }
        if stream.has(Stream.Flag.isTCP) {
            guard sendProxyHeader(client, stream, server) else { return }
            connected(stream, server)
            startTunnel(client, stream, server)
        } else {
            sendRequest(client, stream, server, nil)
        }
    }

    /// The connection is established.
    func connected(_ stream: Stream, _ server: ServerConnection) {
        guard server.phase == .connecting else { return }
        server.phase = .used
        loop.timers.disarm(server.timer)
        stream.times.connected = loop.now.nanoseconds
    }

    /// No connection: try again, elsewhere where that is wanted, or give up.
    func connectFailed(_ client: ClientConnection, _ stream: Stream, _ error: Errno) {
        dropServer(of: stream)
        guard let target = stream.target else { return }
        let backend = stream.backend
        let cause: Termination.Cause =
            switch error {
            case .timedOut: .serverTimeout
            case .tooManyDescriptors, .tooManyDescriptorsInSystem, .noBuffers, .noMemory,
                .addressNotAvailable, .addressInUse:
                .resources
            default: .serverAborted
            }
        guard Int(stream.retries) < stream.maxRetries,
            backend.settings.retryOn.contains(.connectionFailure)
        else {
            // Only what nothing could save is an error; the attempts are among the retries.
            target.row.add(1, to: ServerCounter.connectErrors.rawValue)
            backend.back.add(1, to: BackendCounter.connectErrors.rawValue)
            fail(client, stream, Termination(cause, .connecting), status: 503)
            return
        }
        stream.retries &+= 1
        if redispatch(client, stream, target) { return }
        countRetry(stream, target)
        if error == .timedOut {
            // It has waited long enough already.
            countAttempt(target)
            connect(client, stream, target, backend, nil)
            return
        }
        stream.phase = .pausing
        if givesUp(client, stream) {
            abort(client, stream, Termination(.clientAborted, stream.moment), status: 0)
            return
        }
        watch(client)
        let timeout = stream.connectTimeout
        arm(client.timer, after: timeout > 0 ? min(timeout, Worker.turnAround) : Worker.turnAround)
    }
}

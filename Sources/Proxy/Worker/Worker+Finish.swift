internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import TLS

/// How streams and connections end.
extension Worker {
    /// Longest time that a closing client's bytes are thrown away, nanoseconds.
    private static let lingerTime: Int64 = 2_000_000_000
    /// Most bytes that are thrown away.
    private static let lingerBytes = 1 << 20

    /// The answer was handed to the client's socket whole.
    func finish(_ client: ClientConnection, _ stream: Stream) {
        returnServer(of: stream)
        let keeps = stream.has(Stream.Flag.keepsClient)
        endStream(client, stream)
        guard keeps, !client.channel.hasFailed else {
            closeGently(client)
            return
        }
        awaitNextRequest(client)
    }

    private func awaitNextRequest(_ client: ClientConnection) {
        client.phase = .idle
        client.accepted = loop.now
        let timeouts = client.listener.proxy.timeouts
        if client.channel.output.isLent { pool.reclaim(&client.channel.output) }
        if client.channel.input.isEmpty {
            pool.reclaim(&client.channel.input)
            // `option idle-close-on-response`: it may be about to ask, and hears of the end with its answer.
            if shared.isClosing, !client.listener.proxy.settings.options.idleCloseOnResponse {
                closeUnlessAsking(client)
                return
            }
            arm(
                client.timer,
                after: timeouts.httpKeepAlive > 0 ? timeouts.httpKeepAlive : timeouts.client)
            if client.channel.canRead { readHead(client) } else { watch(client) }
        } else {
            // A pipelined request: it has its turn after those that others have sent.
            client.headStarted = loop.now
            arm(
                client.timer,
                after: timeouts.httpRequest > 0 ? timeouts.httpRequest : timeouts.client)
            unfinished.append(client.token)
        }
    }

    /// Takes the stream off its connections: counters, log line, place at the server.
    private func endStream(_ client: ClientConnection, _ stream: Stream) {
        // Reading a property that may change costs a reference count, taking it out does not: each is read once.
        let backend = stream.backend
        if let target = stream.target.take() {
            countEnd(stream, backend, target)
            if target.isObserved { observe(stream, target) }
            if stream.frontend.log.isEnabled {
                stream.target = target
                logEnd(client, stream)
                stream.target = nil
            }
            if stream.has(Stream.Flag.holdsSlot) { releaseSlot(stream, target, backend) }
        } else {
            countBytes(stream, backend, row: nil)
            if stream.frontend.log.isEnabled { logEnd(client, stream) }
        }
        if stream.has(Stream.Flag.countedInBackend) { backend.state.addBackendActive(-1) }
        if stream.requestPipe.isOpen { pipes.reclaim(&stream.requestPipe) }
        if stream.responsePipe.isOpen { pipes.reclaim(&stream.responsePipe) }
        if stream.capture.isLent { pool.reclaim(&stream.capture) }
        if stream.has(Stream.Flag.isRuled) { endRuled(client, stream) }
        if stream.has(Stream.Flag.isTracked) { releaseTrackers(stream) }
        client.stream = nil
        stream.client = nil
        stream.phase = .free
        stream.serial &+= 1
        if stream.frontend.isCurrent {
            freeStreams.append(stream)
        } else {
            // It would keep the snapshot that a reload has replaced.
            streams.remove(stream.handle)
        }
    }

    private func endRuled(_ client: ClientConnection, _ stream: Stream) {
        pool.reclaim(&stream.rewritten)
        forgetSuspended(stream)
        if let source = stream.transaction?.receivedSource { client.peer = source }
        stream.pinned = nil
        stream.hash = nil
        stream.sticks?.removeAll()
    }

    // MARK: The server's side

    /// The stream needs its server connection no longer: back to the pool where it is clean.
    func returnServer(of stream: Stream) {
        guard let server = stream.server.take() else { return }
        if keepsServerEnds { keepServerEnds(server, stream) }
        loop.timers.disarm(server.timer)
        if server.uses == 1, server.channel.tls.isOn { saveSession(server, stream.target) }
        let isClean =
            !stream.has(Stream.Flag.serverClosesAfter) && stream.responseBody.isComplete
            && stream.requestBody.isComplete && server.channel.input.isEmpty
            && server.channel.output.isEmpty && !server.channel.expectsEnd
            && !server.channel.hasFailed && stream.phase != .tunnel
        guard isClean else {
            close(server)
            return
        }
        pool.reclaim(&server.channel.input)
        pool.reclaim(&server.channel.output)
        // A full read may have left bytes or an end behind: an idle connection has to be quiet.
        if server.channel.canRead {
            watch(server)
        }
        park(server, of: stream)
    }

    /// Throws the stream's server connection away.
    func dropServer(of stream: Stream) {
        guard let server = stream.server.take() else { return }
        if keepsServerEnds { keepServerEnds(server, stream) }
        close(server)
    }

    /// Closes a server connection, whatever it does.
    func close(_ server: ServerConnection) {
        guard server.phase != .closed else { return }
        if server.phase == .idle { server.pool.remove(server) }
        server.phase = .closed
        server.stream = nil
        server.pool.closed()
        pool.reclaim(&server.channel.input)
        pool.reclaim(&server.channel.output)
        loop.timers.remove(server.timer)
        server.channel.close()
        servers.remove(server.handle)
    }

    // MARK: Failures

    /// The stream ends without an answer of a server: the client gets an error page.
    func fail(
        _ client: ClientConnection, _ stream: Stream, _ termination: Termination, status: Int
    ) {
        abort(client, stream, termination, status: status)
    }

    /// Ends the stream early. `status`: the page for a client that has got no answer yet; 0: none.
    func abort(
        _ client: ClientConnection, _ stream: Stream, _ termination: Termination, status: Int
    ) {
        if stream.phase == .queued {
            leaveQueue(stream)
            stream.times.dequeued = loop.now.nanoseconds
        }
        if stream.termination.isNone { stream.termination = termination }
        stream.set(Stream.Flag.isError)
        countAbort(stream, termination, status: status)
        dropServer(of: stream)
        let isAnswered = stream.has(Stream.Flag.answered)
        if stream.has(Stream.Flag.isTCP) || isAnswered || status == 0 || client.channel.hasFailed {
            // A cut answer must not look like a whole one: where the client counts on the end of the connection to
            // tell, a reset tells it that something is missing.
            let resets = isAnswered && stream.responseBody.kind == .untilClose
            endStream(client, stream)
            if resets {
                client.channel.isCut = true
                Sockets.setResetOnClose(client.channel.number)
            } else if client.channel.canRead {
                // Unread bytes would turn the end into a reset.
                _ = Sockets.discard(client.channel.number, atMost: Worker.lingerBytes)
            }
            close(client)
            return
        }
        if !stream.requestBody.isComplete { stream.clear(Stream.Flag.keepsClient) }
        let ownHead = writeErrorReply(client, stream, status)
        if stream.retained > 0 {
            releaseRetained(client, stream)
        } else if stream.has(Stream.Flag.headInInput) {
            client.channel.input.consume(stream.headBytes)
        }
        reply(client, stream, status, ownHead)
    }

    /// Sends an error page to a client whose request was understood.
    /// `ownHead`: bytes of the head of an answer that lies in `scratch` already.
    private func reply(
        _ client: ClientConnection, _ stream: Stream, _ status: Int, _ ownHead: Int?
    ) {
        let page = page(status, stream.backend, stream.frontend)
        let keeps = stream.has(Stream.Flag.keepsClient)
        guard !page.isSilence || ownHead != nil else {
            endStream(client, stream)
            close(client)
            return
        }
        if !client.channel.output.isLent { pool.lend(.bulk, to: &client.channel.output) }
        let before = client.channel.output.count
        stream.status = UInt16(clamping: page.status)
        guard
            ownHead.map({ appendOwn(client, stream, $0) }) == true
                || appendRuled(page, client, stream)
                || page.write(
                    closing: !keeps, to: stream.method, version: stream.version,
                    into: &client.channel.output)
        else {
            endStream(client, stream)
            close(client)
            return
        }
        countStatus(stream, stream.status)
        stream.counts.bytesOut &+= client.channel.output.count - before
        stream.set(Stream.Flag.answered)
        stream.requestBody = .none
        stream.responseBody = .none
        stream.phase = .transferring
        flushAnswer(client, stream)
    }

    func page(_ status: Int, _ backend: WorkerProxy, _ frontend: WorkerProxy) -> ErrorPage {
        backend.customPages[status] ?? frontend.customPages[status] ?? pages[status]
    }

    /// Answers bytes that are no request, and closes.
    func refuse(
        _ client: ClientConnection, status: Int,
        _ termination: Termination = Termination(.proxyRefused, .request), isLogged: Bool = true
    ) {
        let proxy = client.listener.proxy
        countRefusal(client)
        if client.trackers != nil { countTrackedNonsense(client) }
        if isLogged { logRefusal(client, status: status, termination) }
        let page = page(status, proxy, proxy)
        client.channel.input.removeAll()
        guard !page.isSilence else {
            close(client)
            return
        }
        if !client.channel.output.isLent { pool.lend(.bulk, to: &client.channel.output) }
        _ = page.write(closing: true, to: .get, version: .http11, into: &client.channel.output)
        closeGently(client, mayHaveMore: true)
    }

    // MARK: The client's side

    /// Closes after everything was sent, in a way that the client reads it: bytes that it sent and we did not read would
    /// make the kernel reset the connection, and the answer with it.
    func closeGently(_ client: ClientConnection, mayHaveMore: Bool = false) {
        let isQuiet = client.channel.input.isEmpty && !mayHaveMore && !hasUnread(client)
        pool.reclaim(&client.channel.input)
        if isQuiet && !client.channel.hasUnsent || client.channel.hasFailed {
            close(client)
            return
        }
        client.phase = .lingering
        client.channel.canRead = true
        arm(client.timer, after: Worker.lingerTime)
        linger(client)
    }

    /// Whether the client has sent more than was read. It is looked for, because a connection whose request is being
    /// answered may not be watched; what is there is thrown away.
    private func hasUnread(_ client: ClientConnection) -> Bool {
        if client.channel.hasEnded || client.channel.hasFailed { return false }
        if client.channel.canRead { return true }
        guard case .moved = Sockets.discard(client.channel.number, atMost: Worker.lingerBytes)
        else { return false }
        return true
    }

    /// Sends what is left, says that it was all, and throws away what comes.
    func linger(_ client: ClientConnection) {
        while !client.channel.output.isEmpty, client.channel.canWrite {
            switch client.channel.flush() {
            case .moved, .blocked: continue
            case .ended, .failed:
                drop(client)
                return
            }
        }
        if client.channel.output.isEmpty {
            pool.reclaim(&client.channel.output)
            client.channel.sendEnd()
        }
        var left = Worker.lingerBytes
        while client.channel.canRead {
            switch Sockets.discard(client.channel.number, atMost: left) {
            case .moved(let count):
                left -= count
                guard left > 0 else {
                    drop(client)
                    return
                }
            case .wouldBlock: client.channel.canRead = false
            case .ended, .failed:
                if !client.channel.hasUnsent {
                    drop(client)
                    return
                }
                client.channel.canRead = false
                client.channel.hasEnded = true
            }
        }
        if client.channel.hasFailed { drop(client) } else { watch(client) }
    }

    /// Closes a client connection without a stream.
    func close(_ client: ClientConnection) { drop(client) }

    /// Closes a client connection, whatever it does.
    func drop(_ client: ClientConnection) {
        guard client.phase != .closed else { return }
        if let stream = client.stream {
            if stream.phase == .queued { leaveQueue(stream) }
            dropServer(of: stream)
            if stream.termination.isNone {
                stream.termination = Termination(.killed, stream.moment)
            }
            endStream(client, stream)
        }
        client.phase = .closed
        if client.trackers != nil { releaseTrackers(client) }
        while let own = client.ownServer {
            client.ownServer = own.nextOwn.take()
            close(own)
        }
        pool.reclaim(&client.channel.input)
        pool.reclaim(&client.channel.output)
        loop.timers.remove(client.timer)
        client.channel.close()
        clients.remove(client.handle)
        client.counted.addFrontendActive(-1)
        if let state = client.listenerState { state.addActive(-1) }
        if client.isCountedSecure { shared.addSecureConnections(-1) }
        shared.releaseConnection()
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP

/// From a client's bytes to a request.
extension Worker {
    func clientIsReady(_ client: ClientConnection) {
        switch client.phase {
        case .proxyHeader: readProxyHeader(client)
        case .idle, .head:
            readHead(client)
            if client.channel.expectsEnd { endCameEarly(client) }
        case .streaming:
            guard let stream = client.stream else { return }
            clientIsReady(client, stream)
        case .lingering: linger(client)
        case .securing: shakeHands(client)
        case .closed: return
        }
    }

    /// An event for a client whose stream runs.
    private func clientIsReady(_ client: ClientConnection, _ stream: Stream) {
        switch stream.phase {
        case .tunnel:
            if let server = stream.server { runTunnel(client, stream, server) }
        case .awaitingHead, .transferring:
            guard let server = stream.server else {
                flushAnswer(client, stream)
                return
            }
            if client.channel.hasFailed || givesUp(client, stream) {
                // Who has only ended its side still reads: HAProxy tells it that this was a mistake.
                let status = stream.phase == .awaitingHead ? 400 : 0
                abort(client, stream, Termination(.clientAborted, stream.moment), status: status)
                return
            }
            if !stream.requestBody.isComplete || stream.requestBody.ready > 0 {
                guard sendRequestBody(client, stream, server) else { return }
            }
            if stream.phase == .transferring { sendAnswerBody(client, stream, server) }
        case .waiting: waitingIsReady(client, stream)
        case .holdingAnswer:
            if client.channel.hasFailed || givesUp(client, stream) {
                abort(client, stream, Termination(.clientAborted, stream.moment), status: 0)
            } else if let server = stream.server {
                sendHeldBody(client, stream, server)
            }
        case .queued, .pausing, .borrowing, .connecting:
            if client.channel.hasFailed || givesUp(client, stream) {
                abort(client, stream, Termination(.clientAborted, stream.moment), status: 0)
            }
        case .inspecting: inspectedClientIsReady(client, stream)
        case .free: return
        }
    }

    /// `option abortonclose`: a client that ends its side before the answer begins does not want it any more.
    func givesUp(_ client: ClientConnection, _ stream: Stream) -> Bool {
        client.channel.expectsEnd && stream.phase != .transferring
            && stream.backend.settings.options.abortOnClose
    }

    /// The client's end came in one event with its request: no other event will tell of it.
    private func endCameEarly(_ client: ClientConnection) {
        guard client.phase == .streaming, let stream = client.stream, givesUp(client, stream)
        else { return }
        clientIsReady(client, stream)
    }

    /// Goes on with what is buffered: no event will tell of it.
    func continueClient(_ client: ClientConnection) {
        if client.phase == .idle, !client.channel.input.isEmpty, parseHead(client) { return }
        clientIsReady(client)
    }

    /// Reads until a whole head is there.
    func readHead(_ client: ClientConnection) {
        while true {
            guard client.channel.canRead else {
                if client.channel.input.isEmpty { pool.reclaim(&client.channel.input) }
                watch(client)
                return
            }
            if !client.channel.input.isLent {
                pool.lend(.head, to: &client.channel.input)
            } else if client.channel.input.room == 0 {
                client.channel.input.compact()
            }
            switch client.channel.receive() {
            case .moved:
                if parseHead(client) { return }
            case .blocked: continue
            case .ended, .failed:
                clientEndedEarly(client)
                return
            }
        }
    }

    /// Looks at what is there of a head; true when somebody else goes on with the client.
    func parseHead(_ client: ClientConnection, _ reading: HeadReading = .strict) -> Bool {
        if client.phase == .idle { client.headStarted = loop.now }
        switch HeadParser.request(
            client.channel.input.bytes, progress: &client.progress, into: &fields,
            reading: reading)
        {
        case .complete(let head):
            guard head.byteCount <= headLimit else {
                keepInvalidRequest(client, reading)
                refuse(client, status: 400)
                return true
            }
            if head.facts.isChunked, hasBadChunk(client.channel.input, behind: head.byteCount) {
                keepInvalidRequest(client, reading)
                refuse(client, status: 400)
                return true
            }
            if head.version == .http10, hasUnexpectedBody(head) {
                keepInvalidRequest(client, reading)
                refuse(client, status: 413)
                return true
            }
            client.phase = .streaming
            startRequest(client, head)
            return true
        case .needsMore:
            guard client.channel.input.count < headLimit else {
                keepInvalidRequest(client, reading)
                refuse(client, status: 400)
                return true
            }
            if client.phase == .idle {
                client.phase = .head
                // The time for a head counts from its first byte, and bytes do not prolong it.
                if client.requests > 0, client.listener.proxy.timeouts.httpRequest > 0 {
                    loop.timers.disarm(client.timer)
                    arm(client.timer, after: client.listener.proxy.timeouts.httpRequest)
                }
            }
            if client.listener.proxy.timeouts.httpRequest == 0 {
                arm(client.timer, after: client.listener.proxy.timeouts.client)
            }
            return false
        case .malformed(let reason):
            if !reading.isLenient,
                client.listener.proxy.settings.options.acceptsRequestViolations
            {
                return parseHead(client, .lenient)
            }
            keepInvalidRequest(client, reading)
            refuse(client, status: reason.requestStatus)
            return true
        case .unnormalised:
            guard normaliseHead(client, reading) else {
                keepInvalidRequest(client, reading)
                refuse(client, status: 400)
                return true
            }
            return parseHead(client, reading.repeated)
        }
    }

    /// A body that old servers do not look for would be a request of its own to them
    /// (`h1-accept-payload-with-any-method`).
    @inline(never)
    private func hasUnexpectedBody(_ head: RequestHead) -> Bool {
        switch head.method {
        case .get, .head, .delete: break
        default: return false
        }
        return (head.facts.isChunked || (head.facts.contentLength ?? 0) > 0)
            && !settings.snapshot.configuration.process.allowsBodyOfAnyMethod
    }

    /// Writes the head that has come anew, so that rules, logs and servers see the same.
    private func normaliseHead(_ client: ClientConnection, _ reading: HeadReading) -> Bool {
        var fresh = Buffer()
        pool.lend(client.channel.input.count < pool.headBytes ? .head : .bulk, to: &fresh)
        let isDone = HeadParser.normalise(
            client.channel.input.bytes, reading, fields: &fields, into: &fresh)
        if isDone { swap(&client.channel.input, &fresh) }
        pool.reclaim(&fresh)
        return isDone
    }

    /// The client closed before its request was whole.
    private func clientEndedEarly(_ client: ClientConnection) {
        let hasBytes = !client.channel.input.isEmpty
        if client.requests > 0, !hasBytes {
            close(client)
            return
        }
        let proxy = client.listener.proxy
        let options = proxy.settings.options
        if !hasBytes, options.httpIgnoreProbes {
            close(client)
            return
        }
        countRefusal(client)
        if client.trackers != nil { countTrackedNonsense(client) }
        if hasBytes || !options.dontLogNull {
            logRefusal(client, status: 400, Termination(.clientAborted, .request))
        }
        close(client)
    }

    /// Takes a request up.
    private func startRequest(_ client: ClientConnection, _ head: RequestHead) {
        let frontend = client.listener.proxy
        // Where nothing can answer before, it is in its backend at once: no need to change that twice.
        if !frontend.isRuled, !frontend.hasService, let backend = frontend.backend {
            let stream = beginStream(client, head, frontend, backend)
            countRequest(frontend)
            enter(backend, stream, frontend, client, head)
        } else {
            let stream = beginStream(client, head, frontend, frontend)
            lead(client, stream, head, frontend)
        }
    }

    /// Where rules and answers of our own come before the backend.
    private func lead(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead, _ frontend: WorkerProxy
    ) {
        if frontend.isRuled {
            // Behind `tcp-request content` rules it is a request only when they let it pass.
            if frontend.rules?.content == nil { countRequest(frontend) }
            startRuled(client, stream, head)
            return
        }
        countRequest(frontend)
        if frontend.hasService, answerLocally(client, stream, head) { return }
        guard let backend = frontend.backend else {
            fail(client, stream, Termination(.serverAborted, .connecting), status: 503)
            return
        }
        enter(backend, stream, frontend, client, head)
    }

    private func enter(
        _ backend: WorkerProxy, _ stream: Stream, _ frontend: WorkerProxy,
        _ client: ClientConnection, _ head: RequestHead
    ) {
        enter(backend, stream)
        if backend !== frontend, backend.hasService, answerLocally(client, stream, head) { return }
        assign(client, stream, backend, head)
    }

    /// The stream of a request that has just come.
    private func beginStream(
        _ client: ClientConnection, _ head: RequestHead, _ frontend: WorkerProxy,
        _ backend: WorkerProxy
    ) -> Stream {
        let stream = takeStream(client, frontend, backend)
        client.requests &+= 1
        loop.timers.disarm(client.timer)
        stream.method = head.method
        stream.version = head.version
        stream.requestBody = BodyFraming(request: head)
        stream.times.requestStart = client.headStarted.nanoseconds
        stream.times.requestEnd = loop.now.nanoseconds
        stream.headBytes = head.byteCount
        stream.set(Stream.Flag.headInInput)
        stream.counts.bytesIn = head.byteCount
        if head.allowsKeepAlive, frontend.connectionMode != .close, !shared.isClosing {
            stream.set(Stream.Flag.keepsClient)
        }
        if head.facts.hasUpgrade { stream.set(Stream.Flag.wantsUpgrade) }
        if frontend.log.needsCapture { captureRequest(client, stream, head) }
        if let captures = frontend.captures { keepRequest(client, stream, head, captures) }
        return stream
    }

    @inline(__always)
    func countRequest(_ frontend: WorkerProxy) {
        processRow.add(1, to: ProcessCounter.requests.rawValue)
        frontend.front.add(1, to: FrontendCounter.requests.rawValue)
        frontend.state.countRequest(now: loop.now)
    }

    /// Counts the stream in its backend.
    func enter(_ backend: WorkerProxy, _ stream: Stream) {
        if stream.backend !== backend {
            // As HAProxy: what a rule of the frontend set for the server's side holds only there.
            if stream.flags & Stream.Flag.hasOwnSettings != 0 { stream.forgetServerSettings() }
            stream.backend = backend
        }
        stream.set(Stream.Flag.countedInBackend)
        backend.state.addBackendActive(1)
        backend.state.countBackendSession(now: loop.now)
        backend.back.add(1, to: BackendCounter.sessions.rawValue)
        if backend.isHTTP {
            backend.back.add(1, to: BackendCounter.requests.rawValue)
        }
    }

    /// A stream for this client, reset. `backend`: where it goes, or the frontend as long as that is not known.
    func takeStream(
        _ client: ClientConnection, _ frontend: WorkerProxy, _ backend: WorkerProxy
    ) -> Stream {
        let stream: Stream
        if let free = freeStreams.popLast() {
            stream = free
            // Mostly they are what they were: comparing is cheaper than counting references.
            if stream.frontend !== frontend { stream.frontend = frontend }
            if stream.backend !== backend { stream.backend = backend }
        } else {
            let made = streams.insert { Stream(handle: $0, worker: index, frontend: frontend) }
            made?.backend = backend
            // The table is as large as the clients', and each client has one stream at most.
            guard let made else { preconditionFailure("more streams than clients") }
            stream = made
        }
        stream.serial &+= 1
        stream.number = nextStreamNumber
        nextStreamNumber &+= shared.workers
        stream.flags = client.streamFlags
        stream.retained = 0
        stream.retries = 0
        stream.status = 0
        stream.termination = .none
        stream.times = StreamTimes()
        stream.times.accepted = client.accepted.nanoseconds
        stream.counts = StreamCounts()
        stream.cookie = StreamCookie()
        stream.requestBody = .none
        stream.responseBody = .none
        stream.client = client
        client.stream = stream
        return stream
    }
}

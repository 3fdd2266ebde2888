internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules

/// `tcp-request content` rules, and TCP sessions of proxies that have rules.
extension Worker {
    // MARK: TCP

    func startRuledSession(_ client: ClientConnection, _ stream: Stream) {
        stream.set(Stream.Flag.isRuled)
        prepareTransaction(client, stream)
        inspectSession(client, stream, timeIsUp: false)
    }

    /// Takes a session through the rules of its frontend and its backend, as far as its bytes allow.
    private func inspectSession(_ client: ClientConnection, _ stream: Stream, timeIsUp: Bool) {
        let frontend = stream.frontend
        var isLate = timeIsUp
        if !stream.has(Stream.Flag.countedInBackend) {
            guard contentPasses(frontend, client, stream, timeIsUp: isLate) else { return }
            guard let backend = routeSession(frontend, client, stream) else {
                fail(client, stream, Termination(.serverAborted, .connecting), status: 503)
                return
            }
            enter(backend, stream)
            stream.transaction?.rulesSeen = 0
            isLate = false
        }
        let backend = stream.backend
        if backend !== frontend {
            guard contentPasses(backend, client, stream, timeIsUp: isLate) else { return }
        }
        if backend.bindsRequests {
            beginContent(client, stream, backend, isFinal: true)
            chooseServer(backend, stream)
            endContent()
        }
        stream.times.requestEnd = loop.now.nanoseconds
        assign(client, stream, backend, nil)
    }

    private func routeSession(
        _ frontend: WorkerProxy, _ client: ClientConnection, _ stream: Stream
    ) -> WorkerProxy? {
        guard let rules = frontend.rules, !rules.backends.isEmpty else { return frontend.backend }
        if rules.content == nil { _ = receiveContent(client) }
        beginContent(client, stream, frontend, isFinal: true)
        defer { endContent() }
        return route(frontend)
    }

    /// Runs the content rules of a proxy on what the client has sent. False: they wait, or the session has ended.
    private func contentPasses(
        _ proxy: WorkerProxy, _ client: ClientConnection, _ stream: Stream, timeIsUp: Bool
    ) -> Bool {
        guard let rules = proxy.rules, let list = rules.content else { return true }
        let mayGrow = receiveContent(client)
        beginContent(
            client, stream, proxy, isFinal: timeIsUp || !mayGrow || rules.requestDelay <= 0)
        let verdict = evaluation.run(list)
        stream.transaction?.rulesSeen = evaluation.rulesSeen
        endContent()
        switch verdict {
        case .passed:
            stopWaiting(client, stream)
            return true
        case .waits:
            wait(client, stream, for: rules.requestDelay)
            return false
        default:
            refuseContent(verdict, client, stream)
            return false
        }
    }

    /// Receives what is there. False: nothing more will come, or there is no room for it.
    private func receiveContent(_ client: ClientConnection) -> Bool {
        while client.channel.canRead, client.channel.input.count < headLimit {
            if !client.channel.input.isLent { pool.lend(.head, to: &client.channel.input) }
            guard client.channel.input.room > 0 else { return false }
            guard case .moved = client.channel.receive() else { break }
        }
        if client.channel.input.isEmpty { pool.reclaim(&client.channel.input) }
        return !client.channel.hasEnded && !client.channel.hasFailed
            && client.channel.input.count < headLimit
    }

    /// Lends the evaluation the client's bytes, and the head that they may be.
    private func beginContent(
        _ client: ClientConnection, _ stream: Stream, _ proxy: WorkerProxy, isFinal: Bool
    ) {
        let count = min(client.channel.input.count, headLimit)
        var head: RequestHead?
        var awaitsHead = false
        fields.removeAll()
        if let needs = proxy.rules?.contentNeeds, needs.contains(.requestHead) {
            var progress = HeadProgress()
            switch HeadParser.request(
                client.channel.input.bytes, progress: &progress, into: &fields, reading: .again)
            {
            case .complete(let parsed): head = parsed
            case .needsMore: awaitsHead = true
            case .malformed, .unnormalised: fields.removeAll()
            }
        }
        beginRules(client, stream, copying: client.channel.input, count)
        evaluation.requestHead = head
        evaluation.contentLength = count
        evaluation.content = RawContent(side: .request, count: count, awaitsHead: awaitsHead)
        evaluation.isFinal = isFinal
        evaluation.rulesSeen = stream.transaction?.rulesSeen ?? 0
    }

    private func endContent() {
        evaluation.requestHead = nil
        endRules()
    }

    private func wait(_ client: ClientConnection, _ stream: Stream, for time: Int64) {
        stream.phase = .inspecting
        // The time runs from the first look on, and bytes do not prolong it.
        if stream.transaction?.isWaiting == false {
            stream.transaction?.isWaiting = true
            arm(client.timer, after: time)
        }
        watch(client)
    }

    private func stopWaiting(_ client: ClientConnection, _ stream: Stream) {
        guard stream.transaction?.isWaiting == true else { return }
        stream.transaction?.isWaiting = false
        loop.timers.disarm(client.timer)
    }

    private func refuseContent(
        _ verdict: RuleVerdict, _ client: ClientConnection, _ stream: Stream
    ) {
        countDenied(stream)
        if case .dropped = verdict { Sockets.silence(client.channel.number) }
        loop.timers.disarm(client.timer)
        if stream.has(Stream.Flag.isTCP) {
            stream.counts.bytesIn = client.channel.input.count
        } else {
            // As HAProxy: what was refused before its head was looked at is no request.
            stream.times.requestEnd = -1
            pool.reclaim(&stream.capture)
        }
        abort(client, stream, Termination(.proxyRefused, .request), status: 0)
    }

    // MARK: HTTP

    /// Runs the content rules of the frontend on a request.
    func inspectRequest(
        _ client: ClientConnection, _ stream: Stream, _ parsed: RequestHead, timeIsUp: Bool
    ) {
        guard let rules = stream.frontend.rules, let list = rules.content else { return }
        beginRules(client, stream, copying: client.channel.input, parsed.byteCount)
        evaluation.requestHead = parsed
        evaluation.contentLength = client.channel.input.count
        // As HAProxy: a request that is there whole has nothing to wait for.
        let wanted = parsed.byteCount + (parsed.facts.contentLength ?? 0)
        evaluation.isFinal =
            timeIsUp || rules.requestDelay <= 0 || client.channel.input.count >= wanted
            || client.channel.hasEnded || client.channel.input.count >= headLimit
        evaluation.rulesSeen = stream.transaction?.rulesSeen ?? 0
        let verdict = evaluation.run(list)
        stream.transaction?.rulesSeen = evaluation.rulesSeen
        endContent()
        switch verdict {
        case .passed:
            stopWaiting(client, stream)
            countRequest(stream.frontend)
            runRequestRules(client, stream, parsed)
        case .waits: wait(client, stream, for: rules.requestDelay)
        default: refuseContent(verdict, client, stream)
        }
    }

    // MARK: Events

    func inspectedClientIsReady(_ client: ClientConnection, _ stream: Stream) {
        if client.channel.hasFailed {
            abort(client, stream, Termination(.clientAborted, .request), status: 0)
        } else {
            inspectAgain(client, stream, timeIsUp: false)
        }
    }

    func inspectionTimedOut(_ client: ClientConnection, _ stream: Stream) {
        inspectAgain(client, stream, timeIsUp: true)
    }

    private func inspectAgain(_ client: ClientConnection, _ stream: Stream, timeIsUp: Bool) {
        guard !stream.has(Stream.Flag.isTCP) else {
            inspectSession(client, stream, timeIsUp: timeIsUp)
            return
        }
        _ = receiveContent(client)
        var progress = HeadProgress()
        guard
            case .complete(let head) = HeadParser.request(
                client.channel.input.bytes, progress: &progress, into: &fields, reading: .again)
        else {
            countInternalError(client, stream)
            abort(client, stream, Termination(.internalError, .request), status: 500)
            return
        }
        inspectRequest(client, stream, head, timeIsUp: timeIsUp)
    }
}

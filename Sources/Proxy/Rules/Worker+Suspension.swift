internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Rules

/// Rules that wait: `wait-for-body`, `option http-buffer-request`, `pause`, `tarpit`.
extension Worker {
    /// Puts the rules that run just now aside.
    func suspend(
        _ client: ClientConnection, _ stream: Stream, at place: SuspendedRules.Place, next: Int,
        _ cause: SuspendedRules.Cause
    ) -> SuspendedRules {
        let kept =
            freeSuspended.popLast()
            ?? SuspendedRules(
                fieldLimit: settings.snapshot.configuration.process.headerFieldLimit)
        kept.place = place
        kept.next = next
        kept.cause = cause
        kept.request = evaluation.requestHead
        kept.answer = evaluation.responseHead
        kept.receivedMethod = evaluation.receivedMethod
        kept.hasEdits = evaluation.hasEdits
        kept.growth = evaluation.growth
        kept.isStrict = evaluation.isStrict
        kept.awaitedTerm = evaluation.awaitedTerm
        evaluation.awaitedTerm = 0
        evaluation.requestHead = nil
        evaluation.responseHead = nil
        endRules()
        swap(&edits, &kept.edits)
        swap(&fields, &kept.fields)
        pool.lend(.head, to: &edits)
        stream.suspended = kept
        return kept
    }

    /// Takes them up again; from here to `endRules` they run.
    func restore(_ kept: SuspendedRules, _ client: ClientConnection, _ stream: Stream) {
        stream.suspended = nil
        pool.reclaim(&edits)
        swap(&edits, &kept.edits)
        swap(&fields, &kept.fields)
        resumeRules(client, stream)
        evaluation.requestHead = kept.request
        evaluation.responseHead = kept.answer
        evaluation.receivedMethod = kept.receivedMethod
        evaluation.hasEdits = kept.hasEdits
        evaluation.growth = kept.growth
        evaluation.isStrict = kept.isStrict
        evaluation.awaitedTerm = kept.awaitedTerm
        let input =
            kept.answer == nil ? client.channel.input.count : stream.server?.channel.input.count
        limitGrowth(beside: input ?? 0)
        evaluation.contentLength = client.channel.input.count
        freeSuspended.append(kept)
    }

    /// The stream ends while its rules wait.
    func forgetSuspended(_ stream: Stream) {
        guard let kept = stream.suspended else { return }
        stream.suspended = nil
        pool.reclaim(&kept.edits)
        freeSuspended.append(kept)
    }

    // MARK: Requests

    /// Lets a request wait. `nanoseconds`: the longest time; 0: none.
    func waitForRequest(
        _ client: ClientConnection, _ stream: Stream, _ received: RequestHead,
        at place: SuspendedRules.Place, next: Int, _ cause: SuspendedRules.Cause,
        nanoseconds: Int64
    ) {
        if case .body = cause { invite(client, stream) }
        let kept = suspend(client, stream, at: place, next: next, cause)
        kept.received = received
        stream.phase = .waiting
        arm(client.timer, after: nanoseconds)
        watch(client)
        if client.channel.canRead { waitingIsReady(client, stream) }
    }

    /// A client that waits for leave to send its body gets it from us: the server sees no `Expect`.
    private func invite(_ client: ClientConnection, _ stream: Stream) {
        guard stream.version == .http11 else { return }
        let name: StaticString = "expect"
        let bytes = unsafe RawSpan(
            _unsafeStart: name.utf8Start, byteCount: name.utf8CodeUnitCount)
        let found = evaluation.fields.first(
            named: bytes, in: evaluation.arena.bytes, edits: evaluation.arena.bytes)
        guard let found else { return }
        evaluation.fields.drop(found)
        evaluation.hasEdits = true
        sendInterim(client, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    /// Sends an interim answer before the real one.
    func sendInterim(_ client: ClientConnection, _ bytes: [UInt8]) {
        if !client.channel.output.isLent { pool.lend(.bulk, to: &client.channel.output) }
        guard client.channel.output.append(contentsOf: bytes) else { return }
        while !client.channel.output.isEmpty, client.channel.canWrite {
            switch client.channel.flush() {
            case .moved, .blocked: continue
            case .ended, .failed: return
            }
        }
    }

    /// An event for a client whose rules wait.
    func waitingIsReady(_ client: ClientConnection, _ stream: Stream) {
        guard let kept = stream.suspended else { return }
        if client.channel.hasFailed {
            abort(client, stream, Termination(.clientAborted, .request), status: 0)
            return
        }
        switch kept.cause {
        case .body(let atLeast): readBody(client, stream, kept, atLeast)
        case .tarpit(let reply):
            // Half-closing must not be a way out.
            if client.channel.expectsEnd, stream.backend.settings.options.abortOnClose {
                endTarpit(client, stream, kept, reply)
            }
        case .pause, .turn:
            if client.channel.expectsEnd, stream.backend.settings.options.abortOnClose {
                abort(client, stream, Termination(.clientAborted, .request), status: 0)
            }
        }
    }

    private func readBody(
        _ client: ClientConnection, _ stream: Stream, _ kept: SuspendedRules, _ atLeast: Int
    ) {
        guard let received = kept.received else { return }
        while client.channel.canRead {
            if client.channel.input.room == 0 { client.channel.input.compact() }
            switch client.channel.receive() {
            case .moved:
                if hasBody(client, received, atLeast) {
                    resumeRequest(client, stream, kept)
                    return
                }
            case .blocked: continue
            case .ended:
                // The rules see what came of it, and the log names the backend that they choose.
                resumeRequest(client, stream, kept)
                return
            case .failed:
                abort(client, stream, Termination(.clientAborted, .request), status: 400)
                return
            }
        }
    }

    /// Whether enough of the body is there, or no more fits.
    func hasBody(_ client: ClientConnection, _ head: RequestHead, _ atLeast: Int) -> Bool {
        if head.facts.isChunked == false, (head.facts.contentLength ?? 0) == 0 { return true }
        let (state, count) = Worker.preview(
            client.channel.input, from: head.byteCount, isChunked: head.facts.isChunked,
            length: head.facts.contentLength ?? 0)
        return state != .partial || atLeast > 0 && count >= atLeast
            || client.channel.input.count >= headLimit || client.channel.hasEnded
    }

    /// Whether the client went away before all of a body came that was waited for.
    func isCut(_ client: ClientConnection, _ stream: Stream, _ head: RequestHead) -> Bool {
        guard stream.has(Stream.Flag.awaitedBody), client.channel.hasEnded else { return false }
        let (state, _) = Worker.preview(
            client.channel.input, from: head.byteCount, isChunked: head.facts.isChunked,
            length: head.facts.contentLength ?? 0)
        return state == .partial
    }

    /// How much of a body is in a buffer.
    private static func preview(
        _ input: borrowing Buffer, from start: Int, isChunked: Bool, length: Int?
    ) -> (BodyPreview.State, Int) {
        var count = 0
        let state = BodyPreview.scan(
            input.bytes, from: start, isChunked: isChunked, length: length
        ) { count += $0.count }
        return (state, count)
    }

    func resumeRequest(
        _ client: ClientConnection, _ stream: Stream, _ kept: SuspendedRules
    ) {
        guard let received = kept.received else { return }
        loop.timers.disarm(client.timer)
        // Kept apart: the object may be in use again before this ends.
        let (place, next) = (kept.place, kept.next)
        if case .body = kept.cause {
            stream.set(Stream.Flag.awaitedBody)
            // HAProxy's time of the request has the wait for its body in it.
            stream.times.requestEnd = loop.now.nanoseconds
        }
        restore(kept, client, stream)
        stream.phase = .free
        continueRules(client, stream, received, at: place, next)
    }

    /// Time is up.
    func waitingTimedOut(_ client: ClientConnection, _ stream: Stream) {
        guard let kept = stream.suspended else { return }
        switch kept.cause {
        case .body:
            stream.times.requestEnd = -1
            stream.frontend.front.add(1, to: FrontendCounter.requestErrors.rawValue)
            countInListener(.requestErrors, client)
            abort(client, stream, Termination(.clientTimeout, .request), status: 408)
        case .pause: resumeRequest(client, stream, kept)
        case .turn: abort(client, stream, Termination(.proxyRefused, .request), status: 503)
        case .tarpit(let reply): endTarpit(client, stream, kept, reply)
        }
    }

    private func endTarpit(
        _ client: ClientConnection, _ stream: Stream, _ kept: SuspendedRules, _ reply: Reply
    ) {
        loop.timers.disarm(client.timer)
        restore(kept, client, stream)
        stream.phase = .free
        stream.times.requestEnd = -1
        stream.times.dequeued = loop.now.nanoseconds
        let answer = reply.isPage || reply.isSilent ? nil : evaluation.write(reply)
        evaluation.requestHead = nil
        endRules()
        let end = Termination(.proxyRefused, .tarpit)
        if let answer {
            answerRuled(client, stream, answer, end)
        } else {
            abort(client, stream, end, status: reply.isSilent ? 0 : reply.status)
        }
    }

    // MARK: Answers

    /// Lets an answer wait, whose head and the beginning of whose body are in the server's input.
    func waitForAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ received: ResponseHead, at place: SuspendedRules.Place, next: Int,
        _ cause: SuspendedRules.Cause, nanoseconds: Int64
    ) {
        let kept = suspend(client, stream, at: place, next: next, cause)
        kept.receivedAnswer = received
        stream.phase = .holdingAnswer
        arm(server.timer, after: nanoseconds)
        watch(server)
        watch(client)
        sendHeldBody(client, stream, server)
        guard stream.phase == .holdingAnswer, stream.server === server else { return }
        if server.channel.canRead { heldIsReady(client, stream, server) }
    }

    /// The server has begun its answer before it had the request's body; the rest of that may be what it waits for.
    func sendHeldBody(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        guard !stream.requestBody.isComplete || stream.requestBody.ready > 0,
            server.channel.canWrite
        else { return }
        _ = sendRequestBody(client, stream, server)
    }

    /// An event for a server whose answer waits.
    func heldIsReady(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        sendHeldBody(client, stream, server)
        guard stream.phase == .holdingAnswer, stream.server === server else { return }
        guard let kept = stream.suspended, let received = kept.receivedAnswer,
            case .body(let atLeast) = kept.cause
        else { return }
        while server.channel.canRead {
            if server.channel.input.room == 0 { server.channel.input.compact() }
            switch server.channel.receive() {
            case .moved:
                if hasBody(stream, server, received, atLeast) {
                    resumeAnswer(client, stream, server, kept)
                    return
                }
            case .blocked: continue
            case .ended, .failed:
                // What there is of it is all that will come.
                resumeAnswer(client, stream, server, kept)
                return
            }
        }
    }

    func hasBody(
        _ stream: Stream, _ server: ServerConnection, _ head: ResponseHead, _ atLeast: Int
    ) -> Bool {
        if stream.method == .head || head.status == 204 || head.status == 304 { return true }
        let (state, count) = Worker.preview(
            server.channel.input, from: head.byteCount, isChunked: head.facts.isChunked,
            length: head.facts.contentLength)
        return state != .partial || atLeast > 0 && count >= atLeast
            || server.channel.input.count >= headLimit || server.channel.hasEnded
    }

    private func resumeAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ kept: SuspendedRules
    ) {
        guard let received = kept.receivedAnswer else { return }
        loop.timers.disarm(server.timer)
        let (place, next) = (kept.place, kept.next)
        restore(kept, client, stream)
        stream.phase = .awaitingHead
        continueAnswer(client, stream, server, received, at: place, next)
    }

    /// Time is up for an answer that waits.
    func heldTimedOut(_ client: ClientConnection, _ stream: Stream, _ server: ServerConnection) {
        guard let kept = stream.suspended, let received = kept.receivedAnswer else { return }
        if case .pause = kept.cause {
            resumeAnswer(client, stream, server, kept)
        } else {
            countServerStatus(stream, received.status)
            fail(client, stream, Termination(.serverTimeout, .request), status: 504)
        }
    }
}

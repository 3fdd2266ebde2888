internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules

/// Responses of proxies that have rules, and answers that rules give.
extension Worker {
    /// What rules say of a server's answer.
    enum AnswerVerdict { case goesOn, waits, replaced }

    /// Runs `http-response` and `http-after-response` rules on a server's answer.
    func runResponseRules(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ head: inout ResponseHead
    ) -> AnswerVerdict {
        let (first, second) = (stream.backend.rules, stream.frontend.rules)
        let hasRules =
            first?.tcpResponse != nil || first?.response != nil || first?.afterResponse != nil
            || second?.response != nil || second?.afterResponse != nil
            || first?.sticks.isEmpty == false || stream.backend.cookie != nil
        guard hasRules else { return .goesOn }
        beginRules(client, stream, copying: server.channel.input, head.byteCount)
        evaluation.responseHead = head
        if let list = first?.tcpResponse {
            switch evaluation.run(list) {
            case .passed: break
            case .closed: stream.set(Stream.Flag.serverClosesAfter)
            case let verdict:
                evaluation.responseHead = nil
                endRules()
                replace(verdict, client, stream)
                return .replaced
            }
        }
        return runAnswerRules(client, stream, server, &head, at: .answerOfBackend, 0)
    }

    /// Runs the rules of an answer from one of them on; `head`: as it was received.
    func runAnswerRules(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ head: inout ResponseHead, at place: SuspendedRules.Place, _ first: Int
    ) -> AnswerVerdict {
        let received = head
        var verdict = RuleVerdict.passed
        var (place, next) = (place, first)
        while true {
            let proxy = place == .answerOfBackend ? stream.backend : stream.frontend
            verdict = proxy.rules?.response.map { evaluation.run($0, from: next) } ?? .passed
            countFailedRewrites(client, stream)
            if case .suspends(let wait, let following) = verdict {
                next = following
                if case .body(let wait) = wait, hasBody(stream, server, received, wait.atLeast) {
                    continue
                }
                let (cause, nanoseconds) = Worker.cause(of: wait)
                waitForAnswer(
                    client, stream, server, received, at: place, next: next, cause,
                    nanoseconds: nanoseconds)
                return .waits
            }
            guard case .passed = verdict, place == .answerOfBackend,
                stream.backend !== stream.frontend
            else { break }
            (place, next) = (.answerOfFrontend, 0)
        }
        if case .passed = verdict {
            if let cookie = stream.backend.cookie, let head = evaluation.responseHead {
                setCookies(cookie, stream, head)
            }
            if let rules = stream.backend.rules, !rules.sticks.isEmpty {
                applyResponseSticks(rules, stream)
            }
            runAfterRules(client, stream)
            head = evaluation.responseHead ?? head
            evaluation.responseHead = nil
            endRules()
            stream.status = head.status
            return .goesOn
        }
        evaluation.responseHead = nil
        endRules()
        countServerStatus(stream, head.status)
        replace(verdict, client, stream)
        return .replaced
    }

    private func runAfterRules(_ client: ClientConnection, _ stream: Stream) {
        defer { countFailedRewrites(client, stream) }
        if let list = stream.backend.rules?.afterResponse { _ = evaluation.run(list) }
        if stream.backend !== stream.frontend, let list = stream.frontend.rules?.afterResponse {
            _ = evaluation.run(list)
        }
    }

    /// Gives the client something else than the server's answer.
    private func replace(_ verdict: RuleVerdict, _ client: ClientConnection, _ stream: Stream) {
        let refused = Termination(.proxyRefused, .headers)
        switch verdict {
        // Requests only.
        case .passed, .served, .suspends: break
        case .answeredPage(let reply):
            abort(
                client, stream, Termination(.local, .headers),
                status: reply.isSilent ? 0 : reply.status)
        case .unauthorized(let challenge):
            dropServer(of: stream)
            answerChallenge(client, stream, challenge)
        case .answered(let answer):
            dropServer(of: stream)
            answerRuled(client, stream, answer, Termination(.local, .headers))
        case .denied(let reply), .tarpitted(let reply):
            countDeniedResponse(stream)
            guard !reply.isPage, !reply.isSilent else {
                abort(client, stream, refused, status: reply.isSilent ? 0 : reply.status)
                return
            }
            resumeRules(client, stream)
            let answer = evaluation.write(reply)
            endRules()
            guard let answer else {
                failInternally(client, stream, refused)
                return
            }
            dropServer(of: stream)
            answerRuled(client, stream, answer, refused)
        case .rejected, .closed: fail(client, stream, refused, status: 502)
        case .dropped:
            Sockets.silence(client.channel.number)
            abort(client, stream, refused, status: 0)
        case .waits, .failed, .invalid: failInternally(client, stream, refused)
        }
    }

    // MARK: Answers of our own

    /// Sends an answer that lies in the edits.
    func answerRuled(
        _ client: ClientConnection, _ stream: Stream, _ answer: LocalAnswer,
        _ termination: Termination
    ) {
        prepareLocalAnswer(client, stream)
        scratch.removeAll()
        scratch.append(edits, answer.head.range)
        scratch.append("\r\n")
        let headEnd = scratch.count
        scratch.append(edits, answer.body.range)
        guard appendOwn(client, stream, headEnd) else {
            countInternalError(client, stream)
            abort(client, stream, Termination(.internalError, termination.moment), status: 0)
            return
        }
        sendLocalAnswer(client, stream, status: Int(stream.status), termination)
    }

    /// The refusal of `auth`: the page for 401, and how to ask again.
    func answerChallenge(_ client: ClientConnection, _ stream: Stream, _ challenge: Challenge) {
        let asked = Termination(.local, .request)
        let page = page(401, stream.backend, stream.frontend)
        guard !page.isSilence else {
            abort(client, stream, asked, status: 0)
            return
        }
        prepareLocalAnswer(client, stream)
        scratch.removeAll()
        scratch.append(contentsOf: page.lines)
        scratch.append(contentsOf: challenge.line)
        scratch.append("\r\n")
        let headEnd = scratch.count
        scratch.append(contentsOf: page.payload)
        guard appendOwn(client, stream, headEnd) else {
            countInternalError(client, stream)
            abort(client, stream, Termination(.internalError, .request), status: 0)
            return
        }
        sendLocalAnswer(client, stream, status: Int(stream.status), asked)
    }

    /// Writes the reply of an `http-error` line into `scratch`; the bytes of its head, or nil where there is no such
    /// line, or it does not fit.
    func writeErrorReply(_ client: ClientConnection, _ stream: Stream, _ status: Int) -> Int? {
        let backend = stream.backend
        let reply: Reply
        if let own = backend.errorReplies[status] {
            reply = own
        } else if backend.customPages[status] == nil,
            let own = stream.frontend.errorReplies[status]
        {
            reply = own
        } else {
            return nil
        }
        edits.removeAll()
        fields.removeAll()
        var head: RequestHead?
        if stream.retained > 0 || stream.has(Stream.Flag.headInInput) { head = parseAgain(client) }
        if let head {
            beginRules(client, stream, copying: client.channel.input, head.byteCount)
        } else {
            resumeRules(client, stream)
        }
        evaluation.requestHead = head
        let answer = evaluation.write(reply)
        evaluation.requestHead = nil
        endRules()
        guard let answer else { return nil }
        scratch.removeAll()
        scratch.append(edits, answer.head.range)
        scratch.append("\r\n")
        let headEnd = scratch.count
        scratch.append(edits, answer.body.range)
        return headEnd
    }

    /// Puts an answer that lies in `scratch` into the client's output, through `http-after-response`.
    func appendOwn(_ client: ClientConnection, _ stream: Stream, _ headEnd: Int) -> Bool {
        var progress = HeadProgress()
        guard
            case .complete(let parsed) = HeadParser.response(
                scratch.bytes, progress: &progress, into: &fields)
        else { return false }
        guard headEnd <= edits.capacity else { return false }
        // It lies in bytes that are overwritten now.
        evaluation.requestHead = nil
        var head = parsed
        if hasAfterRules(stream) {
            beginRules(client, stream, copying: scratch, headEnd)
            evaluation.responseHead = head
            runAfterRules(client, stream)
            head = evaluation.responseHead ?? head
            evaluation.responseHead = nil
            endRules()
        }
        stream.status = head.status
        // What follows a granted CONNECT belongs to a tunnel that there is not: nobody may take it for a request.
        if stream.method == .connect, head.status / 100 == 2 {
            stream.clear(Stream.Flag.keepsClient)
        }
        let connection: HeadWriter.Connection =
            stream.has(Stream.Flag.keepsClient) ? .keepAlive : .close
        guard
            HeadWriter.response(
                head, fields, from: scratch.bytes, edits: edits.bytes, to: stream.method,
                version: stream.version, connection: connection, into: &client.channel.output),
            HeadWriter.end(into: &client.channel.output)
        else { return false }
        guard stream.method != .head else { return true }
        return client.channel.output.append(scratch, headEnd..<scratch.count)
    }

    /// An error page through `http-after-response`; false where there is nothing to run.
    func appendRuled(_ page: ErrorPage, _ client: ClientConnection, _ stream: Stream) -> Bool {
        guard stream.has(Stream.Flag.isRuled), hasAfterRules(stream) else { return false }
        scratch.removeAll()
        guard page.write(closing: false, to: .get, version: .http11, into: &scratch),
            let headEnd = Worker.headEnd(scratch)
        else { return false }
        return appendOwn(client, stream, headEnd)
    }

    private static func headEnd(_ bytes: borrowing Buffer) -> Int? {
        let bytes = bytes.bytes
        var at = 0
        while at &+ 4 <= bytes.byteCount {
            if bytes.byte(at: at) == 0x0d, bytes.byte(at: at &+ 1) == 0x0a,
                bytes.byte(at: at &+ 2) == 0x0d, bytes.byte(at: at &+ 3) == 0x0a
            {
                return at &+ 4
            }
            at &+= 1
        }
        return nil
    }
}

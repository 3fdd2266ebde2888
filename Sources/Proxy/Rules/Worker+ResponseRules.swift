internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules

/// Responses of proxies that have rules, and answers that rules give.
extension Worker {
    /// Runs `http-response` and `http-after-response` rules on a server's answer. False: the client has got another
    /// answer, and the stream has ended.
    func runResponseRules(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ head: inout ResponseHead
    ) -> Bool {
        let (first, second) = (stream.backend.rules, stream.frontend.rules)
        let isOne = stream.backend === stream.frontend
        let hasRules =
            first?.tcpResponse != nil || first?.response != nil || first?.afterResponse != nil
            || second?.response != nil || second?.afterResponse != nil
            || first?.sticks.isEmpty == false
        guard hasRules else { return true }
        beginRules(client, stream, copying: server.channel.input, head.byteCount)
        evaluation.responseHead = head
        var verdict = RuleVerdict.passed
        if let list = first?.tcpResponse { verdict = evaluation.run(list) }
        if case .closed = verdict {
            stream.set(Stream.Flag.serverClosesAfter)
            verdict = .passed
        }
        if case .passed = verdict, let list = first?.response { verdict = evaluation.run(list) }
        if case .passed = verdict, !isOne, let list = second?.response {
            verdict = evaluation.run(list)
        }
        if case .passed = verdict {
            if let rules = first, !rules.sticks.isEmpty { applyResponseSticks(rules, stream) }
            runAfterRules(stream)
            head = evaluation.responseHead ?? head
            evaluation.responseHead = nil
            endRules()
            stream.status = head.status
            return true
        }
        evaluation.responseHead = nil
        endRules()
        countServerStatus(stream, head.status)
        replace(verdict, client, stream)
        return false
    }

    private func runAfterRules(_ stream: Stream) {
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
        case .passed, .served: break
        case .answered(let answer):
            dropServer(of: stream)
            answerRuled(client, stream, answer, Termination(.local, .headers))
        case .denied(let reply), .tarpitted(let reply):
            stream.frontend.front.add(
                1, to: FrontendCounter.deniedResponses.rawValue)
            stream.backend.back.add(
                1, to: BackendCounter.deniedResponses.rawValue)
            stream.target?.row.add(1, to: ServerCounter.deniedResponses.rawValue)
            guard !reply.isPage else {
                abort(client, stream, refused, status: reply.status)
                return
            }
            resumeRules(client, stream)
            let answer = evaluation.write(reply)
            endRules()
            guard let answer else {
                fail(client, stream, refused, status: 500)
                return
            }
            dropServer(of: stream)
            answerRuled(client, stream, answer, refused)
        case .rejected, .closed: fail(client, stream, refused, status: 502)
        case .dropped:
            Sockets.silence(client.channel.number)
            abort(client, stream, refused, status: 0)
        case .waits, .failed: fail(client, stream, refused, status: 500)
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
            abort(client, stream, Termination(.internalError, termination.moment), status: 0)
            return
        }
        sendLocalAnswer(client, stream, status: Int(stream.status), termination)
    }

    /// Puts an answer that lies in `scratch` into the client's output, through `http-after-response`.
    private func appendOwn(_ client: ClientConnection, _ stream: Stream, _ headEnd: Int) -> Bool {
        var progress = HeadProgress()
        guard
            case .complete(let parsed) = HeadParser.response(
                scratch.bytes, progress: &progress, into: &fields)
        else { return false }
        guard headEnd <= edits.capacity else { return false }
        var head = parsed
        let hasAfterRules =
            stream.backend.rules?.afterResponse != nil
            || stream.frontend.rules?.afterResponse != nil
        if hasAfterRules {
            beginRules(client, stream, copying: scratch, headEnd)
            evaluation.responseHead = head
            runAfterRules(stream)
            head = evaluation.responseHead ?? head
            evaluation.responseHead = nil
            endRules()
        }
        stream.status = head.status
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
        guard stream.has(Stream.Flag.isRuled),
            stream.backend.rules?.afterResponse != nil
                || stream.frontend.rules?.afterResponse != nil
        else { return false }
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

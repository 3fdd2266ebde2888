internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP

/// Requests that no server gets: the stats page, `monitor-uri`, later other services.
extension Worker {
    /// Answers the request by a local service. False: it is for a server. `isAdmin`: a condition of `stats admin` holds.
    func answerLocally(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead, isAdmin: Bool = false
    ) -> Bool {
        let proxy = stream.backend
        if let uri = proxy.monitorURI, Worker.isMonitored(client.channel.input, head, uri) {
            answer(client, stream, pages[200])
            return true
        }
        return answerStatistics(client, stream, head, isAdmin)
    }

    /// `monitor-uri` of a proxy that has rules; `fails`: one of its `monitor fail` lines holds.
    func answerMonitor(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead, fails: Bool
    ) -> Bool {
        guard let uri = stream.frontend.monitorURI, head.targetRange.count == uri.count,
            Worker.begins(client.channel.input, head.targetRange, with: uri)
        else { return false }
        answer(client, stream, pages[fails ? 503 : 200])
        return true
    }

    /// Whether the request is for the statistics page of the proxy.
    func isForStatistics(
        _ proxy: WorkerProxy, _ client: ClientConnection, _ head: RequestHead
    ) -> Bool {
        guard let uri = proxy.statsURI else { return false }
        return Worker.begins(client.channel.input, head.targetRange, with: uri)
    }

    private func answerStatistics(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead, _ isAdmin: Bool
    ) -> Bool {
        let proxy = stream.backend
        guard let uri = proxy.statsURI,
            Worker.begins(client.channel.input, head.targetRange, with: uri)
        else { return false }
        return answer(client, stream, head, .statistics, of: proxy, isAdmin: isAdmin)
    }

    /// Answers by a service of this process. False: there is none, or the request is not for it.
    func answer(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead,
        _ kind: LocalRequest.Service, of proxy: WorkerProxy, isAdmin: Bool = false
    ) -> Bool {
        guard let service = shared.service else { return false }
        let bodyBytes = head.facts.contentLength ?? 0
        let isWhole =
            !head.facts.isChunked && bodyBytes <= LocalRequest.bodyLimit
            && client.channel.input.count >= head.byteCount + bodyBytes
        let bodyEnd = head.byteCount + (isWhole ? bodyBytes : 0)
        let request = LocalRequest(
            kind, proxy: proxy.index, snapshot: proxy.snapshot,
            method: client.channel.input.text(head.methodRange),
            target: client.channel.input.text(head.targetRange),
            authorization: authorization(client),
            body: client.channel.input.bytes.extracting(head.byteCount..<bodyEnd).array(),
            isAdmin: isAdmin, now: loop.now)
        guard let response = service.respond(to: request) else { return false }
        if isWhole {
            stream.requestBody = .none
            stream.headBytes = bodyEnd
        }
        // As HAProxy: a service is reached like a server, at once; who may not use it does not get there.
        if response.status != 401 {
            stream.set(kind == .statistics ? Stream.Flag.isStatistics : Stream.Flag.isMetrics)
            stream.times.dequeued = loop.now.nanoseconds
            stream.times.connected = loop.now.nanoseconds
            stream.times.responseStart = loop.now.nanoseconds
        }
        answer(client, stream, response)
        return true
    }

    /// `monitor-uri`: a path is compared with the path of the target, anything else with the whole target.
    private static func isMonitored(
        _ input: borrowing Buffer, _ head: RequestHead, _ uri: [UInt8]
    ) -> Bool {
        var target = head.targetRange
        let slash: UInt8 = 0x2F
        if uri.first == slash, !target.isEmpty, input.bytes.byte(at: target.lowerBound) != slash {
            // `http://host/path`: the path begins with the third slash.
            var slashes = 0
            var start = target.lowerBound
            while start < target.upperBound {
                if input.bytes.byte(at: start) == slash { slashes += 1 }
                if slashes == 3 { break }
                start += 1
            }
            target = start..<target.upperBound
        }
        return target.count == uri.count && begins(input, target, with: uri)
    }

    /// Compares bytes before anything is copied: nearly all requests are for servers.
    private static func begins(
        _ input: borrowing Buffer, _ target: Range<Int>, with prefix: [UInt8]
    ) -> Bool {
        guard target.count >= prefix.count else { return false }
        let bytes = input.bytes
        for at in 0..<prefix.count where bytes.byte(at: target.lowerBound + at) != prefix[at] {
            return false
        }
        return true
    }

    private func authorization(_ client: ClientConnection) -> String? {
        let name: [UInt8] = Array("authorization".utf8)
        let found = unsafe fields.first(
            named: name.span.bytes, in: client.channel.input.bytes, edits: edits.bytes)
        guard let found else { return nil }
        return fields[found].hasEditedValue
            ? edits.text(fields[found].valueRange)
            : client.channel.input.text(fields[found].valueRange)
    }

    private func answer(_ client: ClientConnection, _ stream: Stream, _ page: ErrorPage) {
        prepareLocalAnswer(client, stream)
        _ = page.write(
            closing: !stream.has(Stream.Flag.keepsClient), to: stream.method,
            version: stream.version, into: &client.channel.output)
        sendLocalAnswer(client, stream, status: page.status)
    }

    private func answer(
        _ client: ClientConnection, _ stream: Stream, _ response: LocalResponse
    ) {
        prepareLocalAnswer(client, stream)
        if stream.has(Stream.Flag.isRuled), hasAfterRules(stream),
            answerRuled(client, stream, response)
        {
            return
        }
        var head = "HTTP/1.1 \(response.status) \(LocalStatus.reason(response.status))\r\n"
        for field in response.fields { head += field + "\r\n" }
        head += "Content-Length: \(response.body.count)\r\n"
        if !stream.has(Stream.Flag.keepsClient) {
            head += "Connection: close\r\n"
        } else if stream.version == .http10 {
            head += "Connection: keep-alive\r\n"
        }
        let bytes =
            Array((head + "\r\n").utf8) + (stream.method == .head ? [] : response.body)
        if bytes.count > client.channel.output.room {
            // Pages are made whole; a large one waits in memory of its own size.
            client.overflow = bytes[...]
            refill(client)
        } else {
            client.channel.output.append(contentsOf: bytes)
        }
        stream.counts.bytesOut = bytes.count
        sendLocalAnswer(client, stream, status: response.status)
    }

    func hasAfterRules(_ stream: Stream) -> Bool {
        stream.backend.rules?.afterResponse != nil || stream.frontend.rules?.afterResponse != nil
    }

    /// The same through `http-after-response` rules, which see the head. False: it does not fit.
    private func answerRuled(
        _ client: ClientConnection, _ stream: Stream, _ response: LocalResponse
    ) -> Bool {
        scratch.removeAll()
        scratch.append(
            contentsOf: Array(
                "HTTP/1.1 \(response.status) \(LocalStatus.reason(response.status))\r\n".utf8))
        for field in response.fields { scratch.append(contentsOf: Array("\(field)\r\n".utf8)) }
        scratch.append(contentsOf: Array("Content-Length: \(response.body.count)\r\n\r\n".utf8))
        guard appendOwn(client, stream, scratch.count) else { return false }
        stream.counts.bytesOut = client.channel.output.count + response.body.count
        if stream.method != .head {
            client.overflow = response.body[...]
            refill(client)
        }
        sendLocalAnswer(client, stream, status: Int(stream.status))
        return true
    }

    func prepareLocalAnswer(_ client: ClientConnection, _ stream: Stream) {
        if !stream.requestBody.isComplete { stream.clear(Stream.Flag.keepsClient) }
        if stream.retained > 0 {
            releaseRetained(client, stream)
        } else if stream.has(Stream.Flag.headInInput) {
            client.channel.input.consume(min(stream.headBytes, client.channel.input.count))
        }
        stream.clear(Stream.Flag.headInInput)
        if !client.channel.output.isLent { pool.lend(.bulk, to: &client.channel.output) }
    }

    func sendLocalAnswer(
        _ client: ClientConnection, _ stream: Stream, status: Int,
        _ termination: Termination = Termination(.local, .request)
    ) {
        stream.status = UInt16(clamping: status)
        if stream.counts.bytesOut == 0 { stream.counts.bytesOut = client.channel.output.count }
        stream.termination = termination
        // What a server had to say instead did not reach the client.
        if termination.moment == .headers {
            stream.times.responseStart = -1
        } else if termination.moment != .connecting {
            // `redir` is the server's matter, as HAProxy counts.
            stream.frontend.front.add(1, to: FrontendCounter.intercepted.rawValue)
        }
        countStatus(stream, stream.status)
        stream.set(Stream.Flag.answered)
        stream.requestBody = .none
        stream.phase = .transferring
        flushAnswer(client, stream)
    }

    /// Moves more of a large local answer into the output.
    func refill(_ client: ClientConnection) {
        let count = min(client.overflow.count, client.channel.output.room)
        client.channel.output.append(contentsOf: Array(client.overflow.prefix(count)))
        client.overflow.removeFirst(count)
        // An empty slice would still hold the whole page.
        if client.overflow.isEmpty { client.overflow = [] }
    }
}

/// Reason phrases of answers that local services give.
enum LocalStatus {
    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 413: "Payload Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}

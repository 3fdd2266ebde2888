internal import Configuration
internal import Core
internal import Expressions
internal import HTTP
internal import Linux

/// From a request to a server's socket.
extension Worker {
    /// Sends the head and what is there of the body. `head`: the request, when it was parsed just now; otherwise the
    /// bytes, which are still in the client's input, are parsed again.
    func sendRequest(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection,
        _ parsed: RequestHead?
    ) {
        if server.phase == .connecting, !sendProxyHeader(client, stream, server) { return }
        if stream.rewritten.isLent {
            sendRewritten(client, stream, server)
            return
        }
        guard let head = parsed ?? parseAgain(client) else {
            // The bytes were a request a moment ago.
            preconditionFailure("a retained request does not parse any more")
        }
        guard writeRequest(head, client, stream) else {
            failInternally(client, stream, Termination(.proxyRefused, .request))
            return
        }
        let headBytes = head.byteCount
        var bodyBytes = 0
        if let length = head.facts.contentLength, length > 0 {
            bodyBytes = length
        } else if head.facts.isChunked {
            bodyBytes = .max
        }
        if bodyBytes <= client.channel.input.count &- headBytes {
            sendWhole(headBytes, bodyBytes, client, stream, server)
        } else {
            sendBeginning(headBytes, client, stream, server)
        }
    }

    /// Rules changed the head: it was written when they had run.
    private func sendRewritten(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        scratch.removeAll()
        scratch.append(stream.rewritten.bytes)
        if let names = stream.backend.serverNames, !nameServer(names, stream) {
            failInternally(client, stream, Termination(.proxyRefused, .request))
            return
        }
        if stream.bodyBytes <= client.channel.input.count &- stream.headBytes {
            sendWhole(stream.headBytes, stream.bodyBytes, client, stream, server)
        } else {
            sendBeginning(stream.headBytes, client, stream, server)
        }
    }

    /// `http-send-name-header`: only now it is known which server. False: there is no room.
    private func nameServer(_ names: ServerNameField, _ stream: Stream) -> Bool {
        guard let target = stream.target else { return true }
        scratch.truncate(by: 2)
        return scratch.append(contentsOf: names.line)
            && scratch.append(contentsOf: target.nameBytes)
            && scratch.append("\r\n\r\n")
    }

    func parseAgain(_ client: ClientConnection) -> RequestHead? {
        client.progress = HeadProgress()
        switch parse(client.channel.input, &client.progress) {
        case .complete(let head): return head
        case .needsMore, .malformed, .unnormalised: return nil
        }
    }

    private func parse(
        _ input: borrowing Buffer, _ progress: inout HeadProgress
    ) -> RequestParse {
        HeadParser.request(input.bytes, progress: &progress, into: &fields, reading: .again)
    }

    /// Writes the head as the server shall see it into `scratch`.
    func writeRequest(
        _ head: RequestHead, _ client: ClientConnection, _ stream: Stream
    ) -> Bool {
        scratch.removeAll()
        let backend = stream.backend
        var connection = HeadWriter.Connection.keepAlive
        if backend.connectionMode != .keepAlive || stream.frontend.connectionMode != .keepAlive {
            connection = backend.settings.options.pretendsKeepAlive ? .keepAlive : .close
            stream.set(Stream.Flag.serverClosesAfter)
        }
        let written = HeadWriter.request(
            head, fields, from: client.channel.input.bytes, edits: edits.bytes,
            connection: connection, into: &scratch)
        guard written else { return false }
        if backend.addsForwardFor || stream.frontend.addsForwardFor {
            addForwardFor(backend, stream.frontend, client)
        }
        if !stream.frontend.uniqueIDLine.isEmpty { addUniqueID(stream) }
        if backend.originalTo != nil || stream.frontend.originalTo != nil {
            addOriginalTo(backend, stream.frontend, client)
        }
        return HeadWriter.end(into: &scratch)
    }

    /// `option originalto`
    @inline(never)
    private func addOriginalTo(
        _ backend: WorkerProxy, _ frontend: WorkerProxy, _ client: ClientConnection
    ) {
        guard let address = frontAddress(client).ip else { return }
        let owner = backend.originalTo == nil ? frontend : backend
        if Worker.excepts(backend.originalTo?.except ?? [], address) { return }
        if Worker.excepts(frontend.originalTo?.except ?? [], address) { return }
        scratch.append(contentsOf: owner.originalToLine)
        scratch.append(address)
        scratch.append("\r\n")
    }

    private static func excepts(_ networks: [IPPrefix], _ address: IPAddress) -> Bool {
        for network in networks where network.contains(address) { return true }
        return false
    }

    /// `option forwardfor`: the exceptions of both sides hold, and `if-none` only where both agree.
    private func addForwardFor(
        _ backend: WorkerProxy, _ frontend: WorkerProxy, _ client: ClientConnection
    ) {
        guard let address = client.peer.ip else { return }
        if !backend.forwardForExcept.isEmpty, Worker.excepts(backend.forwardForExcept, address) {
            return
        }
        if !frontend.forwardForExcept.isEmpty, Worker.excepts(frontend.forwardForExcept, address) {
            return
        }
        let isSure =
            backend.addsForwardFor && !backend.forwardsIfNone
            || frontend.addsForwardFor && !frontend.forwardsIfNone
        // Two calls, not a choice between two objects: that would cost a reference count.
        if backend.addsForwardFor {
            addForwardFor(client, address, as: backend, isSure: isSure)
        } else {
            addForwardFor(client, address, as: frontend, isSure: isSure)
        }
    }

    private func addForwardFor(
        _ client: ClientConnection, _ address: IPAddress, as owner: WorkerProxy, isSure: Bool
    ) {
        if !isSure, Worker.has(owner.forwardForName, fields, client.channel.input, edits) {
            return
        }
        let line = owner.forwardForLine
        scratch.append(line.bytes(0..<line.byteCount))
        scratch.append(address)
        scratch.append("\r\n")
    }

    /// `unique-id-header`
    private func addUniqueID(_ stream: Stream) {
        guard let id = kept(stream)?.uniqueID, !id.isEmpty else { return }
        scratch.append(contentsOf: stream.frontend.uniqueIDLine)
        for byte in id { scratch.append(byte < 0x20 || byte == 0x7f ? 0x5f : byte) }
        scratch.append("\r\n")
    }

    private static func has(
        _ name: [UInt8], _ fields: borrowing HeaderTable, _ input: borrowing Buffer,
        _ edits: borrowing Buffer
    ) -> Bool {
        unsafe fields.first(named: name.span.bytes, in: input.bytes, edits: edits.bytes) != nil
    }

    /// The whole request is there: it stays in the client's input until the answer begins, so that it can be sent again.
    private func sendWhole(
        _ headBytes: Int, _ bodyBytes: Int, _ client: ClientConnection, _ stream: Stream,
        _ server: ServerConnection
    ) {
        let total = headBytes &+ bodyBytes
        let outcome: Channel.Outcome
        outcome = server.channel.send(scratch, client.channel.input, headBytes..<total)
        switch outcome {
        case .moved(let count):
            connected(stream, server)
            if count < scratch.count &+ bodyBytes {
                keepUnsent(count, client.channel.input, headBytes..<total, server)
            }
            stream.retained = total
            stream.counts.bytesIn = total
            stream.requestBody = .none
            awaitAnswer(client, stream, server)
        case .blocked:
            watch(server)
            guard server.phase != .connecting else { return }
            keepUnsent(0, client.channel.input, headBytes..<total, server)
            stream.retained = total
            stream.counts.bytesIn = total
            stream.requestBody = .none
            awaitAnswer(client, stream, server)
        case .ended, .failed:
            if server.phase == .connecting {
                connectFailed(
                    client, stream, Sockets.takeError(server.channel.number) ?? .connectionRefused)
            } else {
                stream.retained = total
                serverBroke(client, stream, server)
            }
        }
    }

    /// More of the body is to come: what is sent leaves the client's input, and cannot be sent again.
    private func sendBeginning(
        _ headBytes: Int, _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        guard server.phase != .connecting || server.channel.canWrite else {
            watch(server)
            return
        }
        connected(stream, server)
        client.channel.input.consume(headBytes)
        stream.clear(Stream.Flag.headInInput)
        var outcome = server.channel.send(scratch.bytes, more: !client.channel.input.isEmpty)
        if case .blocked = outcome { outcome = .moved(0) }
        guard case .moved(let count) = outcome else {
            serverBroke(client, stream, server)
            return
        }
        if count < scratch.count { keepUnsent(count, client.channel.input, 0..<0, server) }
        stream.counts.bytesIn = headBytes
        awaitAnswer(client, stream, server)
        guard stream.server === server else { return }
        _ = sendRequestBody(client, stream, server)
    }

    /// Keeps what the socket did not take of `scratch` and the body behind it.
    private func keepUnsent(
        _ sent: Int, _ input: borrowing Buffer, _ body: Range<Int>, _ server: ServerConnection
    ) {
        pool.lend(.bulk, to: &server.channel.output)
        if sent < scratch.count { server.channel.output.append(scratch, sent..<scratch.count) }
        let bodyStart = body.lowerBound + max(sent - scratch.count, 0)
        if bodyStart < body.upperBound {
            server.channel.output.append(input, bodyStart..<body.upperBound)
        }
        watch(server)
    }

    private func awaitAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        stream.phase = .awaitingHead
        arm(server.timer, after: stream.serverTimeout)
        watch(server)
        watchSoon(client)
    }

    /// Whether the client breaks off matters only when the answer takes its time: a connection that lives for one short
    /// request is never registered with the loop.
    func watchSoon(_ client: ClientConnection) {
        if !client.channel.isArmed { arm(client.timer, after: Worker.watchDelay) }
    }

    private static let watchDelay: Int64 = 10_000_000
}

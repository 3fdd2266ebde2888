internal import Core
internal import EventLoop
internal import HTTP
internal import Linux

/// Moving bodies.
extension Worker {
    /// Why a move stopped.
    enum Movement: BitwiseCopyable {
        /// The sender has nothing more at the moment.
        case sourceWaits
        /// The receiver takes no more at the moment.
        case targetWaits
        /// The last byte was handed to the receiver's socket.
        case complete
        /// Its share of this turn is used up.
        case yields
        /// The sender closed.
        case sourceEnded
        case sourceFailed
        case targetFailed
        case malformed(MalformedReason)
    }

    /// Bytes that one stream may move in one direction before others have their turn.
    private static let bytesPerTurn = 1 << 20
    /// A move that has filled so many bulk buffers one after the other, none of which had to wait, gets huge ones. A
    /// receiver that stalls early so never holds more than one bulk buffer.
    private static let bulkFillsBeforeHuge = 8

    /// Moves a body from one socket to another until one of them has to wait, or it ends.
    func move(
        from source: inout Channel, to target: inout Channel, _ body: inout BodyFraming,
        counting moved: inout Int
    ) -> Movement {
        var budget = Worker.bytesPerTurn
        var fills = 0
        while true {
            if !target.output.isEmpty {
                guard target.canWrite else { return .targetWaits }
                switch target.flush() {
                case .moved: continue
                case .blocked, .ended: return .targetWaits
                case .failed: return .targetFailed
                }
            } else if target.output.isLent {
                pool.reclaim(&target.output)
            }
            let ready = body.ready
            if ready > 0 {
                guard target.canWrite else {
                    shrink(&source.input)
                    return .targetWaits
                }
                switch target.send(source.input.bytes.extracting(first: ready)) {
                case .moved(let count):
                    source.input.consume(count)
                    body.consume(count)
                    moved &+= count
                    budget &-= count
                    if count < ready { shrink(&source.input) }
                    continue
                case .blocked:
                    shrink(&source.input)
                    return .targetWaits
                case .ended, .failed: return .targetFailed
                }
            }
            if body.isComplete { return .complete }
            guard source.canRead else {
                if source.input.isEmpty { pool.reclaim(&source.input) }
                if source.hasEnded { return .sourceEnded }
                return source.hasFailed ? .sourceFailed : .sourceWaits
            }
            guard budget > 0 else {
                // Others have their turn: they shall find the memory, not ask for more.
                if source.input.isEmpty { pool.reclaim(&source.input) }
                return .yields
            }
            prepare(&source.input, for: body, fills)
            let room = source.input.room
            switch source.receive() {
            case .moved(let count):
                if count == room { fills += 1 }
            case .blocked: continue
            case .ended: continue
            case .failed: return .sourceFailed
            }
            if case .malformed(let reason) = body.advance(over: &source.input) {
                return .malformed(reason)
            }
        }
    }

    /// Makes room for receiving: more for bodies that are long, most for those that keep flowing.
    private func prepare(_ input: inout Buffer, for body: BodyFraming, _ fills: Int) {
        let expected = body.bypassable
        let wanted: BufferPool.Size =
            fills >= Worker.bulkFillsBeforeHuge && expected > BufferPool.bulkBytes
            ? .huge : fills > 0 || expected > pool.headBytes ? .bulk : .head
        if input.isEmpty {
            if input.isLent {
                guard input.capacity < pool.bytes(of: wanted) else { return }
                pool.reclaim(&input)
            }
            pool.lend(wanted, to: &input)
        } else {
            // Bytes that are not ready yet, for instance half of a chunk's size line.
            input.compact()
            if input.room == 0 {
                pool.grow(&input, to: input.capacity < BufferPool.bulkBytes ? .bulk : .huge)
            }
        }
    }

    /// The receiver stalls: it shall not hold more than a bulk buffer.
    private func shrink(_ input: inout Buffer) {
        guard input.capacity > BufferPool.bulkBytes, input.count <= BufferPool.bulkBytes else {
            return
        }
        var smaller = Buffer()
        pool.lend(.bulk, to: &smaller)
        smaller.append(input.bytes)
        pool.reclaim(&input)
        swap(&input, &smaller)
    }

    // MARK: The two directions of HTTP

    /// Forwards what has come of the request's body. False: the stream has ended.
    func sendRequestBody(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) -> Bool {
        if stream.requestBody.kind == .none {
            // Only bytes of the head, or of a small body, may be left.
            return flushRequest(client, stream, server)
        }
        if case .malformed(let reason) = stream.requestBody.advance(over: &client.channel.input) {
            refuseBody(client, stream, reason)
            return false
        }
        var moved = 0
        let movement = move(
            from: &client.channel, to: &server.channel, &stream.requestBody, counting: &moved)
        stream.counts.bytesIn &+= moved
        switch movement {
        case .sourceWaits:
            watch(client)
            // The client's silence counts now, the server's does not.
            arm(client.timer, after: stream.clientTimeout)
            if stream.phase == .awaitingHead { loop.timers.disarm(server.timer) }
        case .targetWaits:
            watch(server)
            loop.timers.disarm(client.timer)
            // An answer that rules hold back has a time of its own.
            if stream.phase != .holdingAnswer { arm(server.timer, after: stream.serverTimeout) }
        case .yields: unfinished.append(client.token)
        case .complete:
            if client.channel.input.isEmpty { pool.reclaim(&client.channel.input) }
            loop.timers.disarm(client.timer)
            if stream.phase != .holdingAnswer { arm(server.timer, after: stream.serverTimeout) }
        case .sourceEnded, .sourceFailed:
            abort(client, stream, Termination(.clientAborted, .data), status: 0)
            return false
        case .targetFailed:
            // The server may have answered before it closed: that answer counts.
            server.channel.canRead = true
            watch(server)
            if stream.phase == .holdingAnswer { return true }
            if stream.phase == .awaitingHead, !server.channel.hasEnded {
                return readLastAnswer(client, stream, server)
            }
            abort(client, stream, Termination(.serverAborted, .data), status: 502)
            return false
        case .malformed(let reason):
            refuseBody(client, stream, reason)
            return false
        }
        return true
    }

    /// A chunk of the request that is none.
    private func refuseBody(
        _ client: ClientConnection, _ stream: Stream, _ reason: MalformedReason
    ) {
        keepInvalidChunk(
            .request, client, stream, client.channel.input, at: stream.requestBody.ready, reason)
        stream.frontend.front.add(1, to: FrontendCounter.requestErrors.rawValue)
        countInListener(.requestErrors, client)
        let moment: Termination.Moment = stream.phase == .awaitingHead ? .headers : .data
        abort(client, stream, Termination(.proxyRefused, moment), status: 400)
    }

    private func flushRequest(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) -> Bool {
        while !server.channel.output.isEmpty, server.channel.canWrite {
            switch server.channel.flush() {
            case .moved: continue
            case .blocked: watch(server)
            case .ended, .failed:
                serverBroke(client, stream, server)
                return false
            }
        }
        if server.channel.output.isEmpty { pool.reclaim(&server.channel.output) }
        return true
    }

    /// Forwards what has come of the answer's body, and finishes with its end.
    func sendAnswerBody(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        var moved = 0
        let movement = move(
            from: &server.channel, to: &client.channel, &stream.responseBody, counting: &moved)
        stream.counts.bytesOut &+= moved
        switch movement {
        case .complete: finish(client, stream)
        case .sourceWaits:
            watch(server)
            loop.timers.disarm(client.timer)
            arm(server.timer, after: stream.serverTimeout)
        case .targetWaits:
            watch(client)
            loop.timers.disarm(server.timer)
            arm(client.timer, after: stream.clientTimeout)
            if stream.responseBody.isComplete { releaseEarly(client, stream, server) }
        case .yields: unfinished.append(client.token)
        case .sourceEnded:
            if stream.responseBody.mayEndByClose {
                finish(client, stream)
            } else {
                serverCutBody(client, stream)
            }
        case .sourceFailed: serverCutBody(client, stream)
        case .targetFailed:
            abort(client, stream, Termination(.clientAborted, .data), status: 0)
        // As HAProxy: the server's fault, but it broke nothing off.
        case .malformed(let reason):
            keepInvalidChunk(
                .response, client, stream, server.channel.input, at: stream.responseBody.ready,
                reason)
            abort(client, stream, Termination(.serverAborted, .data), status: 0)
        }
    }

    private func serverCutBody(_ client: ClientConnection, _ stream: Stream) {
        stream.target?.row.add(1, to: ServerCounter.serverAborts.rawValue)
        stream.backend.back.add(1, to: BackendCounter.serverAborts.rawValue)
        abort(client, stream, Termination(.serverAborted, .data), status: 0)
    }

    /// The server has said everything, the client reads slowly: the server need not wait for it.
    private func releaseEarly(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        guard client.channel.output.isEmpty,
            server.channel.input.count == stream.responseBody.ready,
            stream.requestBody.isComplete
        else { return }
        let rest = stream.responseBody.ready
        pool.reclaim(&client.channel.output)
        swap(&client.channel.output, &server.channel.input)
        stream.responseBody.consume(rest)
        stream.counts.bytesOut &+= rest
        returnServer(of: stream)
        releaseSlot(stream)
    }

    /// The server's part is over; what is left goes to the client.
    func flushAnswer(_ client: ClientConnection, _ stream: Stream) {
        while !client.channel.output.isEmpty || !client.overflow.isEmpty {
            if client.channel.output.isEmpty { refill(client) }
            guard client.channel.canWrite else {
                watch(client)
                arm(client.timer, after: stream.clientTimeout)
                return
            }
            switch client.channel.flush() {
            case .moved: continue
            case .blocked: continue
            case .ended, .failed:
                abort(client, stream, Termination(.clientAborted, .data), status: 0)
                return
            }
        }
        finish(client, stream)
    }

    /// The server closed while it was sent a body: there may be an answer that explains why.
    private func readLastAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) -> Bool {
        server.channel.expectsEnd = true
        server.channel.output.removeAll()
        stream.clear(Stream.Flag.keepsClient)
        stream.set(Stream.Flag.serverClosesAfter)
        readAnswerHead(client, stream, server)
        return false
    }
}

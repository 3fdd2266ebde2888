internal import Configuration
internal import Core
internal import HTTP

/// Requests that are sent again: `retries`, `retry-on`, `option redispatch`.
extension Worker {
    /// Sends the request again after a server has spoiled its answer, where `retry-on` allows it and it is safe: the
    /// request is here as a whole, and doing it twice is as good as once (RFC 9110, section 9.2.2). False: not.
    func sendAgain(
        _ client: ClientConnection, _ stream: Stream, because condition: RetryConditions
    ) -> Bool {
        guard stream.backend.retryOn & condition.rawValue != 0, stream.retained > 0,
            !stream.has(Stream.Flag.neverRetries),
            stream.method.isIdempotent, Int(stream.retries) < stream.maxRetries,
            !client.channel.hasFailed, let target = stream.target
        else { return false }
        stream.retries &+= 1
        stream.retained = 0
        // An idle connection might fail in the same way, and that would not be counted.
        stream.set(Stream.Flag.wantsFresh)
        dropServer(of: stream)
        stream.times.connected = -1
        if redispatch(client, stream, target) { return true }
        countRetry(stream, target)
        countAttempt(target)
        connect(client, stream, target, stream.backend, nil)
        return true
    }

    /// Whether an answer with this status is to be thrown away, and the request was sent again.
    @inline(never)
    func sendAgain(
        _ client: ClientConnection, _ stream: Stream, instead status: UInt16
    ) -> Bool {
        sendAgain(client, stream, because: .status(status))
    }

    /// Sends a stream whose retry it is time for to another server. False: it is not time.
    func redispatch(
        _ client: ClientConnection, _ stream: Stream, _ target: WorkerServer
    ) -> Bool {
        guard shouldRedispatch(stream) else { return false }
        let backend = stream.backend
        target.row.add(1, to: ServerCounter.redispatches.rawValue)
        backend.back.add(1, to: BackendCounter.redispatches.rawValue)
        stream.set(Stream.Flag.redispatched)
        stream.clear(Stream.Flag.isDirect)
        if stream.cookie.request == .valid { stream.cookie.request = .down }
        releaseSlot(stream)
        stream.target = nil
        assign(client, stream, backend, nil, avoiding: target.index)
        return true
    }

    func countRetry(_ stream: Stream, _ target: WorkerServer) {
        target.row.add(1, to: ServerCounter.retries.rawValue)
        stream.backend.back.add(1, to: BackendCounter.retries.rawValue)
    }

    /// Each attempt is one of the server's sessions.
    func countAttempt(_ target: WorkerServer) {
        target.row.add(1, to: ServerCounter.sessions.rawValue)
    }

    /// `option redispatch`: at the last retry, or at every Nth.
    private func shouldRedispatch(_ stream: Stream) -> Bool {
        let interval = stream.backend.settings.redispatch
        if interval == 0 { return false }
        let attempt = Int(stream.retries)
        if interval > 0 { return attempt % interval == 0 }
        return attempt == stream.maxRetries + 1 + interval
    }
}

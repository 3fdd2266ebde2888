internal import Core
internal import Expressions
internal import HTTP

/// What went wrong here: `eint` and `wrew` of `show stat`.
extension Worker {
    /// The stream ends with 500, because something of ours had no room.
    @inline(never)
    func failInternally(
        _ client: ClientConnection, _ stream: Stream, _ termination: Termination, status: Int = 500
    ) {
        countInternalError(client, stream)
        fail(client, stream, termination, status: status)
    }

    @inline(never)
    func countInternalError(_ client: ClientConnection, _ stream: Stream) {
        count(
            1, .internalErrors, .internalErrors, .internalErrors, .internalErrors, client, stream)
    }

    /// Counts the changes of rules that have just run and did not fit.
    @inline(__always)
    func countFailedRewrites(_ client: ClientConnection, _ stream: Stream) {
        if evaluation.failedRewrites > 0 { takeFailedRewrites(client, stream) }
    }

    @inline(never)
    private func takeFailedRewrites(_ client: ClientConnection, _ stream: Stream) {
        let amount = UInt64(evaluation.failedRewrites)
        evaluation.failedRewrites = 0
        count(
            amount, .failedRewrites, .failedRewrites, .failedRewrites, .failedRewrites, client,
            stream)
    }

    private func count(
        _ amount: UInt64, _ front: FrontendCounter, _ back: BackendCounter,
        _ server: ServerCounter, _ listener: ListenerCounter, _ client: ClientConnection,
        _ stream: Stream
    ) {
        stream.frontend.front.add(amount, to: front.rawValue)
        for _ in 0..<amount { countInListener(listener, client) }
        guard stream.has(Stream.Flag.countedInBackend) else { return }
        stream.backend.back.add(amount, to: back.rawValue)
        stream.target?.row.add(amount, to: server.rawValue)
    }
}

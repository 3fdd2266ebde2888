internal import Core

/// What is counted for a bind line: connections where it has a limit, everything with `option socket-stats`.
extension Worker {
    /// A connection that has just come in by the line.
    @inline(never)
    func count(_ client: ClientConnection, _ listener: WorkerListener) {
        guard let state = listener.state else { return }
        client.listenerState = state
        state.addActive(1)
        guard listener.hasStatistics else { return }
        client.streamFlags |= Stream.Flag.isCountedByListener
        // As HAProxy: also one that a rule refuses at once.
        state.counters.add(1, to: ListenerCounter.sessions.rawValue, row: index)
    }

    /// Counts an event, where the client's line has statistics.
    @inline(never)
    func countInListener(_ counter: ListenerCounter, _ client: ClientConnection?) {
        guard let client, client.streamFlags & Stream.Flag.isCountedByListener != 0 else { return }
        client.listenerState?.counters.add(1, to: counter.rawValue, row: index)
    }

    /// Bytes of a stream that more is counted for than frontend, backend and server.
    @inline(never)
    func countMoreBytes(_ stream: Stream, in received: UInt64, out sent: UInt64) {
        if stream.has(Stream.Flag.isTracked) {
            countTrackedBytes(stream, in: received, out: sent)
        }
        guard stream.has(Stream.Flag.isCountedByListener), let state = stream.client?.listenerState
        else { return }
        state.counters.add(received, to: ListenerCounter.bytesIn.rawValue, row: index)
        state.counters.add(sent, to: ListenerCounter.bytesOut.rawValue, row: index)
    }
}

internal import Core
internal import EventLoop

/// Counters at the end of a stream, and for long ones on the way.
extension Worker {
    /// Bytes of a tunnel that may be uncounted.
    private static let uncountedLimit = 4 << 20

    @inline(__always)
    func countEnd(_ stream: Stream, _ backend: WorkerProxy, _ target: WorkerServer) {
        let row = target.row
        countBytes(stream, backend, row: row)
        let times = stream.times
        let now = loop.now.nanoseconds
        guard stream.has(Stream.Flag.countedInBackend), times.connected >= 0 else { return }
        let queue = max(StreamTimes.milliseconds(times.requestEnd, times.dequeued), 0)
        let connect = max(StreamTimes.milliseconds(times.dequeued, times.connected), 0)
        let response = max(StreamTimes.milliseconds(times.connected, times.responseStart), 0)
        let total = max(StreamTimes.milliseconds(times.requestStart, now), 0)
        row.add(1, to: ServerCounter.timed.rawValue)
        backend.back.add(1, to: BackendCounter.timed.rawValue)
        if queue | connect | response | total != 0 {
            countTimes(backend, target, queue, connect, response, total)
        }
    }

    @inline(never)
    private func countTimes(
        _ backend: WorkerProxy, _ target: WorkerServer, _ queue: Int, _ connect: Int,
        _ response: Int,
        _ total: Int
    ) {
        countTime(backend, target, 0, queue)
        countTime(backend, target, 1, connect)
        countTime(backend, target, 2, response)
        countTime(backend, target, 3, total)
    }

    private func countTime(
        _ backend: WorkerProxy, _ target: WorkerServer, _ offset: Int, _ value: Int
    ) {
        let amount = UInt64(value)
        target.row.add(amount, to: ServerCounter.queueTime.rawValue + offset)
        target.row.raise(
            ServerCounter.queueTimeMaximum.rawValue + offset, to: amount)
        backend.back.add(
            amount, to: BackendCounter.queueTime.rawValue + offset)
        backend.back.raise(
            BackendCounter.queueTimeMaximum.rawValue + offset, to: amount)
    }

    /// Adds bytes that were not counted yet. `row`: the server's, where there is one.
    @inline(__always)
    func countBytes(_ stream: Stream, _ backend: WorkerProxy, row: CounterRow?) {
        let received = UInt64(stream.counts.bytesIn &- stream.counts.countedIn)
        let sent = UInt64(stream.counts.bytesOut &- stream.counts.countedOut)
        stream.counts.countedIn = stream.counts.bytesIn
        stream.counts.countedOut = stream.counts.bytesOut
        let front = stream.frontend.front
        front.add(received, to: FrontendCounter.bytesIn.rawValue)
        front.add(sent, to: FrontendCounter.bytesOut.rawValue)
        processRow.add(sent, to: ProcessCounter.bytesOut.rawValue)
        if stream.has(Stream.Flag.isTracked | Stream.Flag.isCountedByListener) {
            countMoreBytes(stream, in: received, out: sent)
        }
        guard stream.has(Stream.Flag.countedInBackend) else { return }
        backend.back.add(received, to: BackendCounter.bytesIn.rawValue)
        backend.back.add(sent, to: BackendCounter.bytesOut.rawValue)
        guard let row else { return }
        row.add(received, to: ServerCounter.bytesIn.rawValue)
        row.add(sent, to: ServerCounter.bytesOut.rawValue)
    }

    func countBytesOnTheWay(_ stream: Stream) {
        let uncounted =
            stream.counts.bytesIn &+ stream.counts.bytesOut &- stream.counts.countedIn
            &- stream.counts.countedOut
        if uncounted > Worker.uncountedLimit {
            countBytes(stream, stream.backend, row: stream.target?.row)
        }
    }

    /// Bytes that were no request count as one that was answered with an error, whether or not it got one.
    func countRefusal(_ client: ClientConnection) {
        let proxy = client.listener.proxy
        countInListener(.requestErrors, client)
        proxy.front.add(1, to: FrontendCounter.requests.rawValue)
        proxy.front.add(1, to: FrontendCounter.requestErrors.rawValue)
        proxy.front.add(1, to: FrontendCounter.response4xx.rawValue)
        proxy.state.countRequest(now: loop.now)
    }

    /// Who is to blame for a stream that ended early. `status`: of the answer that it gets; 0: none. The columns are
    /// HAProxy's (measured, 2.6).
    func countAbort(_ stream: Stream, _ termination: Termination, status: Int) {
        // An answer that there never was is counted, too: as `other`.
        if status == 0, stream.status == 0, !stream.has(Stream.Flag.isTCP) {
            stream.frontend.front.add(1, to: FrontendCounter.responseOther.rawValue)
            if stream.has(Stream.Flag.countedInBackend) {
                stream.backend.back.add(1, to: BackendCounter.responseOther.rawValue)
            }
        }
        guard stream.has(Stream.Flag.countedInBackend) else { return }
        let isTransferring = stream.phase == .transferring || stream.phase == .tunnel
        switch termination.cause {
        // A client that leaves before a connection is there is nobody's fault.
        case .clientAborted where stream.times.connected < 0: break
        case .clientAborted, .clientTimeout:
            stream.backend.back.add(1, to: BackendCounter.clientAborts.rawValue)
            stream.target?.row.add(1, to: ServerCounter.clientAborts.rawValue)
        case .serverAborted where isTransferring:
            countResponseError(stream)
            if stream.phase == .tunnel, stream.has(Stream.Flag.isTCP) { countServerAbort(stream) }
        case .serverTimeout where isTransferring: countServerAbort(stream)
        case .serverDown, .serverUp, .killed:
            if status == 502 { countResponseError(stream) }
            if isTransferring, !stream.has(Stream.Flag.isTCP) { countServerAbort(stream) }
        default: break
        }
    }

    private func countServerAbort(_ stream: Stream) {
        stream.backend.back.add(1, to: BackendCounter.serverAborts.rawValue)
        stream.target?.row.add(1, to: ServerCounter.serverAborts.rawValue)
    }
}

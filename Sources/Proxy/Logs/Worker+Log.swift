internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Logging
internal import TLS

/// Log lines of streams (HAProxy manual, chapter 8).
extension Worker {
    /// Keeps the request line until the end of the stream.
    func captureRequest(_ client: ClientConnection, _ stream: Stream, _ head: RequestHead) {
        pool.lend(.head, to: &stream.capture)
        let line = head.lineRange
        let count = min(line.count, stream.frontend.log.lineLimit)
        stream.capture.append(client.channel.input, line.lowerBound..<line.lowerBound + count)
        let target = head.targetRange
        var parts = CaptureParts()
        parts.lineEnd = count
        parts.methodEnd = min(head.methodRange.upperBound - line.lowerBound, count)
        parts.targetStart = min(target.lowerBound - line.lowerBound, count)
        parts.targetEnd = min(target.upperBound - line.lowerBound, count)
        let path = Worker.path(client.channel.input, head)
        parts.pathStart = min(path.lowerBound - line.lowerBound, count)
        parts.queryStart = min(path.upperBound - line.lowerBound, count)
        stream.captureParts = parts
    }

    private static func path(_ input: borrowing Buffer, _ head: RequestHead) -> Range<Int> {
        let target = head.targetRange
        let path = RequestTarget.path(of: input.bytes.extracting(target), form: head.form)
        return target.lowerBound + path.lowerBound..<target.lowerBound + path.upperBound
    }

    /// The line of a stream that has ended.
    func logEnd(_ client: ClientConnection, _ stream: Stream) {
        let log = stream.frontend.log
        guard log.isEnabled, !log.logsConnections, !stream.has(Stream.Flag.logged) else { return }
        let options = stream.frontend.settings.options
        let isError = Worker.isLoggedAsError(stream)
        if options.dontLogNormal, !isError { return }
        guard let level = level(of: stream, isError && options.logSeparateErrors) else { return }
        scratch.removeAll()
        writeLine(client, stream, level, isEarly: false)
        scratch.removeAll()
    }

    /// `option logasap`: the line is written when the answer begins. The engine's scratch holds that answer then.
    func logEarly(_ client: ClientConnection, _ stream: Stream) {
        let log = stream.frontend.log
        guard log.isEnabled, !log.logsConnections, !stream.has(Stream.Flag.logged) else { return }
        let options = stream.frontend.settings.options
        let isError = Worker.isLoggedAsError(stream)
        stream.set(Stream.Flag.logged)
        if options.dontLogNormal, !isError { return }
        guard let level = level(of: stream, isError && options.logSeparateErrors) else { return }
        var line = Buffer()
        pool.lend(.bulk, to: &line)
        swap(&line, &scratch)
        // What is about to be sent counts already.
        let sent = stream.counts.bytesOut
        stream.counts.bytesOut += line.count + stream.responseBody.ready
        writeLine(client, stream, level, isEarly: true)
        stream.counts.bytesOut = sent
        swap(&line, &scratch)
        pool.reclaim(&line)
    }

    /// What `option dontlog-normal` keeps and `option log-separate-errors` raises (HAProxy manual, section 8.3).
    private static func isLoggedAsError(_ stream: Stream) -> Bool {
        let cause = stream.termination.cause
        if stream.has(Stream.Flag.redispatched) || cause != .none && cause != .local { return true }
        return cause == .none && stream.retries > 0 || stream.status >= 500
    }

    /// nil: `set-log-level silent`.
    private func level(of stream: Stream, _ isRaised: Bool) -> LogLevel? {
        guard let wanted = kept(stream)?.logLevel else { return isRaised ? .error : .info }
        return LogLevel(rawValue: wanted)
    }

    /// Makes a stream's line in `scratch`, which is empty, and hands it over.
    private func writeLine(
        _ client: ClientConnection, _ stream: Stream, _ level: LogLevel, isEarly: Bool
    ) {
        let log = stream.frontend.log
        if let format = log.structuredData {
            appendLine(format, client, stream, isEarly: isEarly)
        }
        let dataBytes = scratch.count
        appendLine(log.format, client, stream, isEarly: isEarly)
        // `log-format ""`: nobody wants a line.
        guard scratch.count > dataBytes else { return }
        stream.frontend.linesLogged &+= 1
        handOver(scratch, dataBytes, level, stream.frontend)
    }

    /// `dataBytes`: how much of the line's beginning is structured data.
    @inline(__always)
    private func handOver(
        _ line: borrowing Buffer, _ dataBytes: Int, _ level: LogLevel, _ proxy: WorkerProxy
    ) {
        proxy.logs.write(
            list: proxy.log.list, level: level,
            line: line.bytes.extracting(dataBytes..<line.count),
            data: line.bytes.extracting(first: dataBytes),
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
    }

    /// `Connect from 127.0.0.1:33312 to 127.0.0.1:8012 (www/HTTP)`
    func logConnection(_ client: ClientConnection, _ proxy: WorkerProxy) {
        guard proxy.log.logsConnections else { return }
        let local = frontAddress(client)
        scratch.removeAll()
        scratch.append("Connect from ")
        append(client.peer)
        scratch.append(" to ")
        append(local)
        scratch.append(" (")
        scratch.append(contentsOf: proxy.nameBytes)
        scratch.append(proxy.isHTTP ? "/HTTP)" : "/TCP)")
        proxy.logs.write(
            list: proxy.log.list, level: .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        scratch.removeAll()
    }

    /// The line of bytes that were no request.
    func logRefusal(_ client: ClientConnection, status: Int, _ termination: Termination) {
        let proxy = client.listener.proxy
        guard proxy.log.isEnabled, !proxy.log.logsConnections else { return }
        let stream = takeStream(client, proxy, proxy)
        stream.status = UInt16(clamping: status)
        stream.termination = termination
        stream.set(Stream.Flag.isError)
        stream.times.requestStart = client.headStarted.nanoseconds
        scratch.removeAll()
        writeLine(
            client, stream, proxy.settings.options.logSeparateErrors ? .error : .info,
            isEarly: false)
        scratch.removeAll()
        giveBack(client, stream)
    }

    /// A stream that was taken for the sake of its line.
    private func giveBack(_ client: ClientConnection, _ stream: Stream) {
        client.stream = nil
        stream.client = nil
        stream.phase = .free
        if stream.frontend.isCurrent {
            freeStreams.append(stream)
        } else {
            // It would keep the snapshot that a reload has replaced.
            streams.remove(stream.handle)
        }
    }

    /// `127.0.0.1:36374 [22/Nov/2026:12:59:59.123] www/1: Timeout while waiting for PROXY protocol header`: a
    /// connection that ended before its session began.
    func logEmbryonic(_ client: ClientConnection, _ text: StaticString) {
        let proxy = client.listener.proxy
        guard proxy.log.isEnabled else { return }
        scratch.removeAll()
        if let format = proxy.log.errorFormat {
            let stream = takeStream(client, proxy, proxy)
            logOrigin = "sess_error"
            appendLine(format, client, stream, isEarly: false)
            logOrigin = "txn_close"
            giveBack(client, stream)
            writeEmbryonic(proxy)
            return
        }
        append(client.peer)
        scratch.append(" [")
        appendDate(client.accepted.nanoseconds, .local)
        scratch.append("] ")
        scratch.append(contentsOf: proxy.nameBytes)
        scratch.append("/")
        let binds = proxy.settings.binds
        if binds.indices.contains(client.listener.bind) {
            let bind = binds[client.listener.bind]
            scratch.append(contentsOf: Array((bind.name ?? "\(bind.id)").utf8))
        }
        scratch.append(": ")
        scratch.append(text)
        writeEmbryonic(proxy)
    }

    private func writeEmbryonic(_ proxy: WorkerProxy) {
        proxy.logs.write(
            list: proxy.log.list,
            level: proxy.settings.options.logSeparateErrors ? .error : .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        scratch.removeAll()
    }

    private func append(_ peer: PeerAddress) {
        scratch.append(peer.ip)
        scratch.append(":")
        scratch.append(decimal: Int(peer.port))
    }
}

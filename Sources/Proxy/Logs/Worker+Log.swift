internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux
internal import Logging
internal import TLS

/// Log lines of streams (HAProxy manual, chapter 8).
extension Worker {
    /// Most bytes of a request line in the log; as HAProxy's `tune.http.logurilen`.
    static let loggedLineLimit = 1024

    /// Keeps the request line until the end of the stream.
    func captureRequest(_ client: ClientConnection, _ stream: Stream, _ head: RequestHead) {
        pool.lend(.head, to: &stream.capture)
        let line = head.lineRange
        let count = min(line.count, Worker.loggedLineLimit)
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
        if options.dontLogNormal, stream.termination.isNone, stream.retries == 0,
            stream.status < 500
        {
            return
        }
        let raises = options.logSeparateErrors && stream.has(Stream.Flag.isError)
        scratch.removeAll()
        appendLine(log.format, client, stream, isEarly: false)
        linesLogged &+= 1
        stream.frontend.logs.write(
            list: log.list, level: raises ? .error : .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        scratch.removeAll()
    }

    /// `option logasap`: the line is written when the answer begins. The engine's scratch holds that answer then.
    func logEarly(_ client: ClientConnection, _ stream: Stream) {
        let log = stream.frontend.log
        guard log.isEnabled, !log.logsConnections, !stream.has(Stream.Flag.logged) else { return }
        var line = Buffer()
        pool.lend(.bulk, to: &line)
        swap(&line, &scratch)
        appendLine(log.format, client, stream, isEarly: true)
        linesLogged &+= 1
        stream.frontend.logs.write(
            list: log.list, level: .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        swap(&line, &scratch)
        pool.reclaim(&line)
        stream.set(Stream.Flag.logged)
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
        appendLine(proxy.log.format, client, stream, isEarly: false)
        linesLogged &+= 1
        proxy.logs.write(
            list: proxy.log.list,
            level: proxy.settings.options.logSeparateErrors ? .error : .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        scratch.removeAll()
        client.stream = nil
        stream.client = nil
        stream.phase = .free
        if proxy.isCurrent {
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

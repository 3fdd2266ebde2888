internal import Configuration
internal import Core
internal import EventLoop
internal import HTTP
internal import Linux
internal import Logging

/// Log lines of streams (HAProxy manual, chapter 8).
extension Worker {
    /// Most bytes of a request line in the log; as HAProxy's `tune.http.logurilen`.
    static let loggedLineLimit = 1024

    /// Keeps the request line until the end of the stream.
    func captureRequest(_ client: ClientConnection, _ stream: Stream, _ head: RequestHead) {
        pool.lend(.head, to: &stream.capture)
        let line = head.lineRange
        let end = min(line.upperBound, line.lowerBound + Worker.loggedLineLimit)
        stream.capture.append(client.channel.input, line.lowerBound..<end)
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
        if stream.frontend.isHTTP {
            appendHTTPLine(client, stream, isEarly: false)
        } else {
            appendTCPLine(client, stream)
        }
        logs.write(
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
        appendHTTPLine(client, stream, isEarly: true)
        logs.write(
            list: log.list, level: .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        swap(&line, &scratch)
        pool.reclaim(&line)
        stream.set(Stream.Flag.logged)
    }

    /// `Connect from 127.0.0.1:33312 to 127.0.0.1:8012 (www/HTTP)`
    func logConnection(_ client: ClientConnection, _ proxy: WorkerProxy) {
        guard proxy.log.logsConnections else { return }
        let local = Sockets.localAddress(client.channel.number)
        scratch.removeAll()
        scratch.append("Connect from ")
        append(client.peer)
        scratch.append(" to ")
        append(local)
        scratch.append(" (")
        append(proxy.settings.name)
        scratch.append(proxy.isHTTP ? "/HTTP)" : "/TCP)")
        logs.write(
            list: proxy.log.list, level: .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        scratch.removeAll()
    }

    /// The line of bytes that were no request.
    func logRefusal(_ client: ClientConnection, status: Int, _ termination: Termination) {
        let proxy = client.listener.proxy
        guard proxy.log.isEnabled, !proxy.log.logsConnections else { return }
        let stream = takeStream(client, proxy)
        stream.status = UInt16(clamping: status)
        stream.termination = termination
        stream.set(Stream.Flag.isError)
        stream.times.requestStart = client.headStarted.nanoseconds
        scratch.removeAll()
        appendHTTPLine(client, stream, isEarly: false)
        logs.write(
            list: proxy.log.list,
            level: proxy.settings.options.logSeparateErrors ? .error : .info, line: scratch.bytes,
            realtime: realtimeOffset &+ loop.now.nanoseconds, now: loop.now)
        scratch.removeAll()
        client.stream = nil
        stream.client = nil
        stream.phase = .free
        freeStreams.append(stream)
    }

    // MARK: The two built-in lines

    /// `%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r`
    private func appendHTTPLine(_ client: ClientConnection, _ stream: Stream, isEarly: Bool) {
        append(client.peer)
        scratch.append(" [")
        appendDate(stream.times.requestStart)
        scratch.append("] ")
        appendNames(stream)
        let times = stream.times
        let now = loop.now.nanoseconds
        appendTime(StreamTimes.milliseconds(times.requestStart, times.requestEnd), "/")
        appendTime(StreamTimes.milliseconds(times.requestEnd, times.dequeued), "/")
        appendTime(StreamTimes.milliseconds(times.dequeued, times.connected), "/")
        appendTime(StreamTimes.milliseconds(times.connected, times.responseStart), "/")
        if isEarly { scratch.append(UInt8(ascii: "+")) }
        appendTime(StreamTimes.milliseconds(times.requestStart, now), " ")
        scratch.append(decimal: stream.status == 0 ? -1 : Int(stream.status))
        scratch.append(isEarly ? " +" : " ")
        scratch.append(decimal: stream.counts.bytesOut)
        scratch.append(" - - ")
        scratch.append(stream.termination.cause.rawValue)
        scratch.append(stream.termination.moment.rawValue)
        scratch.append("-- ")
        appendCounts(stream)
        scratch.append(" \"")
        if stream.capture.isEmpty {
            scratch.append("<BADREQ>")
        } else {
            LogText.appendEscaped(stream.capture, to: &scratch)
        }
        scratch.append("\"")
    }

    /// `%ci:%cp [%t] %ft %b/%s %Tw/%Tc/%Tt %B %ts %ac/%fc/%bc/%sc/%rc %sq/%bq`
    private func appendTCPLine(_ client: ClientConnection, _ stream: Stream) {
        append(client.peer)
        scratch.append(" [")
        appendDate(stream.times.accepted)
        scratch.append("] ")
        appendNames(stream)
        let times = stream.times
        appendTime(StreamTimes.milliseconds(times.accepted, times.dequeued), "/")
        appendTime(StreamTimes.milliseconds(times.dequeued, times.connected), "/")
        appendTime(StreamTimes.milliseconds(times.accepted, loop.now.nanoseconds), " ")
        scratch.append(decimal: stream.counts.bytesOut)
        scratch.append(" ")
        scratch.append(stream.termination.cause.rawValue)
        scratch.append(stream.termination.moment.rawValue)
        scratch.append(" ")
        appendCounts(stream)
    }

    private func append(_ peer: PeerAddress) {
        scratch.append(peer.ip)
        scratch.append(":")
        scratch.append(decimal: Int(peer.port))
    }

    private func append(_ text: String) {
        scratch.append(contentsOf: Array(text.utf8))
    }

    private func appendNames(_ stream: Stream) {
        append(stream.frontend.settings.name)
        scratch.append(" ")
        append(stream.backend.settings.name)
        scratch.append("/")
        if let target = stream.target {
            append(target.settings.name)
        } else {
            scratch.append("<NOSRV>")
        }
        scratch.append(" ")
    }

    private func appendTime(_ milliseconds: Int, _ separator: StaticString) {
        scratch.append(decimal: milliseconds)
        scratch.append(separator)
    }

    /// `%ac/%fc/%bc/%sc/%rc %sq/%bq`
    private func appendCounts(_ stream: Stream) {
        scratch.append(decimal: shared.activeConnections)
        scratch.append("/")
        scratch.append(decimal: stream.frontend.state.frontendActive)
        scratch.append("/")
        let isCounted = stream.has(Stream.Flag.countedInBackend)
        scratch.append(decimal: isCounted ? max(stream.backend.state.backendActive - 1, 0) : 0)
        scratch.append("/")
        let active = stream.target?.state.active ?? 0
        scratch.append(decimal: stream.has(Stream.Flag.holdsSlot) ? max(active - 1, 0) : active)
        scratch.append(stream.has(Stream.Flag.redispatched) ? "/+" : "/")
        scratch.append(decimal: Int(stream.retries))
        scratch.append(" ")
        scratch.append(decimal: stream.counts.serverQueue)
        scratch.append("/")
        scratch.append(decimal: stream.counts.backendQueue)
    }

    /// `22/Nov/2026:08:58:30.710`
    private func appendDate(_ monotonic: Int64) {
        let realtime = realtimeOffset &+ monotonic
        let second = realtime / 1_000_000_000
        if second != loggedSecond {
            loggedSecond = second
            loggedDate = LogText.date(Clock.local(seconds: second))
        }
        scratch.append(contentsOf: loggedDate)
        let milliseconds = realtime / 1_000_000 % 1000
        scratch.append(0x30 &+ UInt8(truncatingIfNeeded: milliseconds / 100))
        scratch.append(0x30 &+ UInt8(truncatingIfNeeded: milliseconds / 10 % 10))
        scratch.append(0x30 &+ UInt8(truncatingIfNeeded: milliseconds % 10))
    }
}

/// Text of dates and digits in log lines.
enum LogText {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `22/Nov/2026:08:58:30.`
    static func date(_ time: Clock.LocalTime) -> [UInt8] {
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let month = months.indices.contains(Int(time.month) - 1) ? months[Int(time.month) - 1] : "?"
        return Array(
            "\(two(time.day))/\(month)/\(time.year):\(two(time.hour)):\(two(time.minute)):\(two(time.second))."
                .utf8)
    }

    /// As HAProxy writes bytes that would break the line: `#` and two hexadecimal digits.
    static func appendEscaped(_ text: borrowing Buffer, to line: inout Buffer) {
        let bytes = text.bytes
        for at in 0..<bytes.byteCount {
            let byte = bytes.byte(at: at)
            if byte >= 0x20, byte < 0x7f, byte != 0x22, byte != 0x23 {
                line.append(byte)
            } else {
                line.append("#")
                line.append(digit(byte >> 4))
                line.append(digit(byte & 15))
            }
        }
    }

    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x37 + value }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import TLS

/// Log lines, field by field (HAProxy manual, section 8.2.6).
extension Worker {
    func append(
        _ field: LogField, _ flags: LogFlags, _ client: ClientConnection, _ stream: Stream,
        _ isEarly: Bool
    ) {
        let times = stream.times
        switch field {
        case .acceptDate: appendDate(times.accepted, .local)
        case .acceptDateUTC: appendDate(times.accepted, .utc)
        case .acceptDateLocal: appendDate(times.accepted, .localWithOffset)
        case .requestDate: appendDate(max(times.requestStart, times.accepted), .local)
        case .requestDateUTC: appendDate(max(times.requestStart, times.accepted), .utc)
        case .requestDateLocal:
            appendDate(max(times.requestStart, times.accepted), .localWithOffset)
        case .acceptTimestamp:
            append(Int((realtimeOffset &+ times.accepted) / 1_000_000_000), 8, flags)
        case .acceptMilliseconds:
            let milliseconds = Int((realtimeOffset &+ times.accepted) / 1_000_000 % 1000)
            if milliseconds < 100 { scratch.append("0") }
            if milliseconds < 10 { scratch.append("0") }
            append(milliseconds, 1, flags)
        case .activeTime: appendTime(.active, client, stream, isEarly, flags)
        case .connectTime: append(milliseconds(.connect, client, stream), 1, flags)
        case .dataTime: appendTime(.data, client, stream, isEarly, flags)
        case .handshakeTime: append(milliseconds(.handshake, client, stream), 1, flags)
        case .idleTime: append(milliseconds(.idle, client, stream), 1, flags)
        case .queryTime: append(milliseconds(.query, client, stream), 1, flags)
        case .requestTime: append(milliseconds(.request, client, stream), 1, flags)
        case .responseTime: append(milliseconds(.response, client, stream), 1, flags)
        case .totalTime: appendTime(.total, client, stream, isEarly, flags)
        case .userTime: appendTime(.user, client, stream, isEarly, flags)
        case .waitTime: append(milliseconds(.wait, client, stream), 1, flags)

        case .clientAddress: append(client.peer.ip, flags)
        case .clientPort: append(Int(client.peer.port), 4, flags)
        case .frontendAddress: append(frontAddress(client).ip, flags)
        case .frontendPort:
            append(Int(frontAddress(client).port), 4, flags)
        case .backendAddress:
            append(serverEnd(of: stream, isOurs: true)?.ip, flags)
        case .backendPort:
            append(Int(serverEnd(of: stream, isOurs: true)?.port ?? 0), 4, flags)
        case .serverAddress: append(stream.target?.state.address?.ip, flags)
        case .serverPort: append(Int(stream.target?.state.address?.port ?? 0), 4, flags)

        case .frontendName: append(stream.frontend.nameBytes, flags)
        case .frontendNameWithTransport:
            let isSecure = client.channel.tls.isOn
            append(isSecure ? stream.frontend.secureNameBytes : stream.frontend.nameBytes, flags)
        case .cipher: append(client.channel.tls.cipherName, flags)
        case .tlsVersion: append(client.channel.tls.versionName, flags)
        case .backendName: append(stream.backend.nameBytes, flags)
        case .serverName:
            if let target = stream.target {
                append(target.nameBytes, flags)
            } else {
                _ = LogText.append(Worker.standIn(for: stream), flags, into: &scratch)
            }
        case .hostname: append(Array(Host.name.utf8), flags)
        case .processID: append(Int(Processes.identifier), 4, flags)

        case .requestLine, .method, .path, .pathOnly, .query, .target, .version:
            appendRequest(field, flags, stream)
        case .status: append(stream.status == 0 ? -1 : Int(stream.status), 1, flags)
        case .bytesRead:
            if isEarly { scratch.append("+") }
            append(stream.counts.bytesOut, 1, flags)
        case .bytesUploaded: append(stream.counts.bytesIn, 1, flags)
        case .requestCookie, .responseCookie, .uniqueID, .requestHeaders, .responseHeaders,
            .requestHeaderList, .responseHeaderList:
            appendKept(field, flags, stream)
        case .terminationState: appendTermination(stream, cookies: false)
        case .terminationStateWithCookie: appendTermination(stream, cookies: true)
        case .activeConnections: append(shared.activeConnections, 4, flags)
        case .frontendConnections: append(stream.frontend.state.frontendActive, 4, flags)
        case .backendConnections:
            let isCounted = stream.has(Stream.Flag.countedInBackend)
            // The stream itself does not count, unless it goes on.
            let others = stream.backend.state.backendActive - (isEarly ? 0 : 1)
            append(isCounted ? max(others, 0) : 0, 4, flags)
        case .serverConnections:
            let active = stream.target?.state.active ?? 0
            let holds = stream.has(Stream.Flag.holdsSlot) && !isEarly
            append(holds ? max(active - 1, 0) : active, 4, flags)
        case .retries:
            if stream.has(Stream.Flag.redispatched) { scratch.append("+") }
            append(Int(stream.retries), 4, flags)
        case .serverQueue: append(stream.counts.serverQueue, 4, flags)
        case .backendQueue: append(stream.counts.backendQueue, 4, flags)
        case .requestCounter:
            append(stream.number, 4, flags)
        case .logCounter: append(stream.frontend.linesLogged, 4, flags)
        case .origin:
            _ = LogText.append(isEarly ? "txn_response" : logOrigin, flags, into: &scratch)
        }
    }

    /// What stands where a server's name would: an answer of our own may be a service's.
    private static func standIn(for stream: Stream) -> StaticString {
        if stream.has(Stream.Flag.isStatistics) { return "<STATS>" }
        return stream.has(Stream.Flag.isMetrics) ? "<PROMEX>" : "<NOSRV>"
    }

    // MARK: Values

    private func append(_ number: Int, _ digits: Int, _ flags: LogFlags) {
        _ = LogText.append(number, digits: digits, flags, into: &scratch)
    }

    private func append(_ text: [UInt8], _ flags: LogFlags) {
        _ = unsafe LogText.append(text.span.bytes, .none, flags, into: &scratch)
    }

    private func append(_ address: IPAddress?, _ flags: LogFlags) {
        switch address {
        case .v4(let address): _ = LogText.append(address, flags, into: &scratch)
        case .v6(let address):
            if flags.isHexadecimal {
                _ = LogText.appendHexadecimal(address.high, digits: 16, into: &scratch)
                _ = LogText.appendHexadecimal(address.low, digits: 16, into: &scratch)
            } else {
                _ = LogText.appendQuote(flags, into: &scratch)
                scratch.append(address)
                _ = LogText.appendQuote(flags, into: &scratch)
            }
        case nil: _ = LogText.append("unix", flags, into: &scratch)
        }
    }

    /// A time that goes on: a plus sign says that it does.
    private func appendTime(
        _ timer: StreamTimer, _ client: ClientConnection, _ stream: Stream, _ isEarly: Bool,
        _ flags: LogFlags
    ) {
        if isEarly { scratch.append("+") }
        append(milliseconds(timer, client, stream), 1, flags)
    }

    /// Never between quotes: HAProxy's are not either.
    private func appendTermination(_ stream: Stream, cookies: Bool) {
        scratch.append(stream.termination.cause.rawValue)
        scratch.append(stream.termination.moment.rawValue)
        guard cookies else { return }
        if stream.backend.cookie?.isLogged != true {
            scratch.append("--")
        } else {
            scratch.append(stream.cookie.request.rawValue)
            scratch.append(stream.cookie.response.rawValue)
        }
    }

    /// The request line or a part of it; what was no request is `<BADREQ>`.
    private func appendRequest(_ field: LogField, _ flags: LogFlags, _ stream: Stream) {
        if stream.capture.isEmpty {
            _ = LogText.append("<BADREQ>", flags, into: &scratch)
            return
        }
        var range = 0..<stream.capture.count
        if field != .requestLine { range = stream.captureParts.range(of: field) }
        // Without a query or a path there is nothing, not even the dash of other empty fields.
        if range.isEmpty, field == .query || field == .pathOnly, !flags.isQuoted { return }
        Worker.appendCaptured(stream.capture, range, flags, to: &scratch)
    }

    /// What captures and `unique-id-format` have kept; nothing for what was no request.
    private func appendKept(_ field: LogField, _ flags: LogFlags, _ stream: Stream) {
        guard let transaction = kept(stream) else {
            // A frontend without captures has no braces either.
            if field.kind == .text, field != .requestHeaders, field != .responseHeaders {
                append([], flags)
            }
            return
        }
        switch field {
        case .requestCookie: append(transaction.requestCookie, flags)
        case .responseCookie: append(transaction.responseCookie, flags)
        case .uniqueID: append(transaction.uniqueID, flags)
        case .requestHeaders, .requestHeaderList:
            transaction.requestCaptures.appendAll(
                asList: field == .requestHeaderList, flags, to: &scratch)
        default:
            transaction.responseCaptures.appendAll(
                asList: field == .responseHeaderList, flags, to: &scratch)
        }
    }

    private static func appendCaptured(
        _ capture: borrowing Buffer, _ range: Range<Int>, _ flags: LogFlags, to line: inout Buffer
    ) {
        _ = LogText.append(capture.bytes.extracting(range), .request, flags, into: &line)
    }

    // MARK: Dates

    enum LogZone { case local, utc, localWithOffset }

    /// `22/Nov/2026:08:58:30.710`, or `22/Nov/2026:08:58:30 +0100`
    func appendDate(_ monotonic: Int64, _ zone: LogZone) {
        let realtime = realtimeOffset &+ monotonic
        let second = realtime / 1_000_000_000
        guard zone == .local else {
            scratch.append(contentsOf: LogDate.text(second, zone))
            return
        }
        if second != loggedSecond {
            loggedSecond = second
            loggedDate = LogDate.text(second, zone)
        }
        scratch.append(contentsOf: loggedDate)
        let milliseconds = realtime / 1_000_000 % 1000
        scratch.append(0x30 &+ UInt8(truncatingIfNeeded: milliseconds / 100))
        scratch.append(0x30 &+ UInt8(truncatingIfNeeded: milliseconds / 10 % 10))
        scratch.append(0x30 &+ UInt8(truncatingIfNeeded: milliseconds % 10))
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux
internal import Rules

/// What rules ask the engine to do with a stream and its connection.
extension Worker {
    func perform(_ request: HostRequest, _ arena: RawSpan) {
        guard let (client, stream) = ruled else { return }
        switch request {
        case .setTimeout(let kind, let nanoseconds): stream?.setTimeout(kind, nanoseconds)
        case .setSocket(.mark, let value): Sockets.setMark(client.channel.number, value)
        case .setSocket(.typeOfService, let value):
            Sockets.setTypeOfService(client.channel.number, value)
        case .setNumber(let number, let value): stream?.set(number, to: value)
        case .disableRetry: stream?.set(Stream.Flag.neverRetries)
        case .addHint(let line):
            // RFC 8297: a client of HTTP/1.0 knows no interim answers.
            guard stream?.version == .http11, hints.count + line.count <= Worker.hintBytesLimit
            else { return }
            hints += arena.extracting(line.range).array()
        case .sendHints:
            guard !hints.isEmpty else { return }
            let lines = hints
            hints.removeAll(keepingCapacity: true)
            sendInterim(
                client, Array("HTTP/1.1 103 Early Hints\r\n".utf8) + lines + [0x0d, 0x0a])
        }
    }

    /// Most bytes of the lines of one interim answer.
    private static let hintBytesLimit = 8192

    func appendBody(of side: Fetch.Side, answer: ResponseHead?, to arena: inout Buffer) -> Bool {
        guard let (client, stream) = ruled, let stream else { return false }
        switch side {
        case .request:
            // Once it has been sent there is nothing left of it.
            guard stream.has(Stream.Flag.headInInput) else { return true }
            return Worker.appendBody(
                client.channel.input, from: stream.headBytes,
                isChunked: stream.requestBody.kind == .chunked, to: &arena)
        case .response:
            guard let server = stream.server, let head = answer else { return true }
            return Worker.appendBody(
                server.channel.input, from: head.byteCount, isChunked: head.facts.isChunked,
                to: &arena)
        }
    }

    private static func appendBody(
        _ input: borrowing Buffer, from start: Int, isChunked: Bool, to arena: inout Buffer
    ) -> Bool {
        var fits = true
        let bytes = input.bytes
        _ = BodyPreview.scan(bytes, from: start, isChunked: isChunked, length: nil) { range in
            if !arena.append(bytes.extracting(range)) { fits = false }
        }
        return fits
    }

    private func keepSource(of client: ClientConnection, _ transaction: Transaction) {
        if transaction.receivedSource == nil { transaction.receivedSource = client.peer }
    }

    func zoneOffset(at seconds: Int64) -> Int64 {
        Int64(Clock.local(seconds: seconds).offset) * 60
    }
}

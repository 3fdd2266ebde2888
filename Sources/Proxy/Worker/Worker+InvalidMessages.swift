internal import Configuration
internal import Core
internal import HTTP
internal import Linux

/// Keeps what could not be parsed, for `show errors`. Only what is refused pays for it.
extension Worker {
    @inline(never)
    func keepInvalidRequest(_ client: ClientConnection, _ reading: HeadReading) {
        let proxy = client.listener.proxy
        proxy.state.keep(
            InvalidMessage(
                .request, number: shared.numberInvalidMessage(), time: Clock.realtime(),
                frontend: party(proxy), backend: nil, server: nil, source: client.peer,
                bytes: kept(client.channel.input), bufferBytes: bufferBytes, reading: reading,
                fieldLimit: fields.limit))
    }

    @inline(never)
    func keepInvalidAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        stream.backend.state.keep(
            InvalidMessage(
                .response, number: shared.numberInvalidMessage(), time: Clock.realtime(),
                frontend: party(stream.frontend), backend: party(stream.backend),
                server: target(stream), source: client.peer, bytes: kept(server.channel.input),
                bufferBytes: bufferBytes, fieldLimit: fields.limit))
    }

    /// The same of a chunk; what came before it has left the buffer.
    @inline(never)
    func keepInvalidChunk(
        _ kind: InvalidMessage.Kind, _ client: ClientConnection, _ stream: Stream,
        _ input: borrowing Buffer, at offset: Int, _ reason: MalformedReason
    ) {
        let proxy = kind == .request ? stream.frontend : stream.backend
        proxy.state.keep(
            InvalidMessage(
                kind, number: shared.numberInvalidMessage(), time: Clock.realtime(),
                frontend: party(stream.frontend), backend: party(stream.backend),
                server: target(stream), source: client.peer, bytes: kept(input),
                bufferBytes: bufferBytes, fieldLimit: fields.limit,
                bodyFault: (min(offset, bufferBytes), reason)))
    }

    private func target(_ stream: Stream) -> InvalidMessage.Party? {
        stream.target.map { InvalidMessage.Party(name: $0.settings.name, id: $0.settings.id) }
    }

    /// Whether what has come of a chunked body with its head is none. As HAProxy, nothing of such a request is looked at:
    /// what came after the head may be another request to whoever reads chunks otherwise.
    @inline(never)
    func hasBadChunk(_ input: borrowing Buffer, behind headBytes: Int) -> Bool {
        let state = BodyPreview.scan(
            input.bytes, from: headBytes, isChunked: true, length: nil, data: { _ in })
        return state == .malformed
    }

    private func party(_ proxy: WorkerProxy) -> InvalidMessage.Party {
        InvalidMessage.Party(name: proxy.settings.name, id: proxy.settings.id)
    }

    private func kept(_ input: borrowing Buffer) -> [UInt8] {
        input.bytes.extracting(first: min(input.count, bufferBytes)).array()
    }
}

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
                number: shared.numberInvalidMessage(), time: Clock.realtime(),
                frontend: party(proxy), backend: nil, server: nil, source: client.peer,
                bytes: kept(client.channel.input), bufferBytes: bufferBytes, reading: reading,
                fieldLimit: fields.limit))
    }

    @inline(never)
    func keepInvalidAnswer(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) {
        let target = stream.target.map {
            InvalidMessage.Party(name: $0.settings.name, id: $0.settings.id)
        }
        stream.backend.state.keep(
            InvalidMessage(
                number: shared.numberInvalidMessage(), time: Clock.realtime(),
                frontend: party(stream.frontend), backend: party(stream.backend), server: target,
                source: client.peer, bytes: kept(server.channel.input), bufferBytes: bufferBytes,
                reading: nil, fieldLimit: fields.limit))
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

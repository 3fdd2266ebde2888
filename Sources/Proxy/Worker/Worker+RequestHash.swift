internal import Balancing
internal import Core
internal import Expressions
internal import HTTP

/// What `balance` hashes of a request. It is kept in the stream: it is needed again when another server is looked
/// for, and the head may be gone by then.
extension Worker {
    /// Of a request whose head, as rules have left it, is in `fields` and `edits`.
    @inline(never)
    func keepHash(
        _ hash: RequestHash, _ head: RequestHead, _ client: ClientConnection, _ stream: Stream
    ) {
        guard let key = hash.key else { return }
        stream.hash =
            if case .header(let name, let onlyDomain) = key {
                hashOfField(name, onlyDomain, client.channel.input, edits, hash.method)
            } else if head.hasEditedTarget {
                Worker.hash(key, edits, head.targetRange, hash.method)
            } else {
                Worker.hash(key, client.channel.input, head.targetRange, hash.method)
            }
        if stream.hash == nil, hash.searchesBody, head.method == .post {
            stream.hash = Worker.hashOfBody(key, client.channel.input, head, hash.method)
        }
    }

    /// `balance hash`, `balance rdp-cookie`. The evaluation has the request or the first bytes.
    func keepSampleHash(_ hash: RequestHash, _ stream: Stream) {
        // A stream is used again, and another backend may have hashed before.
        stream.hash = nil
        let start = evaluation.arena.count
        defer { evaluation.arena.truncate(by: evaluation.arena.count - start) }
        guard let expression = hash.expression, let sample = evaluation.evaluate(expression),
            case .binary(let bytes) = evaluation.cast(sample, to: .binary)
        else { return }
        if bytes.isEmpty, hash.ignoresEmpty { return }
        stream.hash = hash.method.hash(evaluation.arena.bytes.extracting(bytes.range))
    }

    /// Whether the body must be there first: the target of a POST has not the parameter. The evaluation has the
    /// request.
    func awaitsBody(_ hash: RequestHash, _ client: ClientConnection) -> Bool {
        guard hash.searchesBody, let key = hash.key, let head = evaluation.requestHead,
            head.method == .post
        else { return false }
        return Worker.hash(key, evaluation.arena, head.targetRange, hash.method) == nil
    }

    private func hashOfField(
        _ name: [UInt8], _ onlyDomain: Bool, _ input: borrowing Buffer, _ edits: borrowing Buffer,
        _ method: HashMethod
    ) -> UInt32? {
        let found = unsafe fields.first(
            named: name.span.bytes, in: input.bytes, edits: edits.bytes)
        guard let found else { return nil }
        let value = fields.value(at: found, in: input.bytes, edits: edits.bytes)
        guard let range = HashKey.range(inField: value, onlyDomain: onlyDomain) else { return nil }
        return method.hash(value.extracting(range))
    }

    private static func hash(
        _ key: HashKey, _ bytes: borrowing Buffer, _ targetRange: Range<Int>, _ method: HashMethod
    ) -> UInt32? {
        let target = bytes.bytes.extracting(targetRange)
        guard let range = key.range(in: target) else { return nil }
        return method.hash(target.extracting(range))
    }

    /// Of the part of a body that lies behind the head: at most a buffer.
    private static func hashOfBody(
        _ key: HashKey, _ input: borrowing Buffer, _ head: RequestHead, _ method: HashMethod
    ) -> UInt32? {
        let bytes = input.bytes
        var body: [UInt8] = []
        _ = BodyPreview.scan(
            bytes, from: head.byteCount, isChunked: head.facts.isChunked,
            length: head.facts.contentLength
        ) { body += bytes.extracting($0).array() }
        let span = unsafe body.span.bytes
        guard let range = key.range(inBody: span) else { return nil }
        return method.hash(span.extracting(range))
    }
}

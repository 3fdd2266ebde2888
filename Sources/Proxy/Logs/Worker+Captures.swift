internal import Core
internal import Expressions
internal import HTTP

/// Headers, cookies and identifiers that are kept for log lines (HAProxy manual, sections 8.7 and 8.8), only in
/// frontends that ask for them.
extension Worker {
    /// What is kept of a request before any rule runs. Its head was parsed just now.
    func keepRequest(
        _ client: ClientConnection, _ stream: Stream, _ head: RequestHead,
        _ captures: ProxyCaptures
    ) {
        prepareTransaction(client, stream)
        guard let transaction = stream.transaction else { return }
        for field in captures.requestFields {
            keep(field, client.channel.input, in: &transaction.requestCaptures)
        }
        if !captures.cookieName.isEmpty { keepCookie(client, transaction, captures) }
        if let format = captures.uniqueIDFormat {
            beginRules(client, stream, copying: client.channel.input, head.byteCount)
            evaluation.requestHead = head
            makeUniqueID(format, client, stream, transaction)
            evaluation.requestHead = nil
            endRules()
        }
    }

    /// The same for a TCP session, which has no head.
    func keepSession(
        _ client: ClientConnection, _ stream: Stream, _ captures: ProxyCaptures
    ) {
        prepareTransaction(client, stream)
        guard let format = captures.uniqueIDFormat, let transaction = stream.transaction else {
            return
        }
        makeUniqueID(format, client, stream, transaction)
    }

    private func makeUniqueID(
        _ format: LogFormat, _ client: ClientConnection, _ stream: Stream,
        _ transaction: Transaction
    ) {
        scratch.removeAll()
        appendLine(format, client, stream, isEarly: false)
        for at in 0..<min(scratch.count, Worker.uniqueIDLimit) {
            transaction.uniqueID.append(scratch.bytes.byte(at: at))
        }
        scratch.removeAll()
    }

    /// Most bytes of an identifier, as HAProxy's.
    private static let uniqueIDLimit = 127

    /// What is kept of an answer, whose head was parsed just now.
    func keepResponse(
        _ stream: Stream, _ input: borrowing Buffer, _ captures: ProxyCaptures
    ) {
        guard let transaction = kept(stream) else { return }
        for field in captures.responseFields {
            keep(field, input, in: &transaction.responseCaptures)
        }
        guard !captures.cookieName.isEmpty else { return }
        var index = fields.first(.setCookie)
        while let found = index, transaction.responseCookie.isEmpty {
            let value = fields[found].valueRange
            Worker.keepCookie(
                input, value, captures, in: &transaction.responseCookie, isFirstOnly: true)
            index = fields.first(.setCookie, from: found + 1)
        }
    }

    /// The last field of a name, cut to its place.
    private func keep(
        _ field: ProxyCaptures.Field, _ input: borrowing Buffer, in store: inout VariableStore
    ) {
        var last: Int?
        var start = 0
        while let found = unsafe fields.first(
            named: field.name.span.bytes, from: start, in: input.bytes, edits: input.bytes)
        {
            last = found
            start = found + 1
        }
        guard let last else { return }
        let value = fields[last].valueRange
        let range = value.lowerBound..<value.lowerBound + min(value.count, field.length)
        _ = store.store(.string(Bytes(range)), field.slot, from: input.bytes)
    }

    private func keepCookie(
        _ client: ClientConnection, _ transaction: Transaction, _ captures: ProxyCaptures
    ) {
        var index = fields.first(.cookie)
        while let found = index, transaction.requestCookie.isEmpty {
            let value = fields[found].valueRange
            Worker.keepCookie(
                client.channel.input, value, captures, in: &transaction.requestCookie,
                isFirstOnly: false)
            index = fields.first(.cookie, from: found + 1)
        }
    }

    /// The first `name=value` of a list that begins as the capture says. Set-Cookie has attributes behind its only one.
    private static func keepCookie(
        _ input: borrowing Buffer, _ range: Range<Int>, _ captures: ProxyCaptures,
        in kept: inout [UInt8], isFirstOnly: Bool
    ) {
        let bytes = input.bytes
        var at = range.lowerBound
        while at < range.upperBound {
            while at < range.upperBound, bytes.byte(at: at) == 0x20 || bytes.byte(at: at) == 0x09 {
                at += 1
            }
            var end = at
            while end < range.upperBound, bytes.byte(at: end) != 0x3b { end += 1 }
            let next = end + 1
            while end > at, bytes.byte(at: end - 1) == 0x20 || bytes.byte(at: end - 1) == 0x09 {
                end -= 1
            }
            let name = captures.cookieName
            if end - at >= name.count,
                name.indices.allSatisfy({ bytes.byte(at: at + $0) == name[$0] })
            {
                for place in at..<min(end, at + captures.cookieLength) {
                    kept.append(bytes.byte(at: place))
                }
                return
            }
            if isFirstOnly { return }
            at = next
        }
    }
}

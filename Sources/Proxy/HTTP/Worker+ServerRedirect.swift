internal import Core
internal import HTTP

/// `server … redir`
extension Worker {
    /// Sends the client elsewhere with its path, instead of its request to the server. False: it has no path, as `*`.
    func redirect(_ client: ClientConnection, _ stream: Stream, to prefix: [UInt8]) -> Bool {
        scratch.removeAll()
        let isWritten =
            stream.rewritten.isLent
            ? Worker.appendRedirect(prefix, stream.rewritten, to: &scratch)
            : Worker.appendRedirect(prefix, client.channel.input, to: &scratch)
        guard let isWritten else { return false }
        stream.clear(Stream.Flag.keepsClient)
        prepareLocalAnswer(client, stream)
        let end = Termination(.local, .connecting)
        guard isWritten, appendOwn(client, stream, scratch.count) else {
            countInternalError(client, stream)
            abort(client, stream, Termination(.internalError, end.moment), status: 0)
            return true
        }
        sendLocalAnswer(client, stream, status: Int(stream.status), end)
        return true
    }

    /// `request` begins with a request line, as it goes to the server. False: there is no room; nil: there is
    /// no path.
    private static func appendRedirect(
        _ prefix: [UInt8], _ request: borrowing Buffer, to output: inout Buffer
    ) -> Bool? {
        var path = path(request.bytes)
        if prefix.isEmpty { path = withoutHost(path, in: request.bytes) }
        guard !path.isEmpty else { return nil }
        return output.append(
            "HTTP/1.1 302 Found\r\ncache-control: no-cache\r\ncontent-length: 0\r\nlocation: ")
            && output.append(contentsOf: prefix)
            && output.append(request.bytes.extracting(path)) && output.append("\r\n\r\n")
    }

    /// A location that begins with `//`, or with `/\\` in the eyes of browsers, leads to another host: one slash is left.
    private static func withoutHost(_ path: Range<Int>, in request: RawSpan) -> Range<Int> {
        var start = path.lowerBound
        while start &+ 1 < path.upperBound, [0x2f, 0x5c].contains(request.byte(at: start &+ 1)) {
            start += 1
        }
        return start..<path.upperBound
    }

    /// The target from its path on; empty where it has none, as `*` has.
    private static func path(_ request: RawSpan) -> Range<Int> {
        var start = 0
        // Empty lines before a request are allowed (RFC 9112, section 2.2).
        while start < request.byteCount, request.byte(at: start) <= 0x20 { start += 1 }
        while start < request.byteCount, request.byte(at: start) != 0x20 { start += 1 }
        start = min(start + 1, request.byteCount)
        var end = start
        while end < request.byteCount, request.byte(at: end) > 0x20 { end += 1 }
        // `http://host/path`: two slashes and a name are before it.
        if start < end, request.byte(at: start) != 0x2f {
            var slashes = 0
            while start < end {
                if request.byte(at: start) == 0x2f {
                    slashes += 1
                    if slashes == 3 { break }
                }
                start += 1
            }
        }
        return start..<end
    }
}

import Core
import HTTP

/// A chunked body that arrives in pieces whose lengths the first byte decides: what may be forwarded must be
/// the same as when it comes at once.
enum BodyTarget {
    private static let head = Array(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)

    static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let body = Array(bytes.dropFirst())
        let whole = forward(body, pieces: body.count)
        let parts = forward(body, pieces: 1 + Int(first & 63))
        demand(whole.bytes == parts.bytes || whole.end.hasPrefix("malformed"))
        demand(whole.end == parts.end, "\(whole.end) and \(parts.end)")
    }

    private static func forward(_ body: [UInt8], pieces length: Int) -> (
        bytes: [UInt8], end: String
    ) {
        var fields = HeaderTable()
        var progress = HeadProgress()
        let span = unsafe head.span.bytes
        guard
            case .complete(let request) = HeadParser.request(
                span, progress: &progress, into: &fields)
        else { fatalError("our own head is refused") }
        let pool = BufferPool(headBytes: 32 * 1024)
        var input = Buffer()
        pool.lend(.head, to: &input)
        defer { pool.reclaim(&input) }
        var framing = BodyFraming(request: request)
        var forwarded: [UInt8] = []
        var start = 0
        while start < body.count {
            let end = min(body.count, start + max(1, length))
            input.append(contentsOf: Array(body[start..<end]))
            start = end
            let result = framing.advance(over: &input)
            let ready = framing.ready
            demand(ready <= input.count)
            for index in 0..<ready { forwarded.append(input.bytes.byte(at: index)) }
            input.consume(ready)
            framing.consume(ready)
            switch result {
            case .moving: if input.isEmpty { input.compact() }
            case .ended: return (forwarded, "ended")
            case .malformed(let reason): return (forwarded, "malformed \(reason)")
            }
        }
        return (forwarded, "moving")
    }
}

import Core
import HTTP
import Testing

/// Parses a head so that a test can begin with its body.
func requestHead(_ text: String) -> RequestHead? {
    let bytes = Array(text.utf8)
    var fields = HeaderTable()
    var progress = HeadProgress()
    let span = unsafe bytes.span.bytes
    guard case .complete(let head) = HeadParser.request(span, progress: &progress, into: &fields)
    else { return nil }
    return head
}

/// What a body becomes when it arrives in the given pieces: what may be forwarded, how it ended,
/// what is left over.
private struct Outcome: Equatable, CustomStringConvertible {
    var forwarded = ""
    var end = "moving"
    var rest = ""
    var description: String { "\(end) \(forwarded.debugDescription) rest \(rest.debugDescription)" }
}

private func run(_ framing: BodyFraming, _ pieces: [[UInt8]], sendEach: Int = .max) -> Outcome {
    let pool = BufferPool(headBytes: 32 * 1024)
    var input = Buffer()
    pool.lend(.head, to: &input)
    defer { pool.reclaim(&input) }
    var framing = framing
    var outcome = Outcome()
    var isDone = false
    for piece in pieces {
        input.append(contentsOf: piece)
        guard !isDone else { continue }
        switch framing.advance(over: &input) {
        case .moving: break
        case .ended:
            outcome.end = "ended"
            isDone = true
        case .malformed(let reason):
            outcome.end = "\(reason)"
            isDone = true
        }
        let count = min(framing.ready, sendEach)
        outcome.forwarded += input.bytes.extracting(first: count).text()
        input.consume(count)
        framing.consume(count)
        if input.isEmpty { input.compact() }
    }
    while framing.ready > 0 {
        let count = min(framing.ready, sendEach)
        outcome.forwarded += input.bytes.extracting(first: count).text()
        input.consume(count)
        framing.consume(count)
    }
    outcome.rest = input.bytes.text()
    return outcome
}

private let chunkedHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

@Suite struct BodyFramingTests {
    static let end = "\r\nhello\r\n0\r\n\r\n"

    static let bodies: [(String, String, String)] = [
        ("5\r\nhello\r\n0\r\n\r\n", "ended", "5\r\nhello\r\n0\r\n\r\n"),
        ("0\r\n\r\n", "ended", "0\r\n\r\n"),
        ("000A\r\n0123456789\r\n00\r\n\r\n", "ended", "000A\r\n0123456789\r\n00\r\n\r\n"),
        ("5;a=b;c=\"d\"" + end, "ended", "5" + end), ("5 ;a" + end, "ended", "5" + end),
        ("5 \t" + end, "ended", "5" + end), ("5;" + end, "ended", "5" + end),
        ("5\r\nhello\r\n0;x=y\r\n\r\n", "ended", "5" + end),
        (
            "1;a\r\nA\r\n1;b\r\nB\r\n1\r\nC\r\n0\r\n\r\n", "ended",
            "1\r\nA\r\n1\r\nB\r\n1\r\nC\r\n0\r\n\r\n"
        ),
        ("0\r\nX-T: 1\r\nHost: e\r\nY:\tz\r\n\r\n", "ended", "0\r\nX-T: 1\r\nY:\tz\r\n\r\n"),
        (
            "0\r\nContent-Length: 4\r\nTransfer-Encoding: x\r\nConnection: y\r\nCookie: a\r\n\r\n",
            "ended", "0\r\n\r\n"
        ),
        ("0\r\nX_Content-Length: 4\r\n\r\n", "ended", "0\r\nX_Content-Length: 4\r\n\r\n"),
        ("+5" + end, "chunkSize", ""), ("-5" + end, "chunkSize", ""), (" 5" + end, "chunkSize", ""),
        ("0x5" + end, "chunkSize", "0"), ("5g" + end, "chunkSize", "5"),
        ("0_5" + end, "chunkSize", "0"), (end, "chunkSize", ""), ("5.0" + end, "chunkSize", "5"),
        ("5 5" + end, "chunkSize", "5"), ("5\0" + end, "chunkSize", "5"),
        ("5\nhello\r\n0\r\n\r\n", "chunkSize", "5"), ("5\rhello", "chunkSize", "5\r"),
        ("5\r\r\nhello", "chunkSize", "5\r"), ("5;a\nhello\r\n0\r\n\r\n", "chunkExtension", "5"),
        ("5;a\rb" + end, "chunkSize", "5\r"), ("5;a\0b" + end, "chunkExtension", "5"),
        ("5;" + String(repeating: "a", count: 4096) + end, "chunkExtension", "5"),
        ("5\r\nhello\n0\r\n\r\n", "chunkEnd", "5\r\nhello"),
        ("5\r\nhello\r0\r\n\r\n", "chunkEnd", "5\r\nhello\r"),
        ("5\r\nhelloXX0\r\n\r\n", "chunkEnd", "5\r\nhello"),
        ("0\r\nfoo\r\n\r\n", "trailer", "0\r\n"), ("0\r\nfoo : x\r\n\r\n", "trailer", "0\r\n"),
        ("0\r\n: x\r\n\r\n", "trailer", "0\r\n"), ("0\r\nfoo: x\n\n", "trailer", "0\r\n"),
        ("0\r\nfoo: x\ry\r\n\r\n", "trailer", "0\r\n"), ("0\r\n\n", "trailer", "0\r\n"),
        ("0\r\nfoo: \0\r\n\r\n", "trailer", "0\r\n"),
        ("0\r\nfoo: x\r\n y\r\n\r\n", "trailer", "0\r\nfoo: x\r\n"),
        ("0\n\r\n", "chunkSize", "0"),
        ("0\r\nT: " + String(repeating: "v", count: 9000) + "\r\n\r\n", "trailer", "0\r\n"),
    ]

    @Test(arguments: bodies)
    func chunkedBodiesAreTheSameAtEverySplit(body: String, end: String, forwarded: String) throws {
        let framing = BodyFraming(request: try #require(requestHead(chunkedHead)))
        let isGood = end == "ended"
        let bytes = Array((body + (isGood ? "NEXT" : "")).utf8)
        let whole = run(framing, [bytes])
        #expect(whole.end == end)
        #expect(!isGood || whole.rest == "NEXT")
        #expect(!isGood || whole.forwarded == forwarded)
        // Of a refused body nothing behind the fault is let through, however it is cut.
        #expect(forwarded.hasPrefix(whole.forwarded) || whole.forwarded.hasPrefix(forwarded))
        let step = bytes.count > 1000 ? 257 : 1
        for split in stride(from: 1, to: bytes.count, by: step) {
            let pieces = [Array(bytes[..<split]), Array(bytes[split...])]
            for sendEach in [1, 3, .max] {
                let outcome = run(framing, pieces, sendEach: sendEach)
                #expect(outcome.end == end, "split at \(split)")
                #expect(!isGood || outcome == whole, "split at \(split), \(sendEach) sent")
            }
        }
        let single = run(framing, bytes.map { [$0] })
        #expect(single.end == end)
        #expect(!isGood || single == whole)
    }

    @Test(arguments: ["10000000000000005", "ffffffffffffffff", "10000000001", "00000000000000005"])
    func sizesAreBounded(size: String) throws {
        let framing = BodyFraming(request: try #require(requestHead(chunkedHead)))
        #expect(run(framing, [Array((size + BodyFramingTests.end).utf8)]).end == "chunkSize")
    }

    @Test func tooManyTrailersAreRefused() throws {
        let framing = BodyFraming(request: try #require(requestHead(chunkedHead)))
        let lines = (0..<500).map { "T\($0): v\r\n" }.joined()
        #expect(run(framing, [Array(("0\r\n" + lines + "\r\n").utf8)]).end == "trailer")
    }

    @Test func chunksForAnOldClientAreUnwrapped() throws {
        let bytes = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        var fields = HeaderTable()
        var progress = HeadProgress()
        let parse = unsafe HeadParser.response(
            bytes.span.bytes, progress: &progress, into: &fields)
        guard case .complete(let head) = parse else {
            Issue.record("not complete")
            return
        }
        let framing = try #require(
            BodyFraming(response: head, to: .get, version: .http10, upgrade: false))
        #expect(framing.endsByClose)
        let body = Array("5;x\r\nhello\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n".utf8)
        #expect(run(framing, [body]).forwarded == "helloabc")
        #expect(run(framing, body.map { [$0] }).forwarded == "helloabc")
    }

    @Test func aLengthIsCountedAndMayBypassTheBuffer() {
        let pool = BufferPool(headBytes: 64)
        var input = Buffer()
        pool.lend(.head, to: &input)
        defer { pool.reclaim(&input) }
        var framing = BodyFraming.length(10)
        input.append("abc")
        guard case .moving = framing.advance(over: &input) else {
            Issue.record("ended early")
            return
        }
        #expect(framing.ready == 3 && !framing.mayEndByClose && framing.bypassable == 7)
        input.consume(3)
        framing.consume(3)
        framing.bypass(5)
        input.append("deNEXT")
        guard case .ended = framing.advance(over: &input) else {
            Issue.record("not ended")
            return
        }
        #expect(framing.ready == 2 && framing.isComplete)
        #expect(BodyFraming.length(0).kind == .none)
    }

    @Test func hostileChunksNeverTrap() throws {
        let framing = BodyFraming(request: try #require(requestHead(chunkedHead)))
        var state: UInt64 = 7
        let seeds = BodyFramingTests.bodies.map { Array($0.0.utf8) }
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<2 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
            }
            let split = Int(state >> 40) % bytes.count
            _ = run(framing, [Array(bytes[..<split]), Array(bytes[split...])], sendEach: 5)
        }
    }
}

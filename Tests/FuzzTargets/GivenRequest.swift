import Core
import Expressions
import HTTP

/// An input's first line, and the request behind it; one of ours where there is none.
struct LineAndRequest {
    let line: String
    let request: [UInt8]

    init(_ bytes: [UInt8]) {
        let lines = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
        line = String(decoding: lines.first ?? [], as: UTF8.self)
        let given = lines.count > 1 ? Array(lines[1]) : []
        request = given.isEmpty ? GivenRequest.usual : given
    }
}

/// An evaluation over a request from anywhere.
enum GivenRequest {
    static let usual = Array(
        """
        GET /a/b.css?x=1&y=%41b&z&w= HTTP/1.1\r
        Host: www.Example.org:8080\r
        Cookie: a=1; b=two; a=3\r
        X-List: one, "two, three",  four\r
        X-Num: 42abc\r
        \r

        """.utf8)

    /// A world whose files all hold the same two patterns.
    static var world: ExpressionWorld {
        ExpressionWorld(readFile: { _ in .success(Array("alpha one\n/a/ two\n".utf8)) })
    }

    /// What comes behind the request is its body; what is no request is a body as a whole.
    private final class Engine: EvaluationHost {
        let body: ArraySlice<UInt8>

        init(body: ArraySlice<UInt8>) { self.body = body }

        func appendBody(
            of side: Fetch.Side, answer: ResponseHead?, to arena: inout Buffer
        ) -> Bool { arena.append(contentsOf: Array(body)) }

        func number(_ number: EngineNumber, reference: Int32) -> Int64? { 1 }
        func append(_ text: EngineText, to arena: inout Buffer) -> Bool { arena.append("name") }
        func append(_ field: LogField, _ flags: LogFlags, to arena: inout Buffer) -> Bool {
            false
        }
        var hasRequestLine: Bool { false }
        var destination: PeerAddress { PeerAddress(ip: IPAddress("127.0.0.2"), port: 80) }
    }

    /// The usual request, for expressions over bytes that are none.
    private static func parts(_ given: [UInt8]) -> (request: [UInt8], body: ArraySlice<UInt8>) {
        let pool = BufferPool(headBytes: 32 * 1024)
        var input = Buffer()
        var fields = HeaderTable()
        pool.lend(.bulk, to: &input)
        defer { pool.reclaim(&input) }
        input.append(contentsOf: given)
        guard let head = head(input, &fields) else { return (usual, given[...]) }
        return (given, given.dropFirst(head.byteCount))
    }

    static func evaluate(
        _ request: [UInt8], _ world: ExpressionWorld, _ body: (inout Evaluation) -> Void
    ) {
        let pool = BufferPool(headBytes: 32 * 1024)
        var evaluation = Evaluation(seed: 42)
        pool.lend(.bulk, to: &evaluation.arena)
        defer { pool.reclaim(&evaluation.arena) }
        evaluation.fields = HeaderTable()
        let (request, rest) = parts(request)
        let engine = Engine(body: rest)
        evaluation.host = engine
        evaluation.arena.append(contentsOf: request)
        evaluation.requestHead = head(evaluation.arena, &evaluation.fields)
        evaluation.contentLength = evaluation.arena.count
        evaluation.client = PeerAddress(ip: IPAddress("127.0.0.1"), port: 1234)
        evaluation.realtime = 784_111_777_000_000_000
        let transaction = Transaction()
        transaction.reset(RuleLayout(world.variables))
        evaluation.transaction = transaction
        body(&evaluation)
        evaluation.host = nil
    }

    private static func head(
        _ input: borrowing Buffer, _ fields: inout HeaderTable
    ) -> RequestHead? {
        var progress = HeadProgress()
        guard
            case .complete(let head) = HeadParser.request(
                input.bytes, progress: &progress, into: &fields)
        else { return nil }
        return head
    }
}

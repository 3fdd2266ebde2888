import Core
import Expressions
import HTTP

/// An evaluation of one request, with a host that knows the names of the golden run.
struct EvaluationRig: ~Copyable {
    var evaluation = Evaluation(seed: 42)
    private let pool = BufferPool(headBytes: 32 * 1024)

    static let request = """
        GET /a/b.css?x=1&y=%41b&z&w= HTTP/1.1\r
        Host: www.Example.org:8080\r
        Cookie: a=1; b=two; a=3\r
        X-List: one, "two, three",  four\r
        X-List: five\r
        X-Num: 42abc\r
        X-IP: 10.1.2.3\r
        X-Empty:\r
        X-Gap: a,,b, \r
        User-Agent: test/1.0 (x; y)\r
        X-Text: Hello World, "q" \\ / <tag> %41+b\r
        Cookie: c=4\r
        Connection: close\r
        \r

        """

    static let files = [
        "m.map":
            "alpha 1.1.1.1\n/api/ api\n/api/v2/ v2\n.css style\nexample.org dom\nfour 4\n10.1.0.0/16 net\n10.0.0.0/8 big\n",
        "mi.map": "42 answer\n1:50 low\n", "mr.map": "^/a/(.*)\\.css$ got-\\1\n",
        "ip.map": "10.1.0.0/16 net\n10.0.0.0/8 big\n2001:db8::/32 six\n192.0.2.7 one\n",
        "ipv.map": "alpha 1.1.1.1\n", "int.map": "four 4\n",
        "pats.txt": "# comment\n/a/\n\n  .css  \n",
    ]

    static func world() -> ExpressionWorld {
        ExpressionWorld(readFile: { path in
            files[path].map { .success(Array($0.utf8)) }
                ?? .failure(ExpressionProblem("no such file"))
        })
    }

    init(request: String, world: ExpressionWorld) {
        pool.lend(.bulk, to: &evaluation.arena)
        evaluation.fields = HeaderTable()
        evaluation.arena.append(contentsOf: Array(request.utf8))
        evaluation.client = PeerAddress(ip: IPAddress("127.0.0.1"), port: 1234)
        var progress = HeadProgress()
        evaluation.requestHead = EvaluationRig.parse(
            evaluation.arena, &progress, &evaluation.fields)
        evaluation.contentLength = evaluation.arena.count
        evaluation.realtime = 784_111_777_000_000_000
        let transaction = Transaction()
        transaction.reset(RuleLayout(world.variables))
        evaluation.transaction = transaction
        evaluation.host = TestHost()
    }

    private static func parse(
        _ input: borrowing Buffer, _ progress: inout HeadProgress, _ fields: inout HeaderTable
    ) -> RequestHead? {
        guard
            case .complete(let head) = HeadParser.request(
                input.bytes, progress: &progress, into: &fields)
        else { return nil }
        return head
    }

    mutating func set(_ variable: Variable, _ sample: Sample) {
        _ = evaluation.set(variable, to: sample)
    }

    mutating func set(_ variable: Variable, _ text: String) {
        let start = evaluation.arena.count
        evaluation.arena.append(contentsOf: Array(text.utf8))
        _ = evaluation.set(variable, to: .string(Bytes(start..<evaluation.arena.count)))
    }

    mutating func text(of template: Template) -> String? {
        guard let range = evaluation.write(template) else { return nil }
        // As the golden file: one character a byte.
        return String(
            String.UnicodeScalarView(
                evaluation.bytes(range).array().map { Unicode.Scalar($0) }))
    }

    mutating func end() { pool.reclaim(&evaluation.arena) }
}

/// What the engine would say.
final class TestHost: EvaluationHost {
    var hasRequestLine: Bool { true }
    var destination: PeerAddress { PeerAddress(ip: IPAddress("127.0.0.1"), port: 28999) }

    func number(_ number: EngineNumber, reference: Int32) -> Int64? {
        switch number {
        case .majorVersion, .isFirstRequest: 1
        case .frontendID: 1
        default: 0
        }
    }

    func append(_ text: EngineText, to arena: inout Buffer) -> Bool {
        switch text {
        case .frontendName: arena.append("fe1")
        case .listenerName: arena.append("so1")
        default: false
        }
    }

    func append(_ field: LogField, _ flags: LogFlags, to arena: inout Buffer) -> Bool {
        switch field {
        case .target: arena.append("/a/b.css?x=1&y=%41b&z&w=")
        case .method: arena.append("GET")
        case .version: arena.append("HTTP/1.1")
        default: true
        }
    }
}

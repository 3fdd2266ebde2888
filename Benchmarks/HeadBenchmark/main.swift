import Core
import HTTP

// Counts, not times: `valgrind --tool=callgrind head-benchmark ROUNDS parse|write|answer`; the
// difference between two numbers of rounds, divided by their difference, is the cost of one.

let request = Array(
    """
    GET /some/path/to/a/file.html?with=a&query=string HTTP/1.1\r
    Host: www.example.com:8080\r
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\r
    Accept: text/html,application/xhtml+xml\r
    Accept-Encoding: gzip, deflate\r
    Connection: keep-alive\r
    \r\n
    """.utf8)
let response = Array(
    """
    HTTP/1.1 200 OK\r
    Server: nginx/1.22.1\r
    Date: Sun, 22 Nov 2026 11:10:07 GMT\r
    Content-Type: text/html\r
    Content-Length: 612\r
    \r\n
    """.utf8)

let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1000
let work = CommandLine.arguments.dropFirst(2).first ?? "parse"
let pool = BufferPool(headBytes: 16_384)
var input = Buffer()
var output = Buffer()
var fields = HeaderTable()
var sum = 0
pool.lend(.head, to: &input)
pool.lend(.head, to: &output)
input.append(contentsOf: work == "answer" ? response : request)

@inline(never)
func parse(_ input: borrowing Buffer, _ fields: inout HeaderTable) -> Int {
    var progress = HeadProgress()
    switch HeadParser.request(input.bytes, progress: &progress, into: &fields) {
    case .complete(let head): return head.byteCount
    case .needsMore, .malformed: return 0
    }
}

@inline(never)
func write(
    _ input: borrowing Buffer, _ fields: inout HeaderTable, _ output: inout Buffer
) -> Int {
    var progress = HeadProgress()
    guard
        case .complete(let head) = HeadParser.request(
            input.bytes, progress: &progress, into: &fields),
        HeadWriter.request(
            head, fields, from: input.bytes, edits: RawSpan(), connection: .keepAlive,
            into: &output),
        HeadWriter.end(into: &output)
    else { return 0 }
    output.removeAll()
    return head.byteCount
}

@inline(never)
func answer(
    _ input: borrowing Buffer, _ fields: inout HeaderTable, _ output: inout Buffer
) -> Int {
    var progress = HeadProgress()
    guard
        case .complete(let head) = HeadParser.response(
            input.bytes, progress: &progress, into: &fields),
        HeadWriter.response(
            head, fields, from: input.bytes, edits: RawSpan(), to: .get, version: .http11,
            connection: .keepAlive, into: &output),
        HeadWriter.end(into: &output)
    else { return 0 }
    output.removeAll()
    return head.byteCount
}

for _ in 0..<rounds {
    switch work {
    case "parse": sum += parse(input, &fields)
    case "write": sum += write(input, &fields, &output)
    default: sum += answer(input, &fields, &output)
    }
}
print(work, input.count, "bytes", rounds, "rounds", sum)
pool.reclaim(&input)
pool.reclaim(&output)

import Core
import HTTP
import Testing

@testable import Checking

/// What a server does, and what becomes of the check. The words and texts were captured from HAProxy 2.6 with
/// servers that behave so.
@Suite struct ConversationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let script: CheckScript
        let answer: String
        var closes = true
        let status: CheckStatus
        var code = 0
        var text = ""

        var testDescription: String { name }
    }

    static func http(_ expectations: CheckExpectation...) -> CheckScript {
        CheckScript(http: expectations.map { CheckStep(.expect($0)) }, request: CheckRequest())
    }

    static func tcp(_ steps: CheckStep...) -> CheckScript { CheckScript(tcp: steps) }

    /// Finds the bytes of `literal` anywhere; enough of an expression for these tests.
    static func pattern(_ literal: String) -> CheckPattern {
        CheckPattern(literal) { $0.text().contains(literal) }
    }

    static func string(_ text: String, not: Bool = false) -> CheckExpectation {
        CheckExpectation(.string(Array(text.utf8)), isNegated: not)
    }

    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world"
    static let notFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    static let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
    static let noMatch = "HTTP content check did not match"

    static let cases: [Case] = [
        Case(name: "connect", script: CheckScript(), answer: "", status: .layer4Passed),
        Case(name: "200", script: http(), answer: ok, status: .layer7Passed, code: 200),
        Case(
            name: "302", script: http(), answer: "HTTP/1.0 302 Found\r\n\r\n",
            status: .layer7Passed, code: 302),
        Case(
            name: "404", script: http(), answer: notFound, status: .layer7WrongStatus, code: 404,
            text: "Not Found"),
        Case(
            name: "no reason", script: http(), answer: "HTTP/1.1 500\r\n\r\n",
            status: .layer7WrongStatus, code: 500),
        Case(
            name: "not HTTP", script: http(), answer: "hello\n", status: .layer7Invalid),
        Case(
            name: "garbage", script: http(), answer: "\0\u{1}\u{2}garbage\r\n\r\n",
            status: .layer7Invalid),
        Case(
            name: "cut head", script: http(), answer: "HTTP/1.1 200 OK\r\n",
            status: .layer7Invalid),
        Case(name: "nothing", script: http(), answer: "", status: .layer7Invalid),
        Case(
            name: "endless head", script: http(),
            answer: "HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 5000), closes: false,
            status: .layer7Invalid),
        Case(
            name: "endless body", script: http(),
            answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 5000), closes: false,
            status: .layer7Passed, code: 200),
        Case(
            name: "status list", script: http(CheckExpectation(.statuses([200...299, 404...404]))),
            answer: notFound, status: .layer7Passed, code: 404),
        Case(
            name: "! status",
            script: http(CheckExpectation(.statuses([404...404]), isNegated: true)),
            answer: notFound, status: .layer7WrongStatus, code: 404, text: "Not Found"),
        Case(
            name: "rstatus", script: http(CheckExpectation(.statusExpression(pattern("20")))),
            answer: ok, status: .layer7Passed, code: 200),
        Case(
            name: "! rstatus",
            script: http(CheckExpectation(.statusExpression(pattern("40")), isNegated: true)),
            answer: notFound, status: .layer7WrongStatus, code: 404, text: "Not Found"),
        Case(
            name: "string", script: http(string("hello")), answer: ok, status: .layer7Passed,
            code: 200),
        Case(
            name: "string of a 404", script: http(string("hello")),
            answer: "HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello",
            status: .layer7Passed, code: 404),
        Case(
            name: "other string", script: http(string("nope")), answer: ok, closes: false,
            status: .layer7Invalid, text: noMatch),
        Case(
            name: "string in the head only", script: http(string("Content")), answer: ok,
            closes: false, status: .layer7Invalid, text: noMatch),
        Case(
            name: "unwanted string", script: http(string("hello", not: true)), answer: ok,
            status: .layer7Invalid, text: "HTTP check matched unwanted content"),
        Case(
            name: "absent unwanted string", script: http(string("nope", not: true)), answer: ok,
            closes: false, status: .layer7Passed, code: 200),
        Case(
            name: "rstring", script: http(CheckExpectation(.expression(pattern("lo wo")))),
            answer: ok, status: .layer7Passed, code: 200),
        Case(
            name: "no body", script: http(string("nope")),
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", closes: false,
            status: .layer7Invalid, text: "HTTP content check could not find a response body"),
        Case(
            name: "no body for !", script: http(string("nope", not: true)),
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", closes: false,
            status: .layer7Invalid, text: "HTTP content check could not find a response body"),
        Case(
            name: "cut body", script: http(string("hello")),
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhel", status: .layer7Invalid,
            text: noMatch),
        Case(
            name: "body until close", script: http(string("abc")),
            answer: "HTTP/1.1 200 OK\r\n\r\nzzz", status: .layer7Invalid, text: noMatch),
        Case(
            name: "too much body", script: http(string("zzz")),
            answer: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "y", count: 5000) + "zzz",
            closes: false, status: .layer7Invalid, text: noMatch),
        Case(
            name: "chunks", script: http(string("abcdef")), answer: chunked, closes: false,
            status: .layer7Passed, code: 200),
        Case(
            name: "bad chunks", script: http(string("abcdef")),
            answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
            status: .layer7Invalid),
        Case(
            name: "comment",
            script: CheckScript(
                http: [CheckStep(.expect(string("nope")), comment: "my check")],
                request: CheckRequest()),
            answer: ok, status: .layer7Invalid,
            text: "HTTP content check did not match comment: my check"),
        Case(
            name: "two expectations",
            script: http(CheckExpectation(.statuses([200...200])), string("nope")), answer: ok,
            status: .layer7Invalid, text: noMatch),
        Case(
            name: "status behind a body",
            script: http(string("hello"), CheckExpectation(.statuses([500...500]))), answer: ok,
            status: .layer7WrongStatus, code: 200, text: "OK"),
        Case(name: "tcp-check alone", script: tcp(), answer: "", status: .layer4Passed),
        Case(
            name: "tcp-check connect", script: tcp(CheckStep(.connect(CheckConnection()))),
            answer: "",
            status: .layer4Passed, text: "(tcp-check)"),
        Case(
            name: "send only", script: tcp(CheckStep(.send([120]))), answer: "",
            status: .layer7Passed, text: "(tcp-check)"),
        Case(
            name: "banner", script: tcp(CheckStep(.expect(string("220")))),
            answer: "220 hello\r\n", closes: false, status: .layer7Passed, text: "(tcp-check)"),
        Case(
            name: "one answer, two expectations",
            script: tcp(
                CheckStep(.expect(string("hello"))), CheckStep(.expect(string("220")))),
            answer: "220 hello\r\n", closes: false, status: .layer7Passed, text: "(tcp-check)"),
        Case(
            name: "other banner", script: tcp(CheckStep(.expect(string("221")))),
            answer: "220 hello\r\n", status: .layer7Invalid,
            text: "TCPCHK did not match content '221' at step 1"),
        Case(
            name: "unwanted banner", script: tcp(CheckStep(.expect(string("220", not: true)))),
            answer: "220 hello\r\n", closes: false, status: .layer7Invalid,
            text: "TCPCHK matched unwanted content '220' at step 1"),
        Case(
            name: "absent unwanted banner", script: tcp(CheckStep(.expect(string("z", not: true)))),
            answer: "220 hello\r\n", status: .layer7Passed, text: "(tcp-check)"),
        Case(
            name: "regex",
            script: tcp(CheckStep(.expect(CheckExpectation(.expression(pattern("23")))))),
            answer: "220 hello\r\n", status: .layer7Invalid,
            text: "TCPCHK did not match content (regex) at step 1"),
        Case(
            name: "binary", script: tcp(CheckStep(.expect(CheckExpectation(.binary([0, 255]))))),
            answer: "220 hello\r\n", status: .layer7Invalid,
            text: "TCPCHK did not match content (binary) at step 1"),
        Case(
            name: "binary regex",
            script: tcp(CheckStep(.expect(CheckExpectation(.binaryExpression(pattern("3232")))))),
            answer: "220 hello\r\n", closes: false, status: .layer7Passed, text: "(tcp-check)"),
        Case(
            name: "silence", script: tcp(CheckStep(.expect(string("220")))), answer: "",
            status: .layer7Invalid, text: "TCPCHK got an empty response at step 1"),
        Case(
            name: "endless", script: tcp(CheckStep(.send([113])), CheckStep(.expect(string("no")))),
            answer: String(repeating: "x", count: 5000), closes: false, status: .layer7Invalid,
            text: "TCPCHK did not match content 'no' at step 2"),
        Case(
            name: "comment before",
            script: tcp(
                CheckStep(.comment, comment: "smtp banner"), CheckStep(.expect(string("221")))),
            answer: "220 hello\r\n", status: .layer7Invalid,
            text: "TCPCHK did not match content '221' at step 2 comment: smtp banner"),
    ]

    /// In every case the answer comes in one piece, byte by byte, and cut in two at every place.
    @Test(arguments: cases)
    func verdicts(_ test: Case) {
        let answer = Array(test.answer.utf8)
        let expected = CheckVerdict(test.status, code: test.code, text: test.text)
        #expect(verdict(test, pieces: [answer]) == expected)
        guard answer.count < 1000 else { return }
        #expect(verdict(test, pieces: answer.map { [$0] }) == expected)
        for cut in answer.indices {
            let pieces = [Array(answer[..<cut]), Array(answer[cut...])]
            #expect(verdict(test, pieces: pieces) == expected, "cut at \(cut)")
        }
    }

    func verdict(_ test: Case, pieces: [[UInt8]]) -> CheckVerdict? {
        let pool = BufferPool(headBytes: 1024)
        var input = Buffer()
        pool.lend(.head, to: &input)
        defer { pool.reclaim(&input) }
        var fields = HeaderTable()
        var conversation = CheckConversation(
            test.script, samples: CheckSamples(pool: pool, seed: 1))
        var next = conversation.begin()
        var waiting = pieces[...]
        for _ in 0..<10_000 {
            switch next {
            case .connect:
                input.removeAll()
                next = conversation.connected()
            case .send:
                input.removeAll()
                next = conversation.sent()
            case .receive:
                if var piece = waiting.popFirst() {
                    let room = input.room
                    if piece.count > room {
                        waiting = [Array(piece[room...])] + waiting
                        piece = Array(piece[..<room])
                    }
                    input.append(contentsOf: piece)
                    next = conversation.received(&input, isLast: false, fields: &fields)
                } else {
                    guard test.closes else { return nil }
                    next = conversation.received(&input, isLast: true, fields: &fields)
                }
            case .finished(let verdict): return verdict
            }
        }
        return nil
    }

    @Test func conditionalWhileUpOnly() {
        let pool = BufferPool(headBytes: 1024)
        var fields = HeaderTable()
        for (acceptsNotFound, expected) in [
            (true, CheckVerdict(.layer7Conditional, code: 404)),
            (false, CheckVerdict(.layer7WrongStatus, code: 404, text: "Not Found")),
        ] {
            var input = Buffer()
            pool.lend(.head, to: &input)
            var conversation = CheckConversation(Self.http(), acceptsNotFound: acceptsNotFound)
            #expect(conversation.begin() == .connect(.standard))
            #expect(conversation.connected() == .send)
            #expect(conversation.sent() == .receive)
            input.append(contentsOf: Array(Self.notFound.utf8))
            #expect(
                conversation.received(&input, isLast: false, fields: &fields)
                    == .finished(expected))
            pool.reclaim(&input)
        }
    }

    /// Refused, broken and timed out at each step.
    @Test func failuresNameTheirStep() {
        var plain = CheckConversation(CheckScript())
        _ = plain.begin()
        #expect(
            plain.failed("Connection refused")
                == CheckVerdict(.layer4Problem, text: "Connection refused"))
        #expect(plain.timedOut() == CheckVerdict(.layer4Timeout))

        var tcp = CheckConversation(CheckScript(tcp: []))
        _ = tcp.begin()
        #expect(
            tcp.failed("Connection refused")
                == CheckVerdict(
                    .layer4Problem,
                    text: "Connection refused at initial connection step of tcp-check"))

        var steps = CheckConversation(
            Self.tcp(
                CheckStep(.connect(CheckConnection(port: 25))),
                CheckStep(.connect(CheckConnection(port: 26)), comment: "second"),
                CheckStep(.send([1])), CheckStep(.comment, comment: "waiting"),
                CheckStep(.expect(Self.string("220")))))
        #expect(steps.begin() == .connect(CheckConnection(port: 25)))
        #expect(steps.timedOut().text == " at step 1 of tcp-check (connect port 25)")
        #expect(steps.connected() == .connect(CheckConnection(port: 26)))
        #expect(
            steps.failed("Connection refused").text
                == "Connection refused at step 2 of tcp-check (connect port 26) comment: 'second'")
        #expect(steps.connected() == .send)
        #expect(steps.failed("Broken pipe").status == .socketError)
        #expect(steps.sent() == .receive)
        #expect(
            steps.timedOut()
                == CheckVerdict(
                    .layer7Timeout,
                    text: " at step 5 of tcp-check (expect string '220') comment: 'waiting'"))
    }

    /// Bytes captured from HAProxy 2.6.
    @Test(
        arguments: [
            (CheckRequest(), "OPTIONS / HTTP/1.0\r\n\r\n"),
            (CheckRequest(method: "GET", uri: "/y"), "GET /y HTTP/1.0\r\n\r\n"),
            (
                CheckRequest(
                    method: "HEAD", uri: "/z", version: "HTTP/1.1", fields: [("Host", "www")]),
                "HEAD /z HTTP/1.1\r\nhost: www\r\nconnection: close\r\n\r\n"
            ),
            (
                CheckRequest(
                    method: "POST", uri: "/p", version: "HTTP/1.1",
                    fields: [("Host", "a.b"), ("X-Y", "z z")], body: Array("abc".utf8)),
                "POST /p HTTP/1.1\r\nhost: a.b\r\nx-y: z z\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc"
            ),
            (
                CheckRequest(method: "GET", uri: "/q", body: Array("hello".utf8)),
                "GET /q HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello"
            ),
            (
                CheckRequest(
                    method: "PUT", uri: "/x", version: "HTTP/1.1",
                    fields: [("Connection", "keep-alive"), ("Host", "a")]),
                "PUT /x HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"
            ),
        ])
    func requests(_ request: CheckRequest, _ bytes: String) {
        #expect(String(decoding: request.bytes(state: nil), as: UTF8.self) == bytes)
        #expect(
            String(decoding: request.bytes(state: "UP 1/3"), as: UTF8.self).contains(
                "\r\nx-haproxy-server-state: UP 1/3\r\n"))
    }
}

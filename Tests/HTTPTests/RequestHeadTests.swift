import Core
import HTTP
import Testing

/// A verdict as a line of text, so that tables read well.
private func verdict(_ text: String, pieces: [Int] = []) -> String {
    verdict(Array(text.utf8), pieces: pieces)
}

/// Feeds growing prefixes of the bytes, the whole last, and tells the last verdict or an earlier
/// final one.
private func verdict(_ bytes: [UInt8], pieces: [Int] = []) -> String {
    var fields = HeaderTable()
    var progress = HeadProgress()
    for count in pieces + [bytes.count] {
        let span = unsafe bytes.span.bytes.extracting(0..<count)
        switch HeadParser.request(span, progress: &progress, into: &fields) {
        case .needsMore: continue
        case .malformed(let reason): return "\(reason)"
        case .complete(let head): return describe(head)
        case .unnormalised: return "unnormalised"
        }
    }
    return "needsMore"
}

private func describe(_ head: RequestHead) -> String {
    var words = ["\(head.method)", "\(head.form)"]
    if head.version == .http10 { words.append("1.0") }
    if let length = head.facts.contentLength { words.append("length=\(length)") }
    if head.facts.isChunked { words.append("chunked") }
    if head.facts.saysClose { words.append("close") }
    if head.facts.saysKeepAlive { words.append("keep-alive") }
    if head.facts.hasUpgrade { words.append("upgrade") }
    if head.facts.expectsContinue { words.append("continue") }
    if head.facts.hasSuspectFraming { words.append("suspect") }
    return words.joined(separator: " ")
}

private let h = "Host: a.test\r\n"
private func get(_ fields: String, line: String = "GET / HTTP/1.1") -> String {
    "\(line)\r\n\(fields)\r\n"
}
private func post(_ fields: String) -> String { get(h + fields + "\r\n", line: "POST / HTTP/1.1") }

@Suite struct RequestHeadTests {
    /// Target and Host, and what they are after `normalise`; as HAProxy 3.x writes them.
    @Test(arguments: [
        ("GET http://u:p@h:80/c", "h:80", "http://u:p@h/c", "h"),
        ("GET https://h:443/c", "h:443", "https://h/c", "h"),
        ("GET http://h:80/", "h", "http://h/", "h"),
        ("GET http://h:/", "h", "http://h/", "h"),
        ("GET http://h:80/", "h:", "http://h/", "h"),
        ("GET http://h:/", "h:80", "http://h/", "h"),
        ("GET http://:", ":80", "http:///", ""),
        ("GET https://:443", ":", "https:///", ""),
        ("GET http://h", "h", "http://h/", "h"),
        ("GET http://h", "h:80", "http://h/", "h:80"),
        ("GET http://h:81", "h:81", "http://h:81/", "h:81"),
        ("GET http://h:80?c=d", "h:80", "http://h?c=d", "h"),
        ("CONNECT h:80", "h:80", "h:80", "h"),
        ("CONNECT h:443", "h:443", "h:443", "h"),
    ])
    func isWrittenOtherwise(line: String, host: String, target: String, newHost: String) {
        let method = line.prefix { $0 != " " }
        let bytes = Array("\(line) HTTP/1.1\r\nHost: \(host)\r\nX: y\r\n\r\nbody".utf8)
        var fields = HeaderTable()
        var progress = HeadProgress()
        let span = unsafe bytes.span.bytes
        guard
            case .unnormalised = HeadParser.request(span, progress: &progress, into: &fields)
        else {
            Issue.record("it is as it should be")
            return
        }
        let pool = BufferPool(headBytes: bytes.count + 1)
        var output = Buffer()
        pool.lend(.head, to: &output)
        #expect(HeadParser.normalise(span, .strict, fields: &fields, into: &output))
        let text = output.bytes.text()
        #expect(text == "\(method) \(target) HTTP/1.1\r\nHost: \(newHost)\r\nX: y\r\n\r\nbody")
        pool.reclaim(&output)
    }

    /// `option accept-unsafe-violations-in-http-request`
    @Test(arguments: [
        ("GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", "get origin"),
        ("GET /\u{e4} HTTP/1.1\r\nHost: h\r\n\r\n", "get origin"),
        ("GET http://h#f HTTP/1.1\r\nHost: h\r\n\r\n", "get absolute"),
        ("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "get absolute"),
        ("GET /a#b", "needsMore"), ("GET #\r", "target"), ("GET /#\u{1} HTTP/1.1\r\n", "target"),
        ("GET /#\u{7f} HTTP/1.1\r\n", "target"), ("GET # HTTP/1.1\r\n", "target"),
        ("GET /# HTTP/1.1\r\n\r\n", "hostMissing"),
        ("GET /# HTTP/1.1\r\nHost: h\r\nContent-Length: 1x\r\n\r\n", "contentLength"),
    ])
    func takesViolations(text: String, expected: String) {
        let bytes = Array(text.utf8)
        var fields = HeaderTable()
        var progress = HeadProgress()
        let span = unsafe bytes.span.bytes
        let found =
            switch HeadParser.request(
                span, progress: &progress, into: &fields, reading: .lenient)
            {
            case .needsMore: "needsMore"
            case .malformed(let reason): "\(reason)"
            case .complete(let head): describe(head)
            case .unnormalised: "unnormalised"
            }
        #expect(found == expected)
    }

    static let good: [(String, String)] = [
        (get(h), "get origin"),
        (get(h, line: "HEAD /a?b=c HTTP/1.1"), "head origin"),
        (get(h, line: "M-SEARCH / HTTP/1.1"), "other origin"),
        (get(h, line: "get / HTTP/1.1"), "other origin"),
        (get(h, line: "OPTIONS * HTTP/1.1"), "options asterisk"),
        (get(h, line: "GET http://a.test/x HTTP/1.1"), "get absolute"),
        (get("Host: a.test:8080\r\n", line: "GET http://A.test:8080/ HTTP/1.1"), "get absolute"),
        (get(h, line: "GET http://A.test:80 HTTP/1.1"), "unnormalised"),
        (get(h, line: "GET https://user@a.test:443/ HTTP/1.1"), "unnormalised"),
        (get(h, line: "GET http://a.test HTTP/1.1"), "unnormalised"),
        (get(h, line: "GET http://a.test?x HTTP/1.1"), "get absolute"),
        (
            get("Transfer-Encoding: chunked\r\n", line: "POST / HTTP/1.0"),
            "post origin 1.0 chunked suspect"
        ),
        (get(h, line: "CONNECT a.test:443 HTTP/1.1"), "connect authority"),
        (get("Host: [::1]:8080\r\n"), "get origin"),
        (get("Host:\r\n"), "get origin"),
        (get("Host: a.test:\r\n"), "get origin"),
        (get("", line: "GET / HTTP/1.0"), "get origin 1.0"),
        (get(h, line: "GET / HTTP/1.7"), "get origin"),
        ("\r\n\r\n" + get(h), "get origin"),
        ("GET / HTTP/1.1\nHost: a\n\n", "get origin"),
        ("GET / HTTP/1.1\nHost:\n\n", "get origin"),
        (get(h + "X-A:\t b\tc \t\r\n!#$%&'*+-.^_`|~09Az:\r\n"), "get origin"),
        (post("Content-Length: 5"), "post origin length=5"),
        (post("content-length: 0005"), "post origin length=5"),
        (post("Content-Length: 5, 5"), "post origin length=5"),
        (post("Content-Length: 5\r\nContent-Length: 5"), "post origin length=5"),
        (post("Transfer-Encoding: CHUNKED"), "post origin chunked"),
        (post("Transfer-Encoding: chunked\r\nContent-Length: 5"), "post origin chunked suspect"),
        (
            get(h + "Transfer-Encoding: chunked\r\n", line: "POST / HTTP/1.0"),
            "post origin 1.0 chunked suspect"
        ),
        (get(h + "Connection: , Close,,keep-alive\r\n"), "get origin close keep-alive"),
        (get(h + "Connection: Upgrade\r\nUpgrade: websocket\r\n"), "get origin upgrade"),
        (get(h + "Upgrade: websocket\r\n"), "get origin"),
        (get(h + "Connection: Upgrade\r\nUpgrade: foo, h2c\r\n"), "get origin"),
        (post("Connection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 1"), "post origin length=1"),
        (post("Expect: 100-Continue"), "post origin continue"),
        (post("Expect: y 100-continue"), "post origin"),
        (get(h + "Content_Length: 6\r\nTransfer_Encoding: chunked\r\nHost2: x\r\n"), "get origin"),
        (get(h + "Content-Length0" + String(repeating: "a", count: 255) + ":\r\n"), "get origin"),
    ]

    static let bad: [(String, String)] = [
        ("GET /\r\n", "target"), ("GET /\n", "target"), (" GET / HTTP/1.1\r\n", "method"),
        ("\0GET / HTTP/1.1\r\n", "method"), ("\n" + get(h), "method"),
        ("\r" + get(h), "requestLine"),
        (String(repeating: "\r\n", count: 17) + get(h), "requestLine"),
        (get(h, line: "GE(T / HTTP/1.1"), "method"), (get(h, line: "/ HTTP/1.1"), "method"),
        (get(h, line: "GET\t/\tHTTP/1.1"), "method"), (get(h, line: "GET  / HTTP/1.1"), "target"),
        (get(h, line: "GET /a b HTTP/1.1"), "version"),
        (get(h, line: "GET /a#b HTTP/1.1"), "target"),
        (get(h, line: "GET /\u{1} HTTP/1.1"), "target"),
        (get(h, line: "GET /\u{7f} HTTP/1.1"), "target"),
        (get(h, line: "GET /é HTTP/1.1"), "target"), (get(h, line: "GET /\rx HTTP/1.1"), "target"),
        (get(h, line: "GET admin HTTP/1.1"), "target"),
        (get(h, line: "GET a.test:80 HTTP/1.1"), "target"),
        (get(h, line: "GET * HTTP/1.1"), "target"), (get(h, line: "OPTIONS *x HTTP/1.1"), "target"),
        (get(h, line: "GET ?a HTTP/1.1"), "target"), (get(h, line: "GET \\e HTTP/1.1"), "target"),
        (get(h, line: "GET http:///x HTTP/1.1"), "target"),
        (get(h, line: "GET 1http://a HTTP/1.1"), "target"),
        (get(h, line: "GET http://a.test:99999/ HTTP/1.1"), "target"),
        (get(h, line: "GET http://b.test/ HTTP/1.1"), "hostMismatch"),
        (get(h, line: "GET http://a.test@b.test/ HTTP/1.1"), "hostMismatch"),
        (get(h, line: "GET http://a.test:443/ HTTP/1.1"), "hostMismatch"),
        (get("", line: "GET http://a.test/ HTTP/1.1"), "hostMissing"),
        (get(h, line: "CONNECT / HTTP/1.1"), "target"),
        (get(h, line: "CONNECT a.test HTTP/1.1"), "target"),
        (get(h, line: "CONNECT http://a.test:80/ HTTP/1.1"), "target"),
        (get(h, line: "CONNECT a.test:x HTTP/1.1"), "target"),
        (get(h + "Content-Length: 1\r\n", line: "CONNECT a.test:80 HTTP/1.1"), "connectWithBody"),
        (get(h, line: "PRI * HTTP/2.0"), "http2Preface"),
        (get(h, line: "PRI * HTTP/1.1"), "target"),
        (get(h, line: "GET / HTTP/2.0"), "version"), (get(h, line: "GET / HTTP/0.9"), "version"),
        (get(h, line: "GET / http/1.1"), "version"), (get(h, line: "GET / HTTP/1.10"), "version"),
        (get(h, line: "GET / HTTP/1.1 "), "version"), (get(h, line: "GET / HTTP/1."), "version"),
        (get(h, line: "GET / HTTPS/1.1"), "version"), (get(h, line: "GET / HTTP/1.1\0"), "version"),
        ("GET / HTTP/1.1\rHost: a\r\r", "version"), ("GET / X\r\n\r\n", "version"),
        (get(""), "hostMissing"), (get(h + h), "hostRepeated"),
        (get(h + "hOSt: b\r\n"), "hostRepeated"),
        (get(h + h, line: "GET / HTTP/1.0"), "hostRepeated"),
        (get("Host: a, b\r\n"), "host"), (get("Host: a b\r\n"), "host"),
        (get("Host: a/b\r\n"), "host"),
        (get("Host: u@a\r\n"), "host"), (get("Host: a:80x\r\n"), "host"),
        (get("Host: a#x\r\n"), "host"),
        (get("Host: é\r\n"), "host"), (get("Host: [::1\r\n"), "host"),
        (get("Host: [::1]x\r\n"), "host"),
        (get("Host: a]b\r\n"), "host"), (get("Host: a:99999999999999999999\r\n"), "host"),
        (get(h + "X-A : b\r\n"), "fieldName"), (get(h + "X-A\t: b\r\n"), "fieldName"),
        (get(h + ": b\r\n"), "fieldName"), (get(":\r\n" + h), "fieldName"),
        (get(h + "foo\r\n"), "fieldName"),
        (get(h + "X\u{80}: b\r\n"), "fieldName"), (get(h + "X\0: b\r\n"), "fieldName"),
        (get(" X: b\r\n" + h), "foldedField"), (get(h + "X: b\r\n\tc\r\n"), "foldedField"),
        (get(h + "X: b\r\n \r\n"), "foldedField"), (get(h + "X: b\n c\r\n"), "foldedField"),
        (get(h + "X: b\0c\r\n"), "fieldValue"), (get(h + "X: b\rc\r\n"), "fieldValue"),
        (get(h + "X: b\u{8}\r\n"), "fieldValue"), (get(h + "X: b\u{7f}\r\n"), "fieldValue"),
        ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "fieldValue"),
        ("GET / HTTP/1.1\r\nHost: a\r\n\rZ", "lineEnding"),
        (get((0..<102).map { "X-\($0): v\r\n" }.joined()), "tooManyFields"),
        (post("Transfer-Encoding: chunked, chunked"), "lastCoding"),
        (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), "lastCoding"),
        (post("Transfer-Encoding: gzip, chunked"), "transferEncoding"),
        (post("Transfer-Encoding: identity"), "lastCoding"),
        (post("Transfer-Encoding:"), "lastCoding"),
        (post("Transfer-Encoding: \"chunked\""), "lastCoding"),
        (post("Content-Length: x\r\nTransfer-Encoding: chunked"), "contentLength"),
        (
            post("Content-Length: 5\r\nContent-Length: 6\r\nTransfer-Encoding: chunked"),
            "contentLength"
        ),
        (post("Content-Length: 9223372036854775808"), "contentLength"),
        (post("Content-Length: 1" + String(repeating: "0", count: 40)), "contentLength"),
    ]

    @Test(arguments: RequestHeadTests.good + RequestHeadTests.bad)
    func verdictIsTheSameAtEverySplit(text: String, expected: String) {
        let bytes = Array(text.utf8)
        #expect(verdict(bytes) == expected)
        for split in 1..<bytes.count {
            #expect(verdict(bytes, pieces: [split]) == expected, "split at \(split)")
        }
        #expect(verdict(bytes, pieces: Array(1..<bytes.count)) == expected, "byte by byte")
    }

    @Test(arguments: [
        "+5", "-5", "-0", "0x5", "5 5", "5;", "5.0", "5e0", "", "  ", "5a", "a5", "\"5\"", "0_5",
        "5#",
        ",5", "5,", "5,6", "5, 0", "chunked", "5,,5",
    ])
    func contentLengthIsANumber(value: String) {
        #expect(verdict(post("Content-Length: \(value)")) == "contentLength")
    }

    @Test func everyPrefixOfAGoodHeadNeedsMore() {
        for (text, _) in RequestHeadTests.good {
            for count in 0..<text.utf8.count - 1 {
                #expect(verdict(Array(text.utf8.prefix(count))) == "needsMore")
            }
        }
    }

    @Test func hostileBytesNeverTrap() {
        var state: UInt64 = 42
        let seeds = (RequestHeadTests.good + RequestHeadTests.bad).map { Array($0.0.utf8) }
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<3 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let place = Int(state >> 33) % bytes.count
                bytes[place] = UInt8(truncatingIfNeeded: state >> 20)
                if state & 15 == 0 { bytes.removeSubrange(place...) }
                if bytes.isEmpty { bytes = [0] }
            }
            _ = verdict(bytes)
        }
    }

    @Test func manySmallPiecesCostLittle() {
        // 16,000 bytes, one at a time: without memory of what was seen this takes 128,000,000
        // steps.
        let bytes = Array(get(h + "X: " + String(repeating: "x", count: 16_000) + "\r\n").utf8)
        #expect(verdict(bytes, pieces: Array(1..<bytes.count)) == "get origin")
    }

    @Test func rangesPointAtTheBytes() {
        let text =
            "\r\nPOST http://u@a.test:81/p/q?r=s HTTP/1.1\r\nHost: \ta.test:81 \r\nX-Y:z\r\n\r\nrest"
        let bytes = Array(text.utf8)
        var fields = HeaderTable()
        var progress = HeadProgress()
        let span = unsafe bytes.span.bytes
        guard
            case .complete(let head) = HeadParser.request(span, progress: &progress, into: &fields)
        else {
            Issue.record("not complete")
            return
        }
        func piece(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        #expect(piece(head.methodRange) == "POST")
        #expect(piece(head.targetRange) == "http://u@a.test:81/p/q?r=s")
        #expect(piece(head.lineRange) == "POST http://u@a.test:81/p/q?r=s HTTP/1.1")
        #expect(head.authorityRange.map { piece($0) } == "a.test:81")
        #expect(piece(head.byteCount..<bytes.count) == "rest")
        #expect(fields.count == 2)
        #expect(piece(fields[0].valueRange) == "a.test:81")
        #expect(piece(fields[1].nameRange) == "X-Y")
        #expect(piece(fields[1].valueRange) == "z")
        #expect(head.hostIndex == 0)
        let target = span.extracting(head.targetRange)
        let path = target.extracting(RequestTarget.path(of: target, form: head.form)).text()
        #expect(path == "/p/q")
        let query = RequestTarget.queryString(of: target, form: head.form)
        #expect(query.map { target.extracting($0).text() } == "r=s")
    }
}

import Core
import HTTP
import Testing

/// Runs `body` with a lent buffer.
func withBuffer<R>(_ bytes: Int = 32 * 1024, _ body: (inout Buffer) throws -> R) rethrows -> R {
    let pool = BufferPool(headBytes: bytes)
    var buffer = Buffer()
    pool.lend(.head, to: &buffer)
    defer { pool.reclaim(&buffer) }
    return try body(&buffer)
}

private func rewriteRequest(
    _ text: String, _ connection: HeadWriter.Connection = .keepAlive,
    edit: (inout RequestHead, inout HeaderTable, inout Buffer, RawSpan) -> Void = { _, _, _, _ in }
) -> String {
    let bytes = Array(text.utf8)
    var fields = HeaderTable()
    var progress = HeadProgress()
    let span = unsafe bytes.span.bytes
    guard
        case .complete(var head) = HeadParser.request(
            span, progress: &progress, into: &fields, reading: .again)
    else { return "not complete" }
    return withBuffer { edits in
        edit(&head, &fields, &edits, span)
        return withBuffer { output in
            guard
                HeadWriter.request(
                    head, fields, from: span, edits: edits.bytes, connection: connection,
                    into: &output),
                HeadWriter.end(into: &output)
            else { return "no room" }
            return output.bytes.text()
        }
    }
}

private func rewriteResponse(
    _ text: String, to method: HTTP.Method = .get, version: Version = .http11,
    connection: HeadWriter.Connection = .keepAlive
) -> String {
    let bytes = Array(text.utf8)
    var fields = HeaderTable()
    var progress = HeadProgress()
    let span = unsafe bytes.span.bytes
    guard case .complete(let head) = HeadParser.response(span, progress: &progress, into: &fields)
    else { return "not complete" }
    return withBuffer { output in
        guard
            HeadWriter.response(
                head, fields, from: span, edits: RawSpan(), to: method, version: version,
                connection: connection, into: &output),
            HeadWriter.end(into: &output)
        else { return "no room" }
        return output.bytes.text()
    }
}

@Suite struct HeadWriterTests {
    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, Trailers;q=1 ,trailers\r\nTE: x\r\nTE:\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"
        ),
        (
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        (
            "\r\nGET / HTTP/1.4\r\nHost: a\r\nConnection: X-B, close\r\nX: y\r\nKeep-Alive: 3\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
        ),
        ("GET / HTTP/1.1\nHost:a\nX:\ty \n\n", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"),
        ("GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
        (
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 0005, 5\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
    ])
    func requestsAreForwardedClean(received: String, written: String) {
        #expect(rewriteRequest(received) == written)
        // What we write is what we would have read.
        #expect(rewriteRequest(written) == written)
    }

    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\n"
        ),
        ("HTTP/1.1 200\r\nX: y\r\n\r\n", "HTTP/1.1 200 \r\nX: y\r\n\r\n"),
        ("HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"),
        (
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        ),
        ("HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n"),
        (
            "HTTP/1.1 103 Hi\nLink: </a>\nContent-Length: 2\n\n",
            "HTTP/1.1 103 Hi\r\nLink: </a>\r\n\r\n"
        ),
        (
            "HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n"
        ),
    ])
    func responsesAreForwardedClean(received: String, written: String) {
        #expect(rewriteResponse(received) == written)
        #expect(rewriteResponse(written) == written)
    }

    @Test func responsesFitTheirRequest() {
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(
            rewriteResponse(chunked, version: .http10, connection: .close)
                == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        let sized = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        #expect(rewriteResponse(sized, to: .connect) == "HTTP/1.1 200 OK\r\n\r\n")
        #expect(rewriteResponse(sized, to: .head) == sized)
        #expect(
            rewriteResponse(sized, version: .http10)
                == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n")
        let upgrade = "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
        #expect(
            rewriteResponse(upgrade)
                == "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
    }

    @Test(arguments: [false, true])
    func editsReplaceDropAndAdd(withBareFeeds: Bool) {
        var text = "GET /old HTTP/1.1\r\nHost: a\r\nDrop: me\r\nX: old\r\nY: z\r\n\r\n"
        if withBareFeeds { text.replace("\r\n", with: "\n") }
        let written = rewriteRequest(text) { head, fields, edits, message in
            edits.append("/newnewvalueNameValue")
            head.replaceTarget(with: 0..<4)
            fields.drop(1)
            fields.replaceValue(2, with: 4..<12)
            let isAdded = fields.add(name: 12..<16, value: 16..<21, edits: edits.bytes)
            #expect(isAdded)
            let asked = Array("NAME".utf8)
            let index = unsafe fields.first(
                named: asked.span.bytes, in: message, edits: edits.bytes)
            #expect(index == 4)
            let host = fields.first(.host)
            #expect(host == 0)
        }
        #expect(
            written == "GET /new HTTP/1.1\r\nHost: a\r\nX: newvalue\r\nY: z\r\nName: Value\r\n\r\n")
    }

    @Test func everyGoodHeadSurvivesARoundTrip() {
        for (text, _) in RequestHeadTests.good {
            let once = rewriteRequest(text)
            #expect(once != "not complete" && once != "no room")
            #expect(rewriteRequest(once) == once)
            #expect(!once.split(separator: "\r\n").joined().contains("\n"))
        }
    }

    @Test func tooLittleRoomWritesNothing() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        var fields = HeaderTable()
        var progress = HeadProgress()
        let span = unsafe bytes.span.bytes
        guard
            case .complete(let head) = HeadParser.request(span, progress: &progress, into: &fields)
        else {
            Issue.record("not complete")
            return
        }
        withBuffer(64) { output in
            let isWritten = HeadWriter.request(
                head, fields, from: span, edits: RawSpan(), connection: .close, into: &output)
            #expect(!isWritten && output.isEmpty)
        }
    }
}

@Suite struct ErrorPageTests {
    private func text(
        _ page: ErrorPage, closing: Bool = true, to method: HTTP.Method = .get,
        version: Version = .http11
    ) -> String {
        withBuffer { output in
            page.write(closing: closing, to: method, version: version, into: &output)
                ? output.bytes.text() : "no room"
        }
    }

    @Test func builtInPagesAreValidResponses() {
        for status in ErrorPages.statuses {
            let page = ErrorPages()[status]
            #expect(page.status == status)
            for closing in [true, false] {
                let bytes = Array(text(page, closing: closing).utf8)
                var fields = HeaderTable()
                var progress = HeadProgress()
                let parse = unsafe HeadParser.response(
                    bytes.span.bytes, progress: &progress, into: &fields)
                guard case .complete(let head) = parse else {
                    Issue.record("\(status) cannot be parsed")
                    continue
                }
                #expect(head.facts.saysClose == closing)
                #expect(head.facts.contentLength == bytes.count - head.byteCount)
            }
            #expect(text(page, to: .head).hasSuffix("\r\n\r\n"))
        }
        // The length is HAProxy's: it stands in logs.
        #expect(text(ErrorPages()[503]).contains("Content-Length: 107\r\n"))
        #expect(ErrorPages()[999].status == 500)
    }

    @Test func errorFilesBecomePages() throws {
        let file = Array("HTTP/1.0 503 Oops\nContent-Type: a/b\nConnection: close\n\n<b>x</b>".utf8)
        var pages = ErrorPages()
        pages.replace(503, with: try ErrorFile.page(file, limit: 16_384))
        #expect(
            text(pages[503], closing: false, version: .http10)
                == "HTTP/1.1 503 Oops\r\nContent-Length: 8\r\nContent-Type: a/b\r\nConnection: keep-alive\r\n\r\n<b>x</b>"
        )
        #expect(try ErrorFile.page([], limit: 100).isSilence)
        #expect(text(.silence).isEmpty)
    }

    @Test(arguments: [
        ("<html>", ErrorFile.Problem.head), ("HTTP/1.1 503 Oops\r\nX: y", .head),
        ("HTTP/1.1 103 Oops\r\n\r\n", .status(103)),
        ("HTTP/1.1 503 O\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .chunked),
        ("HTTP/1.1 503 O\r\nContent-Length: 3\r\n\r\nx", .length(announced: 3, actual: 1)),
        ("HTTP/1.1 503 O\r\n\r\n" + String(repeating: "x", count: 200), .tooLarge(limit: 200)),
    ])
    func badErrorFilesAreRefused(file: String, problem: ErrorFile.Problem) {
        #expect(throws: problem) { try ErrorFile.page(Array(file.utf8), limit: 200) }
    }
}

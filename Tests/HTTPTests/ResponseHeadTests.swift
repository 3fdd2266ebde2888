import Core
import HTTP
import Testing

private func verdict(_ text: String, pieces: [Int] = []) -> String {
    let bytes = Array(text.utf8)
    var fields = HeaderTable()
    var progress = HeadProgress()
    for count in pieces + [bytes.count] {
        let span = unsafe bytes.span.bytes.extracting(0..<count)
        switch HeadParser.response(span, progress: &progress, into: &fields) {
        case .needsMore: continue
        case .malformed(let reason): return "\(reason)"
        case .complete(let head):
            var words = ["\(head.status)"]
            if head.version == .http10 { words.append("1.0") }
            if let length = head.facts.contentLength { words.append("length=\(length)") }
            if head.facts.isChunked { words.append("chunked") }
            if head.facts.hasSuspectFraming { words.append("suspect") }
            if head.facts.hasUpgrade { words.append("upgrade") }
            words.append("'\(span.extracting(head.reasonRange).text())'")
            return words.joined(separator: " ")
        }
    }
    return "needsMore"
}

@Suite struct ResponseHeadTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "200 length=2 'OK'"),
        ("HTTP/1.0 200 Very OK\r\n\r\n", "200 1.0 'Very OK'"),
        ("HTTP/1.1 200\r\n\r\n", "200 ''"), ("HTTP/1.1 200 \r\n\r\n", "200 ''"),
        ("HTTP/1.1 200\n\n", "200 ''"), ("HTTP/1.1 200 caf\u{e9}\r\n\r\n", "200 'café'"),
        ("HTTP/1.2 200 OK\r\n\r\n", "200 'OK'"),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\n", "200 length=2 'OK'"),
        ("HTTP/1.1 100 C\r\nContent-Length: 4\r\n\r\n", "100 'C'"),
        ("HTTP/1.1 204 N\r\nTransfer-Encoding: chunked\r\n\r\n", "204 'N'"),
        ("HTTP/1.1 304 N\r\nContent-Length: 4\r\n\r\n", "304 length=4 'N'"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "200 chunked suspect 'OK'"
        ),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 1.0 chunked suspect 'OK'"),
        ("HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "101 upgrade 'S'"),
        ("HTTP/1.1 20 OK\r\n\r\n", "status"), ("HTTP/1.1 2000 OK\r\n\r\n", "status"),
        ("HTTP/1.1 099 OK\r\n\r\n", "status"), ("HTTP/1.1 600 OK\r\n\r\n", "status"),
        ("HTTP/1.1 2x0 OK\r\n\r\n", "status"), ("HTTP/1.1  200 OK\r\n\r\n", "status"),
        ("HTTP/1.1\t200\tOK\r\n\r\n", "status"), ("HTTP/1.1\r\n\r\n", "status"),
        ("HTTP/1.1 \n\n\n\n\n", "status"),
        ("HTTP/2.0 200 OK\r\n\r\n", "version"), ("ICY 200 OK\r\n\r\n", "version"),
        ("http/1.1 200 OK\r\n\r\n", "version"), ("\r\nHTTP/1.1 200 OK\r\n\r\n", "version"),
        ("<html>\n", "version"), ("HTTP/1.1 200 O\u{1}K\r\n\r\n", "reason"),
        ("HTTP/1.1 200 O\rK\r\n\r\n", "reason"), ("HTTP/1.1 200 OK\r\nA\r\n\r\n", "fieldName"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2,3\r\n\r\n", "contentLength"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "contentLength"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n", "lastCoding"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n", "fieldName"),
        ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "foldedField"),
    ])
    func verdictIsTheSameAtEverySplit(text: String, expected: String) {
        #expect(verdict(text) == expected)
        for split in 1..<text.utf8.count {
            #expect(verdict(text, pieces: [split]) == expected, "split at \(split)")
        }
    }
}

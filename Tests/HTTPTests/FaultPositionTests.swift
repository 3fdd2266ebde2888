import Core
import HTTP
import Testing

private func fault(_ bytes: [UInt8], _ reading: HeadReading?) -> FaultPosition {
    unsafe FaultPosition(in: bytes.span.bytes, reading, fieldLimit: 8)
}

@Suite struct FaultPositionTests {
    /// Offsets as HAProxy reports them, where it refuses the same.
    @Test(
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, nil), ("", 0, nil), ("GET / HT", 8, nil),
            ("G@T / HTTP/1.1\r\n\r\n", 1, .method), ("GET\r\n", 3, .method),
            ("GET \r\n\r\n", 4, .target), ("GET /\u{1}", 5, .target),
            ("GET foo HTTP/1.1\r\n", 4, .target),
            ("GET / HTXP/1.1\r\n\r\n", 6, .version), ("GET / HTTP/1.x\r\n\r\n", 13, .version),
            ("GET / HTTP/1.1 x\r\n", 14, .version), ("GET / HTTP/1.1\rx", 15, .version),
            ("GET / HTTP/1.1\r\nA b: c\r\n", 17, .fieldName),
            ("GET / HTTP/1.1\r\n: c\r\n", 16, .fieldName),
            ("GET / HTTP/1.1\r\nA: b\r\n c\r\n", 22, .foldedField),
            ("GET / HTTP/1.1\r\nA: b\rc", 21, .fieldValue),
            ("GET / HTTP/1.1\r\nContent-Length:  x\r\n\r\n", 33, .contentLength),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 31, .hostRepeated),
            ("GET http://b/ HTTP/1.1\r\nA: b\r\nHost: a\r\n\r\n", 36, .hostMismatch),
            ("GET / HTTP/1.1\r\nA: b\r\n\r\n", 23, .hostMissing),
        ] as [(String, Int, MalformedReason?)])
    func requests(text: String, offset: Int, reason: MalformedReason?) {
        let found = fault(Array(text.utf8), .strict)
        #expect(found.offset == offset)
        #expect(found.reason == reason)
    }

    @Test(
        arguments: [
            ("HTTP/1.1 2x0 OK\r\n\r\n", 10, .status), ("HTTP/1.1 999 x\r\n\r\n", 9, .status),
            ("HTTP/1.1_200 x\r\n\r\n", 8, .status), ("HTTP/1.1 2000 x\r\n\r\n", 12, .status),
            ("garbage\r\n\r\n", 0, .version), ("HTXP/1.1 200 OK\r\n\r\n", 0, .version),
            ("HTTP/1.1 200 OK\r\nA\r\n\r\n", 18, .fieldName),
        ] as [(String, Int, MalformedReason?)])
    func responses(text: String, offset: Int, reason: MalformedReason?) {
        let found = fault(Array(text.utf8), nil)
        #expect(found.offset == offset)
        #expect(found.reason == reason)
    }

    /// Whatever comes: the place is within the bytes, and there is one where the parser refuses.
    @Test func anyByteAnywhere() {
        let heads = [
            "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
            "GET http://a:80/ HTTP/1.0\r\nHost: a\r\nContent-Length: 1, 1\r\nTE: x\r\n\r\n",
            "HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n",
        ]
        for head in heads {
            for at in 0..<head.utf8.count {
                for byte: UInt8 in [0, 0x09, 0x0a, 0x0d, 0x20, 0x2c, 0x3a, 0x61, 0x7f, 0xff] {
                    var bytes = Array(head.utf8)
                    bytes[at] = byte
                    for reading: HeadReading? in [nil, .strict, .lenient, .again] {
                        let found = fault(bytes, reading)
                        #expect((0...bytes.count).contains(found.offset))
                        let cut = fault(Array(bytes[..<at]), reading)
                        #expect((0...at).contains(cut.offset))
                    }
                }
            }
        }
    }
}

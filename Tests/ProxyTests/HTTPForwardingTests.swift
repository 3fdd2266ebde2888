import Configuration
import Core
import Proxy
import Synchronization
import Testing

@Suite struct HTTPForwardingTests {
    /// A request and what the client must read, up to the close of a `Connection: close` exchange.
    struct Exchange: Sendable, CustomTestStringConvertible {
        let name: String
        let request: String
        let answer: String
        var testDescription: String { name }
    }

    static let exchanges = [
        Exchange(
            name: "close",
            request: "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            answer:
                "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nGET /a HTTP/1.1|"
        ),
        Exchange(
            name: "pipelined",
            request:
                "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            answer: "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nGET /a HTTP/1.1|"
                + "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nGET /b HTTP/1.1|"
        ),
        Exchange(
            name: "body of known length",
            request:
                "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
            answer:
                "HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\nPOST /p HTTP/1.1|hello"
        ),
        Exchange(
            name: "chunks, and a request behind them",
            request:
                "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                + "GET /b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            answer:
                "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nPOST /p HTTP/1.1|3\r\nabc\r\n0\r\n\r\n"
                + "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nGET /b HTTP/1.1|"
        ),
        Exchange(
            name: "1.0",
            request: "GET /a HTTP/1.0\r\n\r\n",
            answer:
                "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nGET /a HTTP/1.0|"
        ),
    ]

    @Test(arguments: exchanges)
    func forwards(exchange: Exchange) {
        let rig = EngineRig(origins: [Origin.echo])
        #expect(rig.exchange(exchange.request) == exchange.answer)
    }

    /// The same bytes in two pieces, cut at every place.
    @Test(arguments: exchanges)
    func forwardsInPieces(exchange: Exchange) {
        let rig = EngineRig(origins: [Origin.echo])
        let bytes = Array(exchange.request.utf8)
        for cut in 1..<bytes.count {
            let client = rig.client()
            client.send(Array(bytes[..<cut]))
            client.send(Array(bytes[cut...]))
            #expect(client.receiveAll() == exchange.answer, "cut at \(cut)")
        }
    }

    /// A large body in both directions.
    @Test(arguments: [100_000, 3_000_000])
    func forwardsBulk(size: Int) {
        let rig = EngineRig(origins: [Origin.echo])
        let client = rig.client()
        let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n")
        client.send(body)
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(size + 17)\r\n\r\nPOST /p HTTP/1.1|"
        let answer = client.receive(count: head.utf8.count + size)
        let isEqual = answer == Array(head.utf8) + body
        #expect(isEqual, "\(answer.count) bytes")
    }

    /// A request that is complete is answered although its client has ended its side.
    @Test func answersAfterHalfClose() {
        let rig = EngineRig(origins: [Origin.echo])
        let client = rig.client()
        client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        client.finishSending()
        #expect(
            client.receiveAll() == "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nGET /a HTTP/1.1|")
    }

    /// What servers do, and what clients must see of it.
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\nall", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall"),
        (
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx"
        ),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
        ),
    ])
    func relays(answer: String, expected: String) {
        let rig = EngineRig(origins: [Origin.once(answer)])
        #expect(
            rig.exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") == expected)
    }

    /// Answers that never come whole.
    @Test(arguments: [
        ("", "502"), ("HTTP/1.1 200 OK\r\n", "502"), ("garbage\r\n\r\n", "502"),
        ("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "502"),
    ])
    func refusesBrokenAnswers(answer: String, status: String) {
        let rig = EngineRig(origins: [Origin.once(answer)])
        let got = rig.exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(got.hasPrefix("HTTP/1.1 \(status) "), "\(got)")
    }

    @Test func cutsAnAnswerThatIsCut() {
        let rig = EngineRig(
            origins: [Origin.once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")])
        let got = rig.exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(got == "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc" || got.isEmpty)
    }

    @Test func saysWhenNoServerIsThere() {
        let rig = EngineRig(origins: [Origin.echo], proxy: { $0.servers[0].startsDisabled = true })
        let got = rig.exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(got.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
    }

    @Test func refusesWhatIsNoRequest() {
        let rig = EngineRig(origins: [Origin.echo])
        #expect(rig.exchange("GET\r\n\r\n").hasPrefix("HTTP/1.1 400 Bad request\r\n"))
    }

    /// An upgrade becomes a tunnel, with bytes behind the head on both sides.
    @Test func switchesProtocols() {
        let rig = EngineRig(origins: [
            { connection in
                _ = connection.receive(until: "\r\n\r\n")
                connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhi"
                )
                let said = connection.receive(until: "bye")
                connection.send("you said \(said)")
                connection.finishSending()
                _ = connection.receiveAll()
            }
        ])
        let client = rig.client()
        client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
        let head = client.receive(until: "hi")
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        client.send("bye")
        client.finishSending()
        #expect(client.receiveAll() == "you said bye")
    }

    /// An idle connection that the server closes while a request is on its way: the request is repeated.
    @Test func repeatsOverStaleConnection() {
        let rig = EngineRig(origins: [
            { connection in
                _ = connection.receive(until: "\r\n\r\n")
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                _ = connection.receive(until: "\r\n\r\n")
                connection.resetOnClose()
            }
        ])
        let client = rig.client()
        for _ in 0..<20 {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = client.receive(until: "ok")
            #expect(answer == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
    }

    /// The client waits for permission to send its body; the server gives it.
    @Test func passesPermissionOn() {
        let rig = EngineRig(origins: [
            { connection in
                let head = connection.receive(until: "\r\n\r\n")
                #expect(head.contains("Expect: 100-continue\r\n"))
                connection.send("HTTP/1.1 100 Continue\r\n\r\n")
                let body = connection.receive(until: "hello")
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\(body)")
                _ = connection.receiveAll()
            }
        ])
        let client = rig.client()
        client.send(
            "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        #expect(client.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hello")
        #expect(
            client.receive(until: "hello")
                == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    }

    /// What a client of HTTP/1.0 gets.
    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok"
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false,
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", true,
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"
        ),
    ])
    func speaksToOldClients(answer: String, keeps: Bool, expected: String) {
        let rig = EngineRig(origins: [Origin.once(answer)])
        let client = rig.client()
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        if keeps {
            #expect(
                String(decoding: client.receive(count: expected.utf8.count), as: UTF8.self)
                    == expected)
        } else {
            #expect(client.receiveAll() == expected)
        }
    }

    /// Bytes that a server sends behind its answer reach nobody, least of all the next client.
    @Test func dropsWhatNobodyAskedFor() {
        let rig = EngineRig(origins: [
            { connection in
                _ = connection.receive(until: "\r\n\r\n")
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
                )
                _ = connection.receiveAll()
            }
        ])
        let client = rig.client()
        for _ in 0..<3 {
            client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            let expected = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            #expect(
                String(decoding: client.receive(count: expected.utf8.count), as: UTF8.self)
                    == expected)
        }
    }

    /// The answer to HEAD has a length and no body; the connection goes on.
    @Test func answersHead() {
        let rig = EngineRig(origins: [
            { connection in
                while !connection.receive(until: "\r\n\r\n").isEmpty {
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                }
            }
        ])
        let client = rig.client()
        for _ in 0..<3 {
            client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(
                client.receive(until: "\r\n\r\n")
                    == "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        }
    }

    /// `option forwardfor`, and what is excepted.
    @Test func saysForWhom() {
        func seen(_ change: (inout ForwardForSettings) -> Void, _ request: String) -> String {
            let head = Mutex("")
            let rig = EngineRig(
                origins: [
                    { connection in
                        let received = connection.receive(until: "\r\n\r\n")
                        head.withLock { $0 = received }
                        connection.send("HTTP/1.1 204 No Content\r\n\r\n")
                    }
                ],
                proxy: {
                    var settings = ForwardForSettings()
                    change(&settings)
                    $0.options.forwardFor = settings
                })
            _ = rig.exchange(request)
            return head.withLock { $0 }
        }
        let plain = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        #expect(seen({ _ in }, plain).contains("\r\nX-Forwarded-For: 127.0.0.1\r\n"))
        #expect(seen({ $0.header = "X-Client" }, plain).contains("\r\nX-Client: 127.0.0.1\r\n"))
        let local = IPPrefix(.v4(IPv4Address(rawValue: 0x7f00_0000)), length: 8)
        #expect(!seen({ $0.except = [local].compactMap { $0 } }, plain).contains("Forwarded"))
        let marked =
            "GET / HTTP/1.1\r\nHost: h\r\nx-forwarded-for: 1.2.3.4\r\nConnection: close\r\n\r\n"
        #expect(!seen({ $0.ifNone = true }, marked).contains("127.0.0.1"))
    }
}

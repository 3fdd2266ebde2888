import Configuration
import Core
import Proxy
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
}

import Configuration
import Core
import Expressions
import Foundation
import Proxy
import Testing

/// `accept-proxy` and `send-proxy` on real connections.
@Suite struct ProxyProtocolTests {
    static let line = "PROXY TCP4 192.0.2.7 192.0.2.1 5555 80\r\n"
    static let request = "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    static let accepts: @Sendable (inout ProxySettings) -> Void = { $0.binds[0].acceptProxy = true }

    /// The client of the header is who the server hears of, however the bytes are cut.
    @Test func accepts() {
        let rig = EngineRig(
            origins: [
                { connection in
                    let head = connection.receive(until: "\r\n\r\n")
                    let line = head.split(separator: "\r\n").first {
                        $0.hasPrefix("X-Forwarded-For")
                    }
                    let text = line ?? "nobody"
                    connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(text.count)\r\n\r\n\(text)")
                }
            ],
            proxy: {
                Self.accepts(&$0)
                $0.options.forwardFor = ForwardForSettings()
            })
        let bytes = Array((Self.line + Self.request).utf8)
        for cut in [0, 1, 5, 20, Self.line.utf8.count - 1, Self.line.utf8.count, bytes.count - 1] {
            let client = rig.client()
            client.send(Array(bytes[..<cut]))
            if cut > 0 { Thread.sleep(forTimeInterval: 0.002) }
            client.send(Array(bytes[cut...]))
            let answer = client.receiveAll()
            #expect(answer.hasSuffix("X-Forwarded-For: 192.0.2.7"), "cut at \(cut): \(answer)")
        }
    }

    struct Lie: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: String
        var ends = false
        let message: String
        var testDescription: String { name }
    }

    static let lies = [
        Lie(
            name: "no header", bytes: request,
            message: "Received something which does not look like a PROXY protocol header"),
        Lie(
            name: "a bad one", bytes: "PROXY TCP4 1.2.3.4 1.2.3.400 1 2\r\n",
            message: "Received an invalid PROXY protocol header"),
        Lie(
            name: "half of one", bytes: "PROXY TCP4 1.2", ends: true,
            message: "Truncated PROXY protocol header received"),
        Lie(
            name: "nothing", bytes: "", ends: true,
            message: "Connection closed while waiting for PROXY protocol header"),
        Lie(
            name: "half of one, for ever", bytes: "PROXY TCP4 1.2",
            message: "Timeout while waiting for PROXY protocol header"),
    ]

    /// Connections without a usable header get no answer, and a line.
    @Test(arguments: lies)
    func refuses(lie: Lie) {
        let sink = LogSink()
        var target = LogTargetSettings(
            destination: .udp(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: sink.port),
            facility: 16)
        target.format = .rfc3164
        let rig = EngineRig(
            origins: [Origin.echo], logTargets: [target],
            proxy: {
                $0.logTargets = [target]
                Self.accepts(&$0)
                $0.timeouts.httpRequest = .milliseconds(100)
                $0.logFormat = .compiled(.http)
            })
        let client = rig.client()
        client.send(lie.bytes)
        if lie.ends { client.finishSending() }
        #expect(client.receiveAll() == "")
        let line = sink.line()
        #expect(line.hasSuffix("] app/1: \(lie.message)"), "\(line)")
    }

    /// Each client has a server connection of its own, which begins with its address; the second request needs none.
    @Test(arguments: [1, 2])
    func sends(version: Int) {
        let rig = EngineRig(
            origins: [
                { connection in
                    var first = true
                    while true {
                        let bytes = connection.receive(until: "\r\n\r\n")
                        guard bytes.contains("GET") else {
                            // The blank line of the binary signature.
                            if bytes.isEmpty { return }
                            continue
                        }
                        let isLine = bytes.hasPrefix(first ? Self.line + "GET " : "GET ")
                        let text = isLine ? "yes" : "no"
                        first = false
                        connection.send(
                            "HTTP/1.1 200 OK\r\nContent-Length: \(text.count)\r\n\r\n\(text)")
                    }
                }
            ],
            proxy: {
                Self.accepts(&$0)
                $0.servers[0].sendProxyVersion = version
            })
        let client = rig.client()
        client.send(Self.line + "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n")
        let first = version == 1 ? "yes" : "no"
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(first.count)\r\n\r\n\(first)"
        #expect(String(decoding: client.receive(count: answer.utf8.count), as: UTF8.self) == answer)
        client.send("GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(client.receiveAll().hasSuffix("\r\n\r\nyes"))
    }

    /// In TCP mode the header comes before the first byte of either side.
    @Test func sendsInTCPMode() {
        let rig = EngineRig(
            tcp: true,
            origins: [
                { connection in
                    let line = connection.receive(until: "\r\n")
                    connection.send(
                        line.hasPrefix("PROXY TCP4 127.0.0.1 127.0.0.1 ") ? "yes" : "no")
                }
            ], proxy: { $0.servers[0].sendProxyVersion = 1 })
        #expect(rig.client().receive(until: "yes") == "yes")
    }
}

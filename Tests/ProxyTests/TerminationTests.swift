import Configuration
import Core
import Expressions
import Foundation
import Proxy
import Testing

/// How streams end, and what their log lines say about it (HAProxy manual, section 8.5). Each case was compared with
/// HAProxy 2.6 where it behaves the same way.
@Suite struct TerminationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var tcp = false
        /// What the server does with a connection.
        let origin: @Sendable (TestSocket) -> Void
        var proxy: @Sendable (inout ProxySettings) -> Void = { _ in }
        /// What the client does; closing its socket at the end.
        let client: @Sendable (TestSocket) -> Void
        /// Timers replaced by `T` where they are above 0.
        let line: String
        var testDescription: String { name }
    }

    static let get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
    static let short: @Sendable (inout ProxySettings) -> Void = {
        $0.timeouts.client = .milliseconds(60)
        $0.timeouts.server = .milliseconds(60)
        $0.timeouts.connect = .milliseconds(60)
        $0.timeouts.queue = .milliseconds(60)
    }
    static let hang: @Sendable (TestSocket) -> Void = { _ = $0.receiveAll() }

    static let cases = [
        Case(
            name: "normal", origin: Origin.echo,
            client: {
                $0.send(get)
                _ = $0.receive(until: "|")
            }, line: #"app app/s1 0/0/0/0/0 200 55 - - ---- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "server closes before its head",
            origin: { _ = $0.receive(until: "\r\n\r\n") },
            client: {
                $0.send(get)
                _ = $0.receive(until: "</html>\n")
            }, line: #"app app/s1 0/0/0/-1/0 502 206 - - SH-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "server sends nonsense", origin: Origin.once("nonsense\r\n\r\n"),
            client: {
                $0.send(get)
                _ = $0.receive(until: "</html>\n")
            }, line: #"app app/s1 0/0/0/-1/0 502 206 - - PH-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "server is silent", origin: hang, proxy: short,
            client: {
                $0.send(get)
                _ = $0.receive(until: "</html>\n")
            }, line: #"app app/s1 0/0/0/-1/T 504 195 - - sH-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "server cuts its body",
            origin: Origin.once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
            client: {
                $0.send(get)
                _ = $0.receiveAll()
            }, line: #"app app/s1 0/0/0/0/0 200 41 - - SD-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "server stalls in its body",
            origin: {
                _ = $0.receive(until: "\r\n\r\n")
                $0.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
                _ = $0.receiveAll()
            }, proxy: short,
            client: {
                $0.send(get)
                _ = $0.receiveAll()
            }, line: #"app app/s1 0/0/0/0/T 200 41 - - sD-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "nobody listens", origin: Origin.echo,
            proxy: {
                $0.retries = 0
                $0.servers[0].address = .ip(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: 1)
            },
            client: {
                $0.send(get)
                _ = $0.receive(until: "</html>\n")
            }, line: #"app app/s1 0/0/-1/-1/0 503 214 - - SC-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "no server is up", origin: Origin.echo,
            proxy: { $0.servers[0].startsDisabled = true },
            client: {
                $0.send(get)
                _ = $0.receive(until: "</html>\n")
            },
            line: #"app app/<NOSRV> 0/-1/-1/-1/0 503 214 - - SC-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "no request", origin: Origin.echo,
            client: {
                $0.send("nonsense\r\n\r\n")
                _ = $0.receiveAll()
            }, line: #"app app/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>""#),
        Case(
            name: "half a request", origin: Origin.echo,
            client: {
                $0.send("GET /")
            }, line: #"app app/<NOSRV> -1/-1/-1/-1/T 400 0 - - CR-- 1/1/0/0/0 0/0 "<BADREQ>""#),
        Case(
            name: "a slow request", origin: Origin.echo,
            proxy: { $0.timeouts.httpRequest = .milliseconds(50) },
            client: {
                $0.send("GET /")
                _ = $0.receiveAll()
            }, line: #"app app/<NOSRV> -1/-1/-1/-1/T 408 0 - - cR-- 1/1/0/0/0 0/0 "<BADREQ>""#),
        Case(
            name: "client resets while the server thinks", origin: hang,
            client: {
                $0.send(get)
                Thread.sleep(forTimeInterval: 0.05)
                $0.resetOnClose()
            }, line: #"app app/s1 0/0/0/-1/T -1 0 - - CH-- 1/1/0/0/0 0/0 "GET /x HTTP/1.1""#),
        Case(
            name: "client ends in its body", origin: hang,
            client: {
                $0.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
                $0.finishSending()
                _ = $0.receiveAll()
            }, line: #"app app/s1 0/0/0/-1/0 -1 0 - - CD-- 1/1/0/0/0 0/0 "POST /x HTTP/1.1""#),
        Case(
            name: "client stalls in its body", origin: hang,
            proxy: { $0.timeouts.client = .milliseconds(60) },
            client: {
                $0.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
                _ = $0.receiveAll()
            }, line: #"app app/s1 0/0/0/-1/T 408 233 - - cD-- 1/1/0/0/0 0/0 "POST /x HTTP/1.1""#),
        Case(
            name: "TCP normal", tcp: true,
            origin: {
                let all = $0.receiveAll()
                $0.send(all)
                $0.finishSending()
            },
            client: {
                $0.send("hello")
                $0.finishSending()
                _ = $0.receiveAll()
            }, line: "app app/s1 0/0/0 5 -- 1/1/0/0/0 0/0"),
        Case(
            name: "TCP client stalls", tcp: true, origin: hang,
            proxy: { $0.timeouts.client = .milliseconds(60) },
            client: { _ = $0.receiveAll() }, line: "app app/s1 0/0/T 0 cD 1/1/0/0/0 0/0"),
        Case(
            name: "TCP server stalls", tcp: true, origin: hang,
            proxy: { $0.timeouts.server = .milliseconds(60) },
            client: { _ = $0.receiveAll() }, line: "app app/s1 0/0/T 0 sD 1/1/0/0/0 0/0"),
        Case(
            name: "TCP nobody listens", tcp: true, origin: Origin.echo,
            proxy: {
                $0.retries = 0
                $0.servers[0].address = .ip(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: 1)
            },
            client: { _ = $0.receiveAll() }, line: "app app/s1 0/-1/0 0 SC 1/1/0/0/0 0/0"),
    ]

    @Test(arguments: cases)
    func logs(ending: Case) {
        let sink = LogSink()
        var target = LogTargetSettings(
            destination: .udp(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: sink.port),
            facility: 16)
        target.format = .rfc3164
        let rig = EngineRig(
            tcp: ending.tcp, origins: [ending.origin], logTargets: [target],
            proxy: {
                ending.proxy(&$0)
                $0.logTargets = [target]
                $0.logFormat = .compiled(ending.tcp ? .tcp : .http)
            })
        do {
            let client = rig.client()
            ending.client(client)
        }
        #expect(stable(sink.line(), like: ending.line) == ending.line)
    }

    /// Without address and date, and with `T` where the expectation has it.
    private func stable(_ line: String, like expected: String) -> String {
        guard let end = line.firstRange(of: "] ") else { return line }
        var words = line[end.upperBound...].split(separator: " ", omittingEmptySubsequences: false)
            .map(String.init)
        let wanted = expected.split(separator: " ", omittingEmptySubsequences: false)
        if words.count > 2, wanted.count > 2 {
            var timers = words[2].split(separator: "/").map(String.init)
            let wantedTimers = wanted[2].split(separator: "/")
            for (place, timer) in timers.enumerated() where place < wantedTimers.count {
                // A busy machine may need a millisecond where none is expected.
                let value = Int(timer) ?? 0
                if wantedTimers[place] == "T", value >= 0 { timers[place] = "T" }
                if wantedTimers[place] == "0", value >= 0, value < 50 { timers[place] = "0" }
            }
            words[2] = timers.joined(separator: "/")
        }
        return words.joined(separator: " ")
    }
}

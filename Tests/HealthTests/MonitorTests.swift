import Checking
import Configuration
import Core
import EventLoop
import Linux
import Synchronization
import Testing

@testable import Proxy

/// The health thread against real servers on loopback.
@Suite(.serialized) struct MonitorTests {
    static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    static func checked(
        _ name: String, _ port: UInt16, id: Int = 1, interval: Duration = .milliseconds(20)
    ) -> ServerSettings {
        var server = Bench.server(name, id: id, port: port)
        var check = ServerCheckSettings()
        check.interval = interval
        check.rise = 1
        check.fall = 1
        server.check = check
        return server
    }

    static func http(_ servers: [ServerSettings], timeout: Duration? = nil) -> ProxySettings {
        var proxy = Bench.backend("app", id: 2, servers)
        proxy.check.kind = .http
        proxy.check.script = CheckScript(http: [], request: CheckRequest())
        proxy.timeouts.check = timeout
        proxy.timeouts.connect = .seconds(2)
        proxy.options.logHealthChecks = true
        return proxy
    }

    /// The next line that contains `text`, without its duration.
    func wait(for text: String, _ bench: Bench) throws -> String? {
        try bench.waitForLine(containing: text)?
            .replacing(#/check duration: \d+ms/#, with: "check duration: Nms")
    }

    static let verdicts: [(Origin.Behaviour, String)] = [
        (.answer("HTTP/1.1 503 Busy\r\n\r\n"), "Layer7 wrong status, code: 503, info: \"Busy\""),
        (.answer("no such protocol\r\n\r\n"), "Layer7 invalid response"),
        (.answer("\0\0\0\0"), "Layer7 invalid response"),
        (.answer("HTTP/1.1 200 OK\r\nA: b"), "Layer7 invalid response"),
        (.flood("HTTP/1.1 200 OK\r\nA: b\r\n"), "Layer7 invalid response"),
        (.dribble(ok), "Layer7 timeout"),
        (.silence, "Layer7 timeout"),
        (.close, "Layer7 invalid response"),
        (.reset, "Socket error, info: \"ECONNRESET returned by OS (Connection reset by peer)\""),
    ]

    /// A server goes down for every reason there is, and comes back each time.
    @Test func downAndUpAgain() throws {
        let origin = try Origin(.answer(Self.ok))
        let bench = try Bench(
            Bench.configuration(
                Self.http([Self.checked("s", origin.port)], timeout: .milliseconds(150))))
        let changes = Mutex(0)
        let monitor = try HealthMonitor(
            snapshot: bench.snapshot, board: bench.board, log: bench.log,
            stateChanged: { index in
                #expect(index == 0)
                changes.withLock { $0 += 1 }
            })
        try monitor.start()
        defer { monitor.stop() }
        let head = "<133>Health check for server app/s"
        let passed =
            "\(head) succeeded, reason: Layer7 check passed, code: 200, check duration: Nms, status: 1/1 UP."
        #expect(try wait(for: "status: 1/1 UP.", bench) == passed)
        for (behaviour, reason) in Self.verdicts {
            origin.set(behaviour)
            #expect(
                try wait(for: "status: 0/1 DOWN.", bench)
                    == "\(head) failed, reason: \(reason), check duration: Nms, status: 0/1 DOWN.")
            #expect(try wait(for: "no server available", bench) != nil)
            #expect(bench.state("app/s").operation == .stopped)
            origin.set(.answer(Self.ok))
            #expect(try wait(for: "status: 1/1 UP.", bench) == passed)
        }
        origin.stop()
        #expect(
            try wait(for: "status: 0/1 DOWN.", bench)
                == "\(head) failed, reason: Layer4 connection problem, info: \"ECONNREFUSED returned by OS (Connection refused)\", check duration: Nms, status: 0/1 DOWN."
        )
        #expect(try wait(for: "no server available", bench) != nil)
        #expect(bench.board.usableServers(backend: "app") == 0)
        #expect(changes.withLock { $0 } >= 2 * Self.verdicts.count)
        #expect(bench.board.stalled(now: Clock.now()).isEmpty)
    }

    /// Nobody accepts and the queue of connections is full: connecting takes its time, and is given up.
    @Test func connectingTakesTooLong() throws {
        let address = SocketAddress.ip(Bench.loopback, port: 0)
        let listener = try Socket(.stream, for: address)
        try listener.bind(to: address)
        try listener.listen(backlog: 0)
        let local = try listener.localAddress()
        var fillers: [Int32] = []
        defer { fillers.forEach(Descriptors.close) }
        for _ in 0..<4 {
            let filler = try Socket(.stream, for: address)
            _ = filler.connect(to: local)
            fillers.append(filler.release())
        }
        var proxy = Bench.backend(
            "app", id: 2,
            [Self.checked("s", local.port ?? 0, interval: .milliseconds(100))])
        proxy.options.logHealthChecks = true
        let bench = try Bench(Bench.configuration(proxy))
        let monitor = try HealthMonitor(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in })
        try monitor.start()
        defer { monitor.stop() }
        #expect(
            try wait(for: "status: 0/1 DOWN.", bench)
                == "<133>Health check for server app/s failed, reason: Layer4 timeout, check duration: Nms, status: 0/1 DOWN."
        )
    }

    /// `tcp-check` over two ports, with a banner; a server that is only connected to; one on a socket file is elsewhere.
    @Test func scriptOverTwoPorts() throws {
        let first = try Origin(.answer("+PONG\r\n"))
        let second = try Origin(.answer("-ERR\r\n"))
        defer {
            first.stop()
            second.stop()
        }
        var proxy = Bench.backend("app", id: 2, [Self.checked("s", first.port)])
        proxy.check.kind = .tcpScript
        proxy.check.script = CheckScript(tcp: [
            CheckStep(.connect(CheckConnection())), CheckStep(.send(Array("PING\r\n".utf8))),
            CheckStep(.expect(CheckExpectation(.string(Array("+PONG".utf8))))),
            CheckStep(.connect(CheckConnection(port: second.port)), comment: "second"),
            CheckStep(.send(Array("PING\r\n".utf8))),
            CheckStep(.expect(CheckExpectation(.string(Array("+PONG".utf8))))),
        ])
        proxy.options.logHealthChecks = true
        let bench = try Bench(Bench.configuration(proxy))
        let monitor = try HealthMonitor(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in })
        try monitor.start()
        defer { monitor.stop() }
        #expect(
            try wait(for: "status: 0/1 DOWN.", bench)
                == "<133>Health check for server app/s failed, reason: Layer7 invalid response, info: \"TCPCHK did not match content '+PONG' at step 6 comment: second\", check duration: Nms, status: 0/1 DOWN."
        )
        second.set(.answer("+PONG\r\n"))
        #expect(
            try wait(for: "status: 1/1 UP.", bench)
                == "<133>Health check for server app/s succeeded, reason: Layer7 check passed, code: 0, info: \"(tcp-check)\", check duration: Nms, status: 1/1 UP."
        )
    }

    /// Maintenance stops the checks; a reload keeps state and rhythm, adds and removes servers.
    @Test func maintenanceAndReload() throws {
        let origin = try Origin(.answer(Self.ok))
        defer { origin.stop() }
        let bench = try Bench(Bench.configuration(Self.http([Self.checked("s", origin.port)])))
        let monitor = try HealthMonitor(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in })
        try monitor.start()
        defer { monitor.stop() }
        #expect(try wait(for: "status: 1/1 UP.", bench) != nil)
        monitor.apply(.state(.maintenance), to: bench.reference("app/s"), in: bench.snapshot)
        #expect(try wait(for: "going DOWN for maintenance", bench) != nil)
        monitor.apply(.state(.ready), to: bench.reference("app/s"), in: bench.snapshot)
        #expect(try wait(for: "UP/READY", bench) != nil)

        let next = Snapshot(
            Bench.configuration(
                Self.http([Self.checked("new", 1, id: 2), Self.checked("s", origin.port)])),
            keeping: bench.snapshot, workers: 1, now: Clock.now())
        monitor.apply(next)
        #expect(next.proxies[0].servers[1] === bench.state("app/s"))
        #expect(
            try wait(for: "app/new failed", bench)?.contains("Connection refused") == true)
        #expect(bench.state("app/s").operation == .running)
        origin.set(.close)
        #expect(try wait(for: "server app/s failed", bench) != nil)
        #expect(try wait(for: "no server available", bench) != nil)

        let empty = Snapshot(
            Bench.configuration(Self.http([Bench.server("s", port: origin.port)])),
            keeping: next, workers: 1, now: Clock.now())
        monitor.apply(empty)
        #expect(empty.proxies[0].servers[0].operation == .running)
        #expect(bench.board.usableServers(backend: "app") == 1)
    }
}

import Configuration
import Core
import Diagnostics
import EventLoop
import Foundation
import Linux
import Logging
import Proxy

/// An engine with `listen` sections in front of origins that the test scripts: mostly one.
final class EngineRig: @unchecked Sendable {
    let engine: Engine
    let board = HealthBoard()
    /// Of the first section, and of each.
    let port: UInt16
    let ports: [UInt16]
    let snapshot: Snapshot
    let listeners: [Listener]
    private var origins: [Origin] = []
    private let ended = DispatchSemaphore(value: 0)

    /// Each origin calls its script for every connection, on a thread of its own. `sections`: how many; all have the
    /// same origins, and each writes its log lines under its own name.
    init(
        tcp: Bool = false, workers: Int = 1, sections: Int = 1,
        origins scripts: [@Sendable (TestSocket) -> Void],
        logTargets: [LogTargetSettings] = [], service: (any LocalService)? = nil,
        process: (inout ProcessSettings) -> Void = { _ in },
        proxy change: (inout ProxySettings) -> Void = { _ in }
    ) {
        let origins = scripts.map { Origin($0) }
        self.origins = origins
        let place = SourceRange(file: "test", line: 0)
        let local = IPAddress.v4(IPv4Address(rawValue: 0x7f00_0001))
        func fill(_ proxy: inout ProxySettings) {
            proxy.mode = tcp ? .tcp : .http
            proxy.timeouts.connect = .seconds(2)
            proxy.timeouts.client = .seconds(5)
            proxy.timeouts.server = .seconds(5)
            proxy.httpReuse = .always
            proxy.binds = [
                BindSettings(address: .address(.ip(local, port: 0)), id: 1, range: place)
            ]
            for (index, origin) in origins.enumerated() {
                var server = ServerSettings(name: "s\(index + 1)", id: index + 1, range: place)
                server.address = .ip(local, port: origin.listener.port)
                proxy.servers.append(server)
            }
            change(&proxy)
        }
        var configuration = ServiceConfiguration()
        configuration.process.maxConnections = 1000
        process(&configuration.process)
        for index in 0..<sections {
            var section = ProxySettings(
                name: index == 0 ? "app" : "app\(index + 1)", id: index + 2, isFrontend: true,
                isBackend: true, range: place)
            section.defaultBackend = index
            fill(&section)
            configuration.proxies.append(section)
        }
        snapshot = Snapshot(configuration, keeping: nil, workers: workers, now: Clock.now())
        listeners = configuration.proxies.enumerated().map { index, proxy in
            // Port 0 gives each socket a port of its own, so that the workers share one here.
            let opened = ListenerSockets.open(proxy.binds[0], proxy: proxy, count: 1)
            guard case .success(let descriptors) = opened else { fatalError("\(opened)") }
            return Listener(proxy: index, bind: 0, descriptors: descriptors)
        }
        ports = listeners.map { Sockets.localAddress($0.descriptors[0]).port }
        port = ports[0]
        let logs = LogTargets()
        let targets = logTargets.compactMap { try? logs.target($0).get() }
        do {
            engine = try Engine(
                snapshot: snapshot, listeners: listeners, workers: workers, board: board,
                service: service,
                openLogs: { snapshot in
                    LogWriter(
                        lists: snapshot.proxies.map {
                            LogList(targets: targets, tag: $0.settings.name)
                        },
                        process: 1, hostname: nil)
                })
            try engine.start()
        } catch {
            fatalError("\(error)")
        }
    }

    deinit {
        for origin in origins { origin.listener.stop() }
        let ended = ended
        let listeners = listeners
        engine.stop {
            for listener in listeners { ListenerSockets.close(listener.descriptors) }
            ended.signal()
        }
        ended.wait()
    }

    func client(section: Int = 0) -> TestSocket {
        guard let socket = TestSocket(port: ports[section]) else { fatalError("cannot connect") }
        socket.rig = self
        return socket
    }

    /// Sends all bytes over a new connection, and returns everything up to the end.
    func exchange(_ request: String) -> String {
        let client = client()
        client.send(request)
        return client.receiveAll()
    }
}

/// A server that a test scripts.
final class Origin: @unchecked Sendable {
    let listener = TestListener()

    init(_ script: @escaping @Sendable (TestSocket) -> Void) {
        let listener = listener
        Thread.detachNewThread {
            while let connection = listener.accept() {
                Thread.detachNewThread { script(connection) }
            }
        }
    }

    /// Answers every request with its own request line and body; reads bodies of known length and in chunks.
    static func echo(_ connection: TestSocket) {
        var buffered: [UInt8] = []
        let gap = Array("\r\n\r\n".utf8)
        func more() -> Bool {
            guard let next = connection.receive() else { return false }
            buffered += next
            return true
        }
        while true {
            var end: Int?
            while end == nil {
                end = buffered.firstRange(of: gap)?.upperBound
                if end == nil, !more() { return }
            }
            guard let end else { return }
            let head = String(decoding: buffered[..<end], as: UTF8.self)
            buffered.removeFirst(end)
            var body: [UInt8] = []
            let lower = head.lowercased()
            if let range = lower.range(of: "content-length: ") {
                let count = Int(lower[range.upperBound...].prefix { $0.isNumber }) ?? 0
                while buffered.count < count { if !more() { return } }
                body = Array(buffered[..<count])
                buffered.removeFirst(count)
            } else if lower.contains("transfer-encoding: chunked") {
                let last = Array("0\r\n\r\n".utf8)
                while buffered.firstRange(of: last) == nil { if !more() { return } }
                let count = buffered.firstRange(of: last)?.upperBound ?? 0
                body = Array(buffered[..<count])
                buffered.removeFirst(count)
            }
            let line = Array(head.prefix { $0 != "\r\n" }.utf8)
            let text = line + Array("|".utf8) + body
            connection.send(
                Array("HTTP/1.1 200 OK\r\nContent-Length: \(text.count)\r\n\r\n".utf8) + text)
        }
    }

    /// Reads one head and answers with fixed bytes; then closes.
    static func once(_ answer: String) -> @Sendable (TestSocket) -> Void {
        { connection in
            _ = connection.receive(until: "\r\n\r\n")
            connection.send(answer)
            connection.finishSending()
        }
    }
}

import Checking
import Configuration
import Core
import Diagnostics
import EventLoop
import Linux
import Logging

@testable import Proxy

/// A snapshot, a log that can be read and a health board, for tests of health checks and transitions.
final class Bench {
    static let range = SourceRange(file: "test.cfg", line: 1)
    static let loopback = IPAddress.v4(IPv4Address(rawValue: 0x7f00_0001))

    let snapshot: Snapshot
    let board = HealthBoard()
    let log: SystemLog
    /// Stays open to the end of the tests: a health thread that was told to stop may still write a line.
    private let pipe: (Int32, Int32)
    private var text = ""
    private var waiting: [String] = []

    init(_ configuration: ServiceConfiguration) throws {
        snapshot = Snapshot(configuration, keeping: nil, workers: 1, now: Clock.now())
        pipe = try Descriptor.pipe()
        _ = try Descriptors.setPipeSize(pipe.1, bytes: 1 << 20)
        var settings = LogTargetSettings(destination: .descriptor(pipe.1), facility: 16)
        settings.format = .priority
        let targets = LogTargets()
        let list = LogList(targets: [try targets.target(settings).get()], tag: "dyad")
        log = SystemLog(
            targets: targets,
            lists: SystemLogLists(
                global: list,
                proxies: Dictionary(
                    uniqueKeysWithValues: configuration.proxies.map { ($0.name, list) })),
            process: 1, hostname: nil, console: nil)
    }

    /// The next line that contains `text`; those before it are dropped. nil after ten seconds.
    func waitForLine(containing text: String) throws -> String? {
        let loop = try Loop()
        try loop.add(pipe.0, .readable, Token(kind: 0))
        let end = Clock.now() + .seconds(10)
        while Clock.now() < end {
            waiting += takeLines()
            while !waiting.isEmpty {
                let line = waiting.removeFirst()
                if line.contains(text) { return line }
            }
            _ = loop.wait(atMost: .milliseconds(100))
        }
        return nil
    }

    /// The lines that have been written since the last call.
    func takeLines() -> [String] {
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case .moved(let count) = Descriptors.read(pipe.0, into: &piece) {
            text += String(decoding: piece.prefix(count), as: UTF8.self)
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        text = lines.last ?? ""
        return Array(lines.dropLast())
    }

    func reference(_ name: String) -> ServerReference {
        let parts = name.split(separator: "/").map(String.init)
        guard let found = snapshot.server(backend: parts[0], server: parts[1]) else {
            preconditionFailure("no server \(name)")
        }
        return ServerReference(proxy: found.proxy, server: found.server)
    }

    func state(_ name: String) -> ServerState {
        let reference = reference(name)
        return snapshot.proxies[reference.proxy].servers[reference.server]
    }

    static func backend(_ name: String, id: Int, _ servers: [ServerSettings]) -> ProxySettings {
        var proxy = ProxySettings(
            name: name, id: id, isFrontend: false, isBackend: true, range: range)
        proxy.mode = .http
        proxy.servers = servers
        return proxy
    }

    static func server(_ name: String, id: Int = 1, port: UInt16 = 1) -> ServerSettings {
        var server = ServerSettings(name: name, id: id, range: range)
        server.address = .ip(loopback, port: port)
        return server
    }

    static func configuration(_ proxies: ProxySettings...) -> ServiceConfiguration {
        var configuration = ServiceConfiguration()
        configuration.proxies = proxies
        return configuration
    }
}

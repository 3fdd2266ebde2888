import Configuration
import Core
import EventLoop
import Linux

@testable import Control

/// A runtime socket server on a unix socket of its own, and clients, all on the calling thread.
final class SocketBench {
    let loop: Loop
    let server: RuntimeSocketServer
    let service: TestService
    private let path: String
    private let listener: Socket

    init(
        _ service: TestService, level: RuntimeSocketSettings.Level = .admin,
        timeout: Duration = .seconds(10)
    ) throws {
        let seed = Host.randomSeed()
        path = "/tmp/dyad-control-\(seed)"
        let address = SocketAddress.unix(path)
        listener = try Socket(.stream, for: address)
        try listener.bind(to: address)
        try listener.listen(backlog: 64)
        var settings = RuntimeSocketSettings(address: .address(address))
        settings.level = level
        loop = try Loop()
        self.service = service
        server = RuntimeSocketServer(
            listeners: [.init(descriptor: listener.number, settings: settings)], control: service,
            timeout: timeout, tokenKind: 7)
        try server.register(in: loop)
    }

    deinit {
        server.closeAll(in: loop)
        try? Files.remove(path)
    }

    /// One turn of the loop; waits for events only where `wait` allows it.
    func turn(wait: Duration = .zero) {
        for index in 0..<loop.wait(atMost: wait) { server.handle(loop.event(index), in: loop) }
        while let token = loop.nextExpired() { server.timerExpired(token, in: loop) }
    }

    func connect() throws -> Client {
        let address = SocketAddress.unix(path)
        let socket = try Socket(.stream, for: address)
        if let error = socket.connect(to: address) { throw error }
        return Client(socket, self)
    }

    /// What a client that sends `text`, ends its direction and reads to the end gets.
    func exchange(_ text: String) throws -> String {
        let client = try connect()
        client.send(text)
        client.end()
        return client.readToEnd()
    }

    final class Client {
        let socket: Socket
        private let bench: SocketBench
        private var scratch = [UInt8](repeating: 0, count: 65536)

        init(_ socket: consuming Socket, _ bench: SocketBench) {
            self.socket = socket
            self.bench = bench
        }

        func send(_ text: String) { send(Array(text.utf8)) }

        /// False when the server has closed.
        @discardableResult
        func send(_ bytes: [UInt8]) -> Bool {
            var rest = bytes[...]
            var turns = 0
            while !rest.isEmpty {
                switch Array(rest).withBytes({ socket.send($0) }) {
                case .moved(let count): rest = rest.dropFirst(count)
                case .wouldBlock:
                    turns += 1
                    if turns > 10_000 { return false }
                    bench.turn()
                default: return false
                }
            }
            return true
        }

        func end() { socket.shutdownSending() }

        /// Everything up to the server's end, or what came in `turns` turns.
        func readToEnd(turns: Int = 20_000) -> String {
            var result: [UInt8] = []
            for _ in 0..<turns {
                switch Sockets.receive(socket.number, into: &scratch).0 {
                case .moved(let count): result.append(contentsOf: scratch[..<count])
                case .wouldBlock: bench.turn(wait: .milliseconds(1))
                default: return String(decoding: result, as: UTF8.self)
                }
            }
            return String(decoding: result, as: UTF8.self) + "<no end>"
        }

        /// What has come once `suffix` is there, or once a second is over.
        func read(until suffix: String) -> String {
            var result = ""
            for _ in 0..<1000 where !result.hasSuffix(suffix) {
                switch Sockets.receive(socket.number, into: &scratch).0 {
                case .moved(let count): result += String(decoding: scratch[..<count], as: UTF8.self)
                case .wouldBlock: bench.turn(wait: .milliseconds(1))
                default: return result + "<end>"
                }
            }
            return result
        }
    }
}

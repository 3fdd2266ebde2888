import Core
import EventLoop
import Linux
import Synchronization

/// A server on loopback that behaves as it is told, on a thread of its own.
final class Origin: Sendable {
    enum Behaviour: Sendable {
        case answer(String)
        /// One byte each 10 ms.
        case dribble(String)
        /// The same line again and again, as fast as it is read.
        case flood(String)
        /// Reads the request, then closes, or resets.
        case close, reset
        case silence
    }

    private struct Connection {
        let socket: Int32
        var isOpen = true
        var hasRequest = false
        var sent = 0
    }

    private let listener: Int32
    let port: UInt16
    private let behaviour: Mutex<Behaviour>
    private let isStopped = Atomic<Bool>(false)
    private let accepted = Atomic<Int>(0)

    init(_ behaviour: Behaviour) throws {
        self.behaviour = Mutex(behaviour)
        let address = SocketAddress.ip(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: 0)
        let socket = try Socket(.stream, for: address)
        try socket.bind(to: address)
        try socket.listen(backlog: 64)
        port = try socket.localAddress().port ?? 0
        listener = socket.release()
        try Threads.start(name: "origin") { self.run() }
    }

    /// Connections so far.
    var count: Int { accepted.load(ordering: .relaxed) }
    func set(_ next: Behaviour) { behaviour.withLock { $0 = next } }
    /// Closes the listening socket too: from now on connections are refused.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    private func run() {
        guard let loop = try? Loop() else { return }
        try? loop.add(listener, .readable, Token(kind: 0))
        var connections: [Connection] = []
        while !isStopped.load(ordering: .relaxed) {
            _ = loop.wait(atMost: .milliseconds(connections.isEmpty ? 20 : 5))
            while case .connection(let socket, _) = Sockets.accept(listener) {
                accepted.wrappingAdd(1, ordering: .relaxed)
                connections.append(Connection(socket: socket))
                try? loop.add(socket, .readable, Token(kind: 1))
            }
            let behaviour = behaviour.withLock { $0 }
            for index in connections.indices { serve(&connections[index], behaviour) }
            connections.removeAll { !$0.isOpen }
        }
        for connection in connections { Descriptors.close(connection.socket) }
        Descriptors.close(listener)
    }

    private func serve(_ connection: inout Connection, _ behaviour: Behaviour) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        switch Descriptors.read(connection.socket, into: &bytes) {
        case .moved: connection.hasRequest = true
        case .wouldBlock: break
        case .ended, .failed: return close(&connection)
        }
        guard connection.hasRequest else { return }
        switch behaviour {
        case .silence: break
        case .close: close(&connection)
        case .reset:
            let socket = Socket(owning: connection.socket)
            socket.setResetOnClose()
            connection.isOpen = false
        case .answer(let text):
            send(Array(text.utf8), &connection)
            close(&connection)
        case .dribble(let text):
            let all = Array(text.utf8)
            guard connection.sent < all.count else { return close(&connection) }
            send([all[connection.sent]], &connection)
            connection.sent += 1
        case .flood(let line):
            for _ in 0..<100 where connection.isOpen { send(Array(line.utf8), &connection) }
        }
    }

    private func send(_ bytes: [UInt8], _ connection: inout Connection) {
        let result = bytes.withBytes { Sockets.send(connection.socket, $0) }
        if case .failed = result { close(&connection) }
    }

    private func close(_ connection: inout Connection) {
        Descriptors.close(connection.socket)
        connection.isOpen = false
    }
}

import Core
import Linux

/// A receiver on loopback or on a socket file, for targets under test.
final class LogSink {
    let socket: Int32
    let address: SocketAddress

    init(_ address: SocketAddress = .ip(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: 0)) throws {
        let socket = try Socket(.datagram, for: address)
        try socket.bind(to: address)
        self.address = address.ip == nil ? address : try socket.localAddress()
        self.socket = socket.release()
    }

    deinit { Descriptors.close(socket) }

    /// The datagrams that have come; on loopback a sent one is there at once.
    func take() -> [String] {
        var result: [String] = []
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while case .moved(let count) = Sockets.receive(socket, into: &bytes).0 {
            result.append(String(decoding: bytes.prefix(count), as: UTF8.self))
        }
        return result
    }

    var port: UInt16 { address.port ?? 0 }
}

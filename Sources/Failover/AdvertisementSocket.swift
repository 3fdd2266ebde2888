internal import Core
internal import Linux

/// What tells two pairs of sockets apart.
internal struct SocketKey: Hashable {
    let interface: String
    /// Another interface of the same name has another number, and needs other sockets.
    let index: Int32
    let isIPv4: Bool
    /// nil: unicast.
    let group: IPAddress?
}

/// The two raw sockets of an interface and a family: every virtual router there shares them.
internal final class AdvertisementSocket {
    let key: SocketKey
    private let receiver: RawSocket
    let sender: AdvertisementSender
    private var bytes = [UInt8](repeating: 0, count: AdvertisementSocket.packetBytes)

    /// Longer packets are cut, and refused for their length. Longest IPv6 list: 255 addresses.
    private static let packetBytes = 4352
    /// Packets of one wake-up: a flood must not keep timers waiting.
    static let packetsAtOnce = 64

    init(_ key: SocketKey) throws(Errno) {
        self.key = key
        receiver = try RawSocket(
            receivingOn: key.interface, index: key.index, isIPv4: key.isIPv4, group: key.group)
        sender = try AdvertisementSender(key.interface, index: key.index, isIPv4: key.isIPv4)
    }

    var descriptor: Int32 { receiver.number }

    /// The packets that wait, at most `packetsAtOnce`. Returns whether more may wait.
    func receive(_ handle: ([UInt8]) -> Void) -> Bool {
        for _ in 0..<AdvertisementSocket.packetsAtOnce {
            guard case .moved(let count) = receiver.receive(into: &bytes) else { return false }
            handle(Array(bytes.prefix(count)))
        }
        return true
    }
}

/// The raw socket by which advertisements leave an interface.
internal final class AdvertisementSender {
    let index: Int32
    private let socket: RawSocket

    init(_ interface: String, index: Int32, isIPv4: Bool) throws(Errno) {
        self.index = index
        socket = try RawSocket(sendingOn: interface, index: index, isIPv4: isIPv4)
    }

    var descriptor: Int32 { socket.number }

    /// nil: the packet left.
    func send(_ packet: [UInt8], to destination: IPAddress) -> Errno? {
        socket.send(packet, to: destination)
    }
}

internal import Core
internal import Linux

/// What tells two pairs of sockets apart.
internal struct SocketKey: Hashable {
    let interface: String
    /// Another interface of the same name has another number, and needs other sockets.
    let index: Int32
    /// nil: unicast.
    let group: IPv4Address?
}

/// The two raw sockets of an interface and a family: every virtual router there shares them.
internal final class AdvertisementSocket {
    let key: SocketKey
    private let receiver: RawSocket
    private let sender: RawSocket
    private var bytes = [UInt8](repeating: 0, count: AdvertisementSocket.packetBytes)

    /// Longer packets are cut, and refused for their length.
    private static let packetBytes = 2048
    /// Packets of one wake-up: a flood must not keep timers waiting.
    static let packetsAtOnce = 64

    init(_ key: SocketKey) throws(Errno) {
        self.key = key
        receiver = try RawSocket(
            receivingOn: key.interface, index: key.index, group: key.group)
        sender = try RawSocket(sendingOn: key.interface, index: key.index)
    }

    var descriptor: Int32 { receiver.number }
    var senderDescriptor: Int32 { sender.number }

    /// The packets that wait, at most `packetsAtOnce`. Returns whether more may wait.
    func receive(_ handle: ([UInt8]) -> Void) -> Bool {
        for _ in 0..<AdvertisementSocket.packetsAtOnce {
            guard case .moved(let count) = receiver.receive(into: &bytes) else { return false }
            handle(Array(bytes.prefix(count)))
        }
        return true
    }

    /// nil: the packet left.
    func send(_ packet: [UInt8], to destination: IPv4Address) -> Errno? {
        sender.send(packet, to: destination)
    }
}

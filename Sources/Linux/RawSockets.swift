internal import CLinux
public import Core

/// Raw sockets of one interface and one family: whole IP packets in and out. Needs CAP_NET_RAW to open.
public struct RawSocket: ~Copyable, Sendable {
    /// The descriptor, for waiting on it.
    public let number: Int32
    private let isIPv4: Bool
    private let index: Int32

    /// Receives VRRP that arrives on the interface. `group`: the multicast group to join.
    public init(
        receivingOn interface: String, index: Int32, isIPv4: Bool, group: IPAddress?
    ) throws(Errno) {
        self.isIPv4 = isIPv4
        self.index = index
        if isIPv4 {
            var wanted: UInt32 = 0
            if case .v4(let address)? = group { wanted = address.rawValue }
            number = try checked(unsafe linux_raw4_receiver(interface, index, wanted))
        } else if case .v6(let address)? = group {
            let octets = address.octets
            number = try checked(
                unsafe octets.withUnsafeBytes {
                    unsafe linux_raw6_receiver(interface, index, $0.baseAddress)
                })
        } else {
            number = try checked(unsafe linux_raw6_receiver(interface, index, nil))
        }
    }

    /// Sends packets with headers of our own through the interface.
    public init(sendingOn interface: String, index: Int32, isIPv4: Bool) throws(Errno) {
        self.isIPv4 = isIPv4
        self.index = index
        number = try checked(
            isIPv4
                ? unsafe linux_raw4_sender(interface, index)
                : unsafe linux_raw6_sender(interface, index))
    }

    deinit { _ = linux_close(number) }

    /// Receives one packet with its IP header; that of IPv6 says what the kernel tells about the packet.
    public func receive(into bytes: inout [UInt8]) -> Transfer {
        unsafe bytes.withUnsafeMutableBytes {
            isIPv4
                ? unsafe Transfer(linux_recv(number, $0.baseAddress, $0.count))
                : unsafe Transfer(linux_raw6_receive(number, $0.baseAddress, $0.count))
        }
    }

    /// Sends one packet; nil: it left.
    public func send(_ packet: [UInt8], to destination: IPAddress) -> Errno? {
        let result = unsafe packet.withUnsafeBytes { packet in
            switch destination {
            case .v4(let address):
                return unsafe linux_raw4_send(
                    number, packet.baseAddress, packet.count, address.rawValue)
            case .v6(let address):
                let octets = address.octets
                return unsafe octets.withUnsafeBytes {
                    unsafe linux_raw6_send(
                        number, index, packet.baseAddress, packet.count, $0.baseAddress)
                }
            }
        }
        return result < 0 ? Errno(result: result) : nil
    }
}

/// Sends Ethernet frames through any interface. Needs CAP_NET_RAW to open.
public struct FrameSocket: ~Copyable, Sendable {
    private let number: Int32

    public init() throws(Errno) { number = try checked(linux_packet_sender()) }

    deinit { _ = linux_close(number) }

    /// Sends a frame that begins with its Ethernet header; nil: it left.
    public func send(_ frame: [UInt8], interface index: Int32) -> Errno? {
        let result = unsafe frame.withUnsafeBytes {
            unsafe linux_send_frame(number, index, $0.baseAddress, $0.count)
        }
        return result < 0 ? Errno(result: result) : nil
    }
}

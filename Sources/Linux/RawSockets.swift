internal import CLinux
public import Core

/// Raw IPv4 sockets of one interface: whole packets in and out. Needs CAP_NET_RAW to open.
public struct RawSocket: ~Copyable, Sendable {
    /// The descriptor, for waiting on it.
    public let number: Int32

    /// Receives VRRP that arrives on the interface. `group`: the multicast group to join.
    public init(
        receivingOn interface: String, index: Int32, group: IPv4Address?
    ) throws(Errno) {
        number = try checked(
            unsafe linux_raw4_receiver(interface, index, group?.rawValue ?? 0))
    }

    /// Sends packets with headers of our own through the interface.
    public init(sendingOn interface: String, index: Int32) throws(Errno) {
        number = try checked(unsafe linux_raw4_sender(interface, index))
    }

    deinit { _ = linux_close(number) }

    /// Receives one packet with its IP header.
    public func receive(into bytes: inout [UInt8]) -> Transfer {
        unsafe bytes.withUnsafeMutableBytes {
            unsafe Transfer(linux_recv(number, $0.baseAddress, $0.count))
        }
    }

    /// Sends one packet; nil: it left.
    public func send(_ packet: [UInt8], to destination: IPv4Address) -> Errno? {
        let result = unsafe packet.withUnsafeBytes {
            unsafe linux_raw4_send(number, $0.baseAddress, $0.count, destination.rawValue)
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

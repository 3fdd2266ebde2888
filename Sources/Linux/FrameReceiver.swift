internal import CLinux

/// One instruction of a socket filter (classic BPF, SO_ATTACH_FILTER in socket(7)); laid out as the kernel has it.
public struct FilterInstruction: Sendable, BitwiseCopyable {
    public var code: UInt16
    public var jumpTrue: UInt8
    public var jumpFalse: UInt8
    public var operand: UInt32

    public init(_ code: UInt16, _ operand: UInt32, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0) {
        self.code = code
        self.operand = operand
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
    }
}

/// Receives the packets of one protocol that arrive on an interface and pass a filter, without their Ethernet
/// header. Needs CAP_NET_RAW to open.
public struct FrameReceiver: ~Copyable, Sendable {
    /// The descriptor, for waiting on it.
    public let number: Int32

    /// `etherType`: 0x0806 for ARP, 0x86dd for IPv6. The filter sees the packet from its network header on.
    public init(
        interface index: Int32, etherType: UInt16, filter: [FilterInstruction]
    ) throws(Errno) {
        number = try checked(
            unsafe filter.withUnsafeBytes {
                unsafe linux_packet_receiver(index, etherType, $0.baseAddress, filter.count)
            })
    }

    deinit { _ = linux_close(number) }

    /// Receives one packet; longer ones are cut.
    public func receive(into bytes: inout [UInt8]) -> Transfer {
        unsafe bytes.withUnsafeMutableBytes {
            unsafe Transfer(linux_recv(number, $0.baseAddress, $0.count))
        }
    }
}

/// The ones' complement sum of RFC 1071, as IPv4, VRRP and ICMPv6 use it.
public struct InternetChecksum: Sendable {
    private var sum: UInt64 = 0

    public init() {}

    /// Adds bytes; an odd last byte counts as the high half of a word, so only the last span may be odd.
    public mutating func add(_ bytes: RawSpan) {
        var offset = 0
        while offset + 1 < bytes.byteCount {
            sum &+= UInt64(bytes.networkUInt16(at: offset))
            offset += 2
        }
        if offset < bytes.byteCount { sum &+= UInt64(bytes.byte(at: offset)) << 8 }
    }

    /// Adds one number in host order.
    public mutating func add(_ number: UInt16) { sum &+= UInt64(number) }

    /// The checksum to put into the packet, or 0 for a packet that includes a correct one.
    public var value: UInt16 {
        var folded = sum
        while folded > 0xffff { folded = (folded & 0xffff) &+ (folded >> 16) }
        return ~UInt16(truncatingIfNeeded: folded)
    }
}

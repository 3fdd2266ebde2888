package import Core

/// The IPv6 header of an advertisement (RFC 8200 section 3). Raw sockets deliver none: what receives makes one
/// of what the kernel tells, so that both families look alike from here on.
package struct IPv6Header: Sendable, Equatable {
    package var source: IPv6Address
    package var destination: IPv6Address
    package var hopLimit: UInt8
    package var nextHeader: UInt8
    /// Octets behind the header as the header counts them.
    package var payloadLength: Int

    package static let length = 40
    /// "Internetwork control", as with IPv4.
    private static let trafficClass: UInt8 = 0xc0

    package init(
        source: IPv6Address, destination: IPv6Address, hopLimit: UInt8, nextHeader: UInt8,
        payloadLength: Int
    ) {
        self.source = source
        self.destination = destination
        self.hopLimit = hopLimit
        self.nextHeader = nextHeader
        self.payloadLength = payloadLength
    }

    /// Reads a header; nil when it is none.
    package static func decode(_ packet: RawSpan) -> (header: IPv6Header, payloadStart: Int)? {
        guard packet.byteCount >= length, packet.byte(at: 0) >> 4 == 6 else { return nil }
        let header = IPv6Header(
            source: packet.ipv6Address(at: 8), destination: packet.ipv6Address(at: 24),
            hopLimit: packet.byte(at: 7), nextHeader: packet.byte(at: 6),
            payloadLength: Int(packet.networkUInt16(at: 4)))
        return (header, length)
    }

    /// Forty octets.
    package func encoded() -> [UInt8] {
        [0x60 | IPv6Header.trafficClass >> 4, IPv6Header.trafficClass << 4, 0, 0]
            + UInt16(clamping: payloadLength).networkOctets + [nextHeader, hopLimit]
            + source.octets + destination.octets
    }

    /// What the receive rules want to know.
    package var facts: PacketFacts {
        PacketFacts(
            source: .v6(source), destination: .v6(destination), timeToLive: hopLimit,
            messageLength: payloadLength)
    }
}

extension RawSpan {
    /// Sixteen octets, which the caller has checked to be there.
    func ipv6Address(at offset: Int) -> IPv6Address {
        let words = (0..<4).map { UInt64(networkUInt32(at: offset + 4 * $0)) }
        return IPv6Address(high: words[0] << 32 | words[1], low: words[2] << 32 | words[3])
    }
}

extension PacketFacts {
    /// What the IP header of either family tells, and where the message begins; nil when there is none.
    package static func decode(_ packet: RawSpan) -> (facts: PacketFacts, messageStart: Int)? {
        if let (header, start) = IPv4Header.decode(packet) { return (header.facts, start) }
        if let (header, start) = IPv6Header.decode(packet) { return (header.facts, start) }
        return nil
    }
}

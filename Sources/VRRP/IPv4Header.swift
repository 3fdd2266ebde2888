package import Core

/// The IPv4 header of an advertisement: what raw sockets deliver and, with IP_HDRINCL, expect.
package struct IPv4Header: Sendable, Equatable {
    package var source: IPv4Address
    package var destination: IPv4Address
    package var timeToLive: UInt8
    package var protocolNumber: UInt8
    /// Octets behind the header as the header counts them.
    package var payloadLength: Int

    /// Without options.
    package static let length = 20
    /// "Internetwork control", as keepalived sends.
    private static let typeOfService: UInt8 = 0xc0

    package init(
        source: IPv4Address, destination: IPv4Address, timeToLive: UInt8, protocolNumber: UInt8,
        payloadLength: Int
    ) {
        self.source = source
        self.destination = destination
        self.timeToLive = timeToLive
        self.protocolNumber = protocolNumber
        self.payloadLength = payloadLength
    }

    /// Reads a header and tells where the payload starts; nil when it is no header.
    package static func decode(_ packet: RawSpan) -> (header: IPv4Header, payloadStart: Int)? {
        guard packet.byteCount >= length, packet.byte(at: 0) >> 4 == 4 else { return nil }
        let start = Int(packet.byte(at: 0) & 15) * 4
        guard start >= length, packet.byteCount >= start else { return nil }
        let header = IPv4Header(
            source: IPv4Address(rawValue: packet.networkUInt32(at: 12)),
            destination: IPv4Address(rawValue: packet.networkUInt32(at: 16)),
            timeToLive: packet.byte(at: 8), protocolNumber: packet.byte(at: 9),
            payloadLength: Int(packet.networkUInt16(at: 2)) - start)
        return (header, start)
    }

    /// Twenty octets with checksum, without "don't fragment".
    package func encoded() -> [UInt8] {
        var bytes: [UInt8] = [0x45, IPv4Header.typeOfService]
        bytes += UInt16(clamping: IPv4Header.length + payloadLength).networkOctets
        bytes += [0, 0, 0, 0, timeToLive, protocolNumber, 0, 0]
        bytes += source.octets + destination.octets
        var checksum = InternetChecksum()
        checksum.add(octets: bytes)
        bytes.replaceSubrange(10..<12, with: checksum.value.networkOctets)
        return bytes
    }

    /// What the receive rules want to know.
    package var facts: PacketFacts {
        PacketFacts(
            source: .v4(source), destination: .v4(destination), timeToLive: timeToLive,
            messageLength: payloadLength)
    }
}

package import Core

/// What a packet of ARP or of neighbour discovery says about whose an address is.
package struct AddressClaim: Sendable, Equatable {
    package var address: IPAddress
    package var hardware: MACAddress

    package init(address: IPAddress, hardware: MACAddress) {
        self.address = address
        self.hardware = hardware
    }

    private static let arpLength = 28
    /// IPv6 header, neighbour advertisement, and its option with the link-layer address.
    private static let advertisementLength = 40 + 24 + 8
    private static let icmpv6: UInt8 = 58
    private static let neighborAdvertisement: UInt8 = 136

    /// The sender of an ARP packet without its Ethernet header (RFC 826), request and reply alike; nil when it is
    /// another protocol's. A probe (RFC 5227), whose sender is 0.0.0.0, claims nothing.
    package static func decode(arp packet: RawSpan) -> AddressClaim? {
        guard packet.byteCount >= arpLength, packet.networkUInt16(at: 0) == 1,
            packet.networkUInt16(at: 2) == 0x0800, packet.byte(at: 4) == 6,
            packet.byte(at: 5) == 4
        else { return nil }
        let sender = IPv4Address(rawValue: packet.networkUInt32(at: 14))
        guard sender != .any, let hardware = packet.hardwareAddress(at: 8) else { return nil }
        return AddressClaim(address: .v4(sender), hardware: hardware)
    }

    /// The target of a neighbour advertisement (RFC 4861 section 4.4) with its IPv6 header; nil when it is something
    /// else, or does not say the link-layer address.
    package static func decode(neighborAdvertisement packet: RawSpan) -> AddressClaim? {
        guard packet.byteCount >= advertisementLength, packet.byte(at: 0) >> 4 == 6,
            packet.byte(at: 6) == icmpv6, packet.byte(at: 40) == Self.neighborAdvertisement,
            packet.byte(at: 64) == 2, packet.byte(at: 65) == 1,
            let hardware = packet.hardwareAddress(at: 66)
        else { return nil }
        return AddressClaim(address: .v6(packet.ipv6Address(at: 48)), hardware: hardware)
    }
}

extension RawSpan {
    /// Six octets, which the caller has checked to be there.
    fileprivate func hardwareAddress(at offset: Int) -> MACAddress? {
        MACAddress(octets: (0..<6).map { byte(at: offset + $0) })
    }
}

package import Core

/// The Ethernet frames that tell every host and switch of a link where an address is now.
package enum AnnouncementFrame {
    private static let icmpv6: UInt8 = 58
    /// Neighbour advertisement, RFC 4861 section 4.4.
    private static let neighborAdvertisement: UInt8 = 136
    private static let routerFlag: UInt8 = 0x80
    private static let overrideFlag: UInt8 = 0x20
    /// ff02::1
    private static let allNodes = IPv6Address(high: 0xff02_0000_0000_0000, low: 1)

    /// The frame for an address of either family. `isRouter`: whether the host forwards IPv6, which every
    /// neighbour advertisement tells.
    package static func make(
        for address: IPAddress, hardware: MACAddress, isRouter: Bool
    ) -> [UInt8] {
        switch address {
        case .v4(let address): gratuitousARP(address, hardware)
        case .v6(let address): unsolicitedAdvertisement(address, hardware, isRouter)
        }
    }

    /// RFC 5227 section 3: a broadcast request in which sender and target are the address. The target's
    /// hardware address is keepalived's.
    private static func gratuitousARP(_ address: IPv4Address, _ hardware: MACAddress) -> [UInt8] {
        let request: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 1]
        return MACAddress.broadcast.octets + hardware.octets + [0x08, 0x06] + request
            + hardware.octets + address.octets + MACAddress.broadcast.octets + address.octets
    }

    /// RFC 4861 section 7.2.6: to all nodes, from the address itself, overriding what they know.
    private static func unsolicitedAdvertisement(
        _ address: IPv6Address, _ hardware: MACAddress, _ isRouter: Bool
    ) -> [UInt8] {
        let flags = overrideFlag | (isRouter ? routerFlag : 0)
        // The option is the sender's link-layer address: type 2, one unit of eight octets.
        var message: [UInt8] =
            [neighborAdvertisement, 0, 0, 0, flags, 0, 0, 0] + address.octets + [2, 1]
            + hardware.octets
        var checksum = InternetChecksum()
        checksum.add(octets: message)
        checksum.addPseudoHeader(
            from: .v6(address), to: .v6(allNodes), length: message.count, protocolNumber: icmpv6)
        message.replaceSubrange(2..<4, with: checksum.value.networkOctets)
        let header = IPv6Header(
            source: address, destination: allNodes, hopLimit: 255, nextHeader: icmpv6,
            payloadLength: message.count)
        return [0x33, 0x33, 0, 0, 0, 1] + hardware.octets + [0x86, 0xdd] + header.encoded()
            + message
    }
}

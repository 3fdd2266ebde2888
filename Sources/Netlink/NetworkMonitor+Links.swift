internal import CNetlink
package import Core
package import Linux

/// Interfaces with a MAC address of their own on another interface (macvlan), and settings of interfaces. What
/// sysctls would do goes by netlink: a process that gave its rights up cannot write to /proc.
extension NetworkMonitor {
    /// if_link.h: such interfaces do not hear each other.
    private static let privateMode: UInt32 = 1
    /// IN6_ADDR_GEN_MODE_NONE: no link-local address that every node of the virtual router would have.
    private static let noGeneratedAddress: UInt8 = 1
    private static let interfaceUp: UInt32 = 1
    private static let ipv4: UInt16 = 2
    private static let ipv6: UInt16 = 10

    /// Makes a macvlan `name` on the interface `parent`, switched off; one that is there already with that parent
    /// and address is used. Needs CAP_NET_ADMIN.
    package func makeVirtualLink(
        _ name: String, on parent: Int32, hardware: MACAddress
    ) throws(Errno) {
        let present = table.link(named: name)
        if let present, present.parent != parent || present.hardwareAddress != hardware {
            throw .exists
        }
        if present == nil {
            try request(
                NetlinkMessage(
                    Int(RTM_NEWLINK), flags: UInt32(NLM_F_CREATE | NLM_F_EXCL), body: link(0),
                    [
                        .text(UInt16(IFLA_IFNAME), name),
                        .number(UInt16(IFLA_LINK), UInt32(bitPattern: parent)),
                        .bytes(UInt16(IFLA_ADDRESS), hardware.octets),
                        .nested(
                            UInt16(IFLA_LINKINFO),
                            [
                                .text(UInt16(IFLA_INFO_KIND), "macvlan"),
                                .nested(
                                    UInt16(IFLA_INFO_DATA),
                                    [
                                        .number(
                                            UInt16(IFLA_MACVLAN_MODE), NetworkMonitor.privateMode)
                                    ]),
                            ]),
                    ]))
            try refresh()
        }
        guard let index = table.link(named: name)?.index else { throw .noDevice }
        // Requests arrive here, and the way back to the client leads through the parent.
        try set(
            index, ipv4: [(UInt16(IPV4_DEVCONF_RP_FILTER), 0)],
            ipv6: [.bytes(UInt16(IFLA_INET6_ADDR_GEN_MODE), [NetworkMonitor.noGeneratedAddress])])
    }

    /// Switches an interface on or off.
    package func setLink(_ index: Int32, isUp: Bool) throws(Errno) {
        try request(
            NetlinkMessage(
                Int(RTM_NEWLINK),
                body: link(
                    index, flags: isUp ? NetworkMonitor.interfaceUp : 0,
                    of: NetworkMonitor.interfaceUp), []))
        try refresh()
    }

    /// Takes a macvlan away, and its addresses with it; one that is gone is no error.
    package func removeVirtualLink(_ name: String) throws(Errno) {
        guard let link = table.link(named: name), link.parent != nil else { return }
        do throws(Errno) {
            try request(NetlinkMessage(Int(RTM_DELLINK), body: self.link(link.index), []))
        } catch .noDevice {}
        try refresh()
    }

    /// net.ipv4.conf.NAME.arp_ignore: 1 answers only for addresses of the interface itself.
    package func setARPIgnore(_ value: Int32, of index: Int32) throws(Errno) {
        try set(
            index,
            ipv4: [(UInt16(IPV4_DEVCONF_ARP_IGNORE), UInt32(bitPattern: value))], ipv6: [])
    }

    private func set(
        _ index: Int32, ipv4: [(UInt16, UInt32)], ipv6: [NetlinkAttribute]
    ) throws(Errno) {
        var families: [NetlinkAttribute] = [
            .nested(
                NetworkMonitor.ipv4,
                [
                    .nested(
                        UInt16(IFLA_INET_CONF),
                        ipv4.map { NetlinkAttribute.number($0.0, $0.1) })
                ])
        ]
        if !ipv6.isEmpty { families.append(.nested(NetworkMonitor.ipv6, ipv6)) }
        try request(
            NetlinkMessage(
                Int(RTM_NEWLINK), body: link(index),
                [.nested(UInt16(IFLA_AF_SPEC), families)]))
    }

    /// struct ifinfomsg: family, type, index, flags and which of them change.
    private func link(_ index: Int32, flags: UInt32 = 0, of mask: UInt32 = 0) -> [UInt8] {
        [0, 0] + UInt16(0).hostOctets + index.hostOctets + flags.hostOctets + mask.hostOctets
    }
}

internal import CNetlink
internal import Core

/// From the kernel's messages. Lengths are checked although the kernel is honest: libnl hands out pointers.
extension NetworkChange {
    fileprivate static let addressFamilyIPv4: UInt8 = 2
    fileprivate static let addressFamilyIPv6: UInt8 = 10

    /// nil for messages that are neither about links nor about addresses.
    init?(_ message: OpaquePointer) {
        guard let header = unsafe nlmsg_hdr(message) else { return nil }
        switch unsafe Int(header.pointee.nlmsg_type) {
        case Int(RTM_NEWLINK):
            guard let link = unsafe Link(header) else { return nil }
            self = .link(link)
        case Int(RTM_DELLINK):
            guard let link = unsafe Link(header) else { return nil }
            self = .linkRemoved(index: link.index)
        case Int(RTM_NEWADDR):
            guard let address = unsafe InterfaceAddress(header) else { return nil }
            self = .address(address)
        case Int(RTM_DELADDR):
            guard let address = unsafe InterfaceAddress(header) else { return nil }
            self = .addressRemoved(address)
        case Int(RTM_DELROUTE):
            let fixed = MemoryLayout<rtmsg>.size
            guard unsafe nlmsg_valid_hdr(header, Int32(fixed)) != 0,
                let data = unsafe nlmsg_data(header)
            else { return nil }
            let route = unsafe data.loadUnaligned(as: rtmsg.self)
            self = .routeRemoved(protocolNumber: route.rtm_protocol)
        case Int(RTM_DELRULE):
            let attributes = unsafe Attributes(header, MemoryLayout<rtmsg>.size)
            self = .routeRemoved(
                protocolNumber: attributes.octets(Int32(FRA_PROTOCOL))?.first ?? 0)
        default: return nil
        }
    }

    fileprivate static func address(_ octets: [UInt8]?, family: UInt8) -> IPAddress? {
        guard let octets else { return nil }
        switch (family, octets.count) {
        case (addressFamilyIPv4, 4):
            return .v4(IPv4Address(rawValue: octets.reduce(0) { $0 << 8 | UInt32($1) }))
        case (addressFamilyIPv6, 16):
            return .v6(
                IPv6Address(
                    high: octets[0..<8].reduce(0) { $0 << 8 | UInt64($1) },
                    low: octets[8..<16].reduce(0) { $0 << 8 | UInt64($1) }))
        default: return nil
        }
    }
}

extension Link {
    // linux/if.h, which Glibc's net/if.h contradicts.
    private static let up: UInt32 = 0x1
    private static let loopback: UInt32 = 0x8
    private static let running: UInt32 = 0x40
    /// Place of DEVCONF_FORWARDING of linux/ipv6.h, which Glibc contradicts, too.
    private static let forwarding = 0

    fileprivate init?(_ header: UnsafeMutablePointer<nlmsghdr>) {
        let fixed = MemoryLayout<ifinfomsg>.size
        guard unsafe nlmsg_valid_hdr(header, Int32(fixed)) != 0,
            let data = unsafe nlmsg_data(header)
        else { return nil }
        let information = unsafe data.loadUnaligned(as: ifinfomsg.self)
        // Bridges report their ports a second time under a family of their own.
        guard information.ifi_family == 0,
            let name = unsafe Attributes(header, fixed).text(Int32(IFLA_IFNAME))
        else { return nil }
        let attributes = unsafe Attributes(header, fixed)
        let octets = attributes.octets(Int32(IFLA_ADDRESS))
        let families = attributes.octets(Int32(IFLA_AF_SPEC)) ?? []
        self.init(
            index: information.ifi_index, name: name,
            isUp: information.ifi_flags & Link.up != 0,
            isRunning: information.ifi_flags & Link.running != 0,
            isLoopback: information.ifi_flags & Link.loopback != 0,
            hardwareAddress: octets.flatMap { MACAddress(octets: $0) },
            parent: attributes.octets(Int32(IFLA_LINK)).map(Link.number),
            forwardsIPv6: Link.setting(
                NetlinkAttribute.find(UInt16(NetworkChange.addressFamilyIPv6), in: families)
                    .flatMap { NetlinkAttribute.find(UInt16(IFLA_INET6_CONF), in: $0) },
                at: Link.forwarding) == 1,
            arpIgnore: Link.setting(
                NetlinkAttribute.find(UInt16(NetworkChange.addressFamilyIPv4), in: families)
                    .flatMap { NetlinkAttribute.find(UInt16(IFLA_INET_CONF), in: $0) },
                at: Int(IPV4_DEVCONF_ARP_IGNORE) - 1))
    }

    /// One of the numbers of a device's settings: the kernel sends them as an array.
    private static func setting(_ array: [UInt8]?, at place: Int) -> Int32? {
        guard let array, array.count >= place * 4 + 4 else { return nil }
        return number(Array(array[(place * 4)..<(place * 4 + 4)]))
    }

    fileprivate static func number(_ octets: [UInt8]) -> Int32 {
        guard octets.count >= 4 else { return 0 }
        return unsafe octets.withUnsafeBytes { unsafe $0.loadUnaligned(as: Int32.self) }
    }
}

extension InterfaceAddress {
    fileprivate init?(_ header: UnsafeMutablePointer<nlmsghdr>) {
        let fixed = MemoryLayout<ifaddrmsg>.size
        guard unsafe nlmsg_valid_hdr(header, Int32(fixed)) != 0,
            let data = unsafe nlmsg_data(header)
        else { return nil }
        let information = unsafe data.loadUnaligned(as: ifaddrmsg.self)
        let attributes = unsafe Attributes(header, fixed)
        // IFA_ADDRESS is the other end on point-to-point links; IFA_LOCAL is ours where it is given.
        let octets =
            attributes.octets(Int32(IFA_LOCAL)) ?? attributes.octets(Int32(IFA_ADDRESS))
        guard
            let address = NetworkChange.address(octets, family: information.ifa_family),
            let prefix = IPPrefix(address, length: Int(information.ifa_prefixlen)),
            let index = Int32(exactly: information.ifa_index)
        else { return nil }
        var broadcast: IPv4Address?
        if case .v4(let address)? = NetworkChange.address(
            attributes.octets(Int32(IFA_BROADCAST)), family: information.ifa_family)
        {
            broadcast = address
        }
        self.init(
            linkIndex: index, prefix: prefix, broadcast: broadcast,
            label: attributes.text(Int32(IFA_LABEL)), scope: information.ifa_scope,
            mark: attributes.octets(Int32(IFA_PROTO))?.first ?? 0,
            flags: InterfaceAddress.known
                & (attributes.octets(Int32(IFA_FLAGS)).map {
                    UInt32(bitPattern: Link.number($0))
                } ?? UInt32(information.ifa_flags)))
    }
}

/// The attributes behind the fixed part of a message; valid while the message is.
@safe
private struct Attributes {
    private let header: UnsafeMutablePointer<nlmsghdr>
    private let fixed: Int32

    init(_ header: UnsafeMutablePointer<nlmsghdr>, _ fixed: Int) {
        unsafe self.header = unsafe header
        self.fixed = Int32(fixed)
    }

    func octets(_ type: Int32) -> [UInt8]? {
        guard let attribute = unsafe nlmsg_find_attr(header, fixed, type),
            let data = unsafe nla_data(attribute)
        else { return nil }
        return unsafe Array(
            UnsafeRawBufferPointer(start: data, count: Int(max(0, nla_len(attribute)))))
    }

    func text(_ type: Int32) -> String? {
        octets(type).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

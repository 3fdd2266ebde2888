internal import CNetlink
internal import Core
package import Linux

/// Routes and rules. Needs CAP_NET_ADMIN.
extension NetworkMonitor {
    /// Adds a route before those that are there; an equal one is no error.
    package func add(_ route: Route) throws(Errno) {
        do throws(Errno) {
            try request(
                NetlinkMessage(
                    Int(RTM_NEWROUTE), flags: UInt32(NLM_F_CREATE), body: route.header(),
                    route.attributes))
        } catch .exists {}
    }

    /// The request that takes a route away, for another process.
    package static func removalMessage(_ route: Route) throws(Errno) -> [UInt8] {
        try removal(route).bytes
    }

    /// The same for a rule.
    package static func removalMessage(_ rule: RoutingRule) throws(Errno) -> [UInt8] {
        try removal(rule).bytes
    }

    /// Sends a request of `removalMessage` that another process made. Nothing but removals of routes and rules is sent;
    /// what is gone is no error.
    package func send(removal message: [UInt8]) throws(Errno) {
        // struct nlmsghdr: length 4, type 2, flags 2, number 4, sender 4.
        guard message.count > NetworkMonitor.headerBytes else { throw .invalid }
        let type = Int(message[4]) | Int(message[5]) << 8
        guard type == Int(RTM_DELROUTE) || type == Int(RTM_DELRULE) else { throw .invalid }
        do throws(Errno) {
            try request(
                NetlinkMessage(type, body: Array(message[NetworkMonitor.headerBytes...]), []))
        } catch .noProcess {} catch .noDevice {} catch .noEntry {} catch .addressNotAvailable {}
    }

    private static let headerBytes = 16

    private static func removal(_ route: Route) throws(Errno) -> NetlinkMessage {
        try NetlinkMessage(
            Int(RTM_DELROUTE), body: route.header(isRemoval: true), route.attributes)
    }

    private static func removal(_ rule: RoutingRule) throws(Errno) -> NetlinkMessage {
        try NetlinkMessage(Int(RTM_DELRULE), body: rule.header, rule.attributes)
    }

    /// Takes a route away; one that is gone is no error.
    package func remove(_ route: Route) throws(Errno) {
        do throws(Errno) {
            try request(NetworkMonitor.removal(route))
        } catch .noProcess {} catch .noDevice {} catch .noEntry {}
    }

    /// Adds a rule; an equal one is no error.
    package func add(_ rule: RoutingRule) throws(Errno) {
        do throws(Errno) {
            try request(
                NetlinkMessage(
                    Int(RTM_NEWRULE), flags: UInt32(NLM_F_CREATE | NLM_F_EXCL), body: rule.header,
                    rule.attributes))
        } catch .exists {}
    }

    /// Takes a rule away; one that is gone is no error.
    package func remove(_ rule: RoutingRule) throws(Errno) {
        do throws(Errno) {
            try request(NetworkMonitor.removal(rule))
        } catch .noEntry {}
    }
}

extension IPAddress {
    /// AF_INET, AF_INET6
    fileprivate var family: UInt8 { isIPv4 ? 2 : 10 }
}

extension UInt32 {
    /// A table's number in its old place, one octet: RT_TABLE_UNSPEC where it does not fit.
    fileprivate var tableOctet: UInt8 { UInt8(exactly: self) ?? 0 }
}

extension Route {
    private static let anyScope: UInt8 = 255
    private static let linkScope: UInt8 = 253
    private static let onLinkFlag: UInt32 = 4

    /// struct rtmsg
    fileprivate func header(isRemoval: Bool = false) -> [UInt8] {
        let isDirect = kind == .unicast && gateway == nil && destination.address.isIPv4
        let scope = isRemoval ? Route.anyScope : scope ?? (isDirect ? Route.linkScope : 0)
        let flags = isOnLink ? Route.onLinkFlag : 0
        return [
            destination.address.family, UInt8(clamping: destination.length), 0, 0,
            table.tableOctet, protocolNumber, scope, kind.rawValue,
        ] + flags.hostOctets
    }

    fileprivate var attributes: [NetlinkAttribute] {
        var result = [NetlinkAttribute.number(UInt16(RTA_TABLE.rawValue), table)]
        if destination.length > 0 {
            result.append(.bytes(UInt16(RTA_DST.rawValue), destination.address.octets))
        }
        if let gateway { result.append(.bytes(UInt16(RTA_GATEWAY.rawValue), gateway.octets)) }
        if let linkIndex {
            result.append(.number(UInt16(RTA_OIF.rawValue), UInt32(bitPattern: linkIndex)))
        }
        if let source { result.append(.bytes(UInt16(RTA_PREFSRC.rawValue), source.octets)) }
        if let metric { result.append(.number(UInt16(RTA_PRIORITY.rawValue), metric)) }
        if let mtu {
            result.append(
                .nested(UInt16(RTA_METRICS.rawValue), [.number(UInt16(RTAX_MTU), mtu)]))
        }
        return result
    }
}

extension RoutingRule {
    private static let invertedFlag: UInt32 = 2

    /// struct fib_rule_hdr
    fileprivate var header: [UInt8] {
        let flags = isInverted ? RoutingRule.invertedFlag : 0
        return [
            isIPv4 ? 2 : 10, UInt8(clamping: destination?.length ?? 0),
            UInt8(clamping: source?.length ?? 0), 0, action == .lookup ? table.tableOctet : 0, 0, 0,
            action.rawValue,
        ] + flags.hostOctets
    }

    fileprivate var attributes: [NetlinkAttribute] {
        var result: [NetlinkAttribute] = [
            .number(UInt16(FRA_PRIORITY), preference),
            .bytes(UInt16(FRA_PROTOCOL), [InterfaceAddress.ourMark]),
        ]
        if action == .lookup { result.append(.number(UInt16(FRA_TABLE), table)) }
        if let source, source.length > 0 {
            result.append(.bytes(UInt16(FRA_SRC), source.address.octets))
        }
        if let destination, destination.length > 0 {
            result.append(.bytes(UInt16(FRA_DST), destination.address.octets))
        }
        if let inputInterface { result.append(.text(UInt16(FRA_IIFNAME), inputInterface)) }
        if let outputInterface { result.append(.text(UInt16(FRA_OIFNAME), outputInterface)) }
        if let mark { result.append(.number(UInt16(FRA_FWMARK), mark)) }
        if let markMask { result.append(.number(UInt16(FRA_FWMASK), markMask)) }
        return result
    }
}

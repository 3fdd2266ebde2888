package import Core

/// A route, as rtnetlink(7) has it.
package struct Route: Sendable, Hashable {
    package enum Kind: UInt8, Sendable {
        case unicast = 1
        case blackhole = 6
        case unreachable = 7
        case prohibit = 8
        case `throw` = 9
    }

    package var kind = Kind.unicast
    /// Of length 0: the default route.
    package var destination: IPPrefix
    package var gateway: IPAddress?
    package var linkIndex: Int32?
    /// What packets of this host come from.
    package var source: IPAddress?
    /// 254: main.
    package var table: UInt32 = 254
    /// Which of several routes to one destination counts: the lowest.
    package var metric: UInt32?
    /// nil: 253 (link) for IPv4 without a gateway, else 0 (everywhere).
    package var scope: UInt8?
    /// Who made it.
    package var protocolNumber: UInt8 = InterfaceAddress.ourMark
    package var mtu: UInt32?
    /// The gateway is on the link although no network says so.
    package var isOnLink = false

    package init(to destination: IPPrefix) { self.destination = destination }
}

/// A rule of which table of routes counts for which packets.
package struct RoutingRule: Sendable, Hashable {
    package enum Action: UInt8, Sendable {
        case lookup = 1
        case blackhole = 6
        case unreachable = 7
        case prohibit = 8
    }

    package var isIPv4: Bool
    package var action = Action.lookup
    package var source: IPPrefix?
    package var destination: IPPrefix?
    package var inputInterface: String?
    package var outputInterface: String?
    package var mark: UInt32?
    package var markMask: UInt32?
    package var table: UInt32 = 254
    /// Rules count in the order of these.
    package var preference: UInt32
    /// `not`
    package var isInverted = false

    package init(isIPv4: Bool, preference: UInt32) {
        self.isIPv4 = isIPv4
        self.preference = preference
    }
}

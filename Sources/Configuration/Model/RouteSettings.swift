package import Core

/// A line of `virtual_routes` or `static_routes`.
package struct RouteSettings: Sendable, Hashable {
    package enum Kind: Sendable { case unicast, blackhole, unreachable, prohibit, `throw` }

    package var kind = Kind.unicast
    /// Of length 0: the default route.
    package var destination: IPPrefix
    /// `via`
    package var gateway: IPAddress?
    /// `dev`
    package var device: String?
    /// `src`
    package var source: IPAddress?
    package var table: UInt32 = RouteSettings.mainTable
    package var metric: UInt32?
    /// rtnetlink(7); nil: what `ip route` chooses.
    package var scope: UInt8?
    /// `proto`; nil: ours.
    package var protocolNumber: UInt8?
    package var mtu: UInt32?
    package var isOnLink = false

    package init(destination: IPPrefix) { self.destination = destination }

    package static let mainTable: UInt32 = 254
}

/// A line of `virtual_rules` or `static_rules`.
package struct RuleSettings: Sendable, Hashable {
    package enum Action: Sendable { case lookup, blackhole, unreachable, prohibit }

    package var isIPv4 = true
    package var action = Action.lookup
    package var source: IPPrefix?
    package var destination: IPPrefix?
    package var inputInterface: String?
    package var outputInterface: String?
    package var mark: UInt32?
    package var markMask: UInt32?
    package var table: UInt32 = RouteSettings.mainTable
    package var preference: UInt32
    package var isInverted = false

    package init(preference: UInt32) { self.preference = preference }
}

/// What is there as long as the daemon runs, whoever is master.
package struct FixedSettings: Sendable, Equatable {
    package var addresses: [VirtualAddress] = []
    package var routes: [RouteSettings] = []
    package var rules: [RuleSettings] = []

    package init() {}

    package var isEmpty: Bool { addresses.isEmpty && routes.isEmpty && rules.isEmpty }
}

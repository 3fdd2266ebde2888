package import Core
package import VRRP

/// The VRRP half at one moment, for `show vrrp` and keepalived's dumps. Holds no password.
package struct FailoverStatus: Sendable, Equatable {
    package var instances: [Instance] = []
    /// Advertisements for virtual routers that we do not have.
    package var unknownRouters: UInt64 = 0

    package init() {}

    /// One virtual router.
    package struct Instance: Sendable, Equatable {
        package var name: String
        package var state: VirtualRouter.State
        package var wantsMaster: Bool
        package var version: ProtocolVersion
        package var interface: String
        package var virtualRouterID: UInt8
        package var basePriority: UInt8
        package var effectivePriority: UInt8
        package var advertisementInterval: Duration
        /// What packets come from; nil while there is no address.
        package var sourceAddress: IPAddress?
        /// The master that we follow, or the rival that we heard last.
        package var peer: Peer?
        package var preempts: Bool
        package var preemptDelay: Duration
        package var usesPassword: Bool
        package var addresses: [Address]
        package var trackers: [Tracker]
        package var counters: InstanceCounters
        /// Newest last; the newest one tells since when and why.
        package var transitions: [Transition]
        package var garp: AnnouncementSettings
        /// Why this master may not be the only one, as the log has it.
        package var doubt: String?
    }

    package struct Peer: Sendable, Equatable {
        package var address: IPAddress
        package var priority: UInt8
        package var interval: Duration
        /// Time since its last advertisement.
        package var silence: Duration
    }

    package struct Address: Sendable, Equatable {
        /// `10.0.0.50/32 dev eth0 scope global`, as keepalived writes it.
        package var text: String
        package var prefix: IPPrefix
        package var isHeld: Bool
        /// In the packets, not only on the interface.
        package var isAdvertised: Bool
    }

    package struct Transition: Sendable, Equatable {
        package var state: VirtualRouter.State
        /// Nanoseconds since 1970.
        package var realtime: Int64
        package var cause: String
    }

    /// Transitions that are remembered for each virtual router.
    package static let transitionLimit = 32
}

package import Core
package import Diagnostics
package import VRRP

/// The keepalived half of a configuration (keepalived.conf(5)), VRRP only.
package struct VRRPSettings: Sendable, Equatable {
    package var routerID: String?
    package var scripts: [VRRPScriptSettings] = []
    package var files: [TrackFileSettings] = []
    package var processes: [TrackProcessSettings] = []
    package var instances: [VirtualRouterSettings] = []
    package var syncGroups: [SyncGroupSettings] = []
    package var fifos: [NotifyFIFOSettings] = []
    /// `fifo_write_vrrp_states_on_reload`
    package var fifoTellsStatesOnReload = false
    /// `enable_script_security`
    package var scriptSecurity = false
    /// `script_user`, else `keepalived_script` where it exists, else root; nil: security forbids root, so no
    /// script runs that names nobody.
    package var scriptUser: ScriptUser?
    /// `vrrp_startup_delay`
    package var startupDelay: Duration = .zero
    /// `static_ipaddress`, `static_routes`, `static_rules`: there as long as the daemon runs.
    package var fixed = FixedSettings()
    /// Ours: `max_learned_interval`; nil: 10 × the instance's own, at least 1 s.
    package var maxLearnedInterval: Duration?

    package init() {}

    /// A virtual router and those that share a sync group with it.
    package func companions(of name: String) -> Set<String> {
        syncGroups.filter { $0.members.contains(name) }
            .reduce(into: [name]) { $0.formUnion($1.members) }
    }
}

/// A user and group that scripts run as.
package struct ScriptUser: Sendable, Equatable {
    package var name: String
    package var userID: UInt32
    package var groupID: UInt32

    package init(name: String, userID: UInt32, groupID: UInt32) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
    }
}

/// `vrrp_script NAME`
package struct VRRPScriptSettings: Sendable, Equatable {
    package var name: String
    /// The words of `script`; the first one is never resolved through symlinks.
    package var command: [String]
    package var interval: Duration = .seconds(1)
    /// nil: as `interval`.
    package var timeout: Duration?
    /// -253 … 253; 0: FAULT when it fails.
    package var weight = 0
    package var weightReverse = false
    package var rise = 1
    package var fall = 1
    /// nil only where it is not run because it asks for the proxy.
    package var user: ScriptUser?
    package var initFail = false
    package var range: SourceRange

    package init(name: String, command: [String], range: SourceRange) {
        self.name = name
        self.command = command
        self.range = range
    }

    /// Whether it only asks if HAProxy runs, which the health board knows better: `killall -0 haproxy`,
    /// `pidof haproxy`, `pgrep haproxy` in their usual spellings.
    package var asksForProxy: Bool {
        let program = command.first?.split(separator: "/").last.map(String.init)
        let rest = command.dropFirst().filter { $0 != "-x" }
        switch program {
        case "killall": return Array(rest) == ["-0", "haproxy"]
        case "pidof", "pgrep": return Array(rest) == ["haproxy"]
        default: return false
        }
    }
}

/// `vrrp_instance NAME` with the global defaults applied.
package struct VirtualRouterSettings: Sendable, Equatable {
    package enum Version: UInt8, Sendable { case v2 = 2, v3 = 3 }

    package var name: String
    package var version: Version = .v2
    /// `state MASTER`
    package var wantsMaster = false
    /// nil only where unicast needs none.
    package var interface: String?
    package var virtualRouterID: UInt8
    /// 1 … 255; 255 owns the addresses.
    package var priority: UInt8 = 100
    package var advertisementInterval: Duration = .seconds(1)
    /// In the packets and on the interface.
    package var addresses: [VirtualAddress] = []
    /// On the interface only.
    package var excludedAddresses: [VirtualAddress] = []
    /// `virtual_routes`, `virtual_rules`: there while master.
    package var routes: [RouteSettings] = []
    package var rules: [RuleSettings] = []
    /// `auth_type PASS`, at most 8 bytes; never logged.
    package var password: VRRPPassword?
    /// `auth_hmac`
    package var signature: SignatureSettings?
    package var preempts = true
    package var preemptDelay: Duration = .zero
    package var trackScripts: [TrackedName] = []
    package var trackFiles: [TrackedName] = []
    package var trackProcesses: [TrackedName] = []
    package var trackInterfaces: [TrackedInterface] = []
    /// Ours: `track_proxy`; nil: weight 0 by itself when the process has a proxy section.
    package var trackProxy: TrackProxySettings?
    package var dontTrackPrimary = false
    package var garp = GratuitousARPSettings()
    package var notify = NotifySettings()
    package var lowerPriorityNoAdvertisement = false
    /// keepalived's default is off, ours on.
    package var higherPrioritySendAdvertisement = true
    package var isStrict = false
    package var skipsAddressListCheck = false
    package var unicastSource: IPAddress?
    package var unicastPeers: [IPAddress] = []
    /// `min_ttl`, `max_ttl` of peers that have them.
    package var unicastPeerTimeToLive: [IPAddress: ClosedRange<UInt8>] = [:]
    /// `owner_ignore_adverts`
    package var ownerIgnoresAdvertisements = false
    /// `unicast_ttl`
    package var unicastTimeToLive: UInt8 = 255
    /// Ours: `fast_hand_over`; nil: where there is one unicast peer.
    package var handsOverFast: Bool?
    package var multicastSource: IPAddress?
    /// The protocol's own: 224.0.0.18, ff02::12.
    package var multicastGroup = VirtualRouterSettings.usualGroup(isIPv4: true)
    /// The family of the packets: that of the first virtual address, or what `native_ipv6` says.
    package var isIPv4 = true
    /// `use_vmac`
    package var virtualMAC: VirtualMACSettings?
    /// `v3_checksum_as_v2`
    package var v3ChecksumAsV2 = false
    package var downTimerAdvertisements = 3
    package var range: SourceRange

    package init(name: String, virtualRouterID: UInt8, range: SourceRange) {
        self.name = name
        self.virtualRouterID = virtualRouterID
        self.range = range
    }

    package static func usualGroup(isIPv4: Bool) -> IPAddress {
        isIPv4
            ? .v4(IPv4Address(rawValue: 0xe000_0012))
            : .v6(IPv6Address(high: 0xff02_0000_0000_0000, low: 0x12))
    }

    /// Where addresses are held that name no interface, and packets leave.
    package var addressInterface: String? { virtualMAC?.name ?? interface }
}

/// `use_vmac`: an interface of its own, with the MAC address that belongs to the virtual router.
package struct VirtualMACSettings: Sendable, Equatable {
    package var name: String
    package var hardware: MACAddress
    /// `vmac_xmit_base`: advertisements leave by the interface below.
    package var transmitsFromBase = false

    package init(name: String, hardware: MACAddress) {
        self.name = name
        self.hardware = hardware
    }

    /// RFC 9568 section 7.3.
    package static func address(isIPv4: Bool, virtualRouterID: UInt8) -> MACAddress {
        MACAddress(rawValue: (isIPv4 ? 0x5e_0001_00 : 0x5e_0002_00) | UInt64(virtualRouterID))
    }
}

/// A line of `virtual_ipaddress`.
package struct VirtualAddress: Sendable, Hashable {
    /// With /32 or /128 where the file has no mask.
    package var prefix: IPPrefix
    /// `dev`; nil: the instance's interface.
    package var device: String?
    package var label: String?
    /// `scope`: 0 global, 253 link, 254 host.
    package var scope: UInt8 = 0
    /// `brd`
    package var broadcast: IPv4Address?
    package var isTracked = true
    /// IFA_F_ flags of if_addr.h: `home`, `mngtmpaddr`, `noprefixroute`, `autojoin`.
    package var flags: UInt32 = 0
    /// `preferred_lft`, in seconds; nil: 0 (deprecated, never chosen as a source) for an IPv6 address without a
    /// network (/128), for ever else.
    package var preferredLifetime: UInt32?

    package init(prefix: IPPrefix) { self.prefix = prefix }
}

/// A password of `auth_pass`: comparable, never printable.
package struct VRRPPassword: Sendable, Equatable, CustomStringConvertible {
    /// At most 8 bytes.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = Array(bytes.prefix(8)) }

    package var description: String { "…" }
}

/// A name in `track_interface`.
package struct TrackedInterface: Sendable, Equatable {
    package var name: String
    /// 0: FAULT while it is down.
    package var weight = 0
    package var reverse = false

    package init(name: String) { self.name = name }
}

/// Ours: `track_proxy { weight N; backend NAME weight N; frontend NAME }`.
package struct TrackProxySettings: Sendable, Equatable {
    package struct Target: Sendable, Equatable {
        package enum Kind: Sendable { case frontend, backend }
        package var kind: Kind
        package var name: String
        package var weight: Int

        package init(kind: Kind, name: String, weight: Int) {
            self.kind = kind
            self.name = name
            self.weight = weight
        }
    }

    /// What a stalled engine or a lost listener does: 0 FAULT.
    package var weight = 0
    package var targets: [Target] = []

    package init() {}
}

/// `garp_*`
package struct GratuitousARPSettings: Sendable, Equatable {
    package var masterDelay: Duration = .seconds(5)
    package var masterRepeat = 5
    package var masterRefresh: Duration = .zero
    package var masterRefreshRepeat = 1
    /// nil: as `masterDelay`.
    package var lowerPriorityDelay: Duration?
    package var lowerPriorityRepeat: Int?
    /// Between two announcements on one interface.
    package var interval: Duration = .zero
    /// `vrrp_gna_interval`: the same for IPv6.
    package var neighborInterval: Duration = .zero

    package init() {}
}

/// `notify_*`
package struct NotifySettings: Sendable, Equatable {
    package struct Script: Sendable, Equatable {
        package var command: [String]
        package var user: ScriptUser?

        package init(command: [String], user: ScriptUser? = nil) {
            self.command = command
            self.user = user
        }
    }

    package var master: Script?
    package var backup: Script?
    package var fault: Script?
    package var stop: Script?
    package var deleted: Script?
    package var masterRxLowerPriority: Script?
    /// `notify_deleted`: a reload that removes the instance is told as DELETED, not as FAULT.
    package var tellsDeletion = false
    /// `notify_priority_changes`: FIFOs get a line for every change of the priority.
    package var tellsPriorities = false
    /// `notify`: gets four more arguments.
    package var any: Script?

    package init() {}
}

/// `vrrp_sync_group NAME`
package struct SyncGroupSettings: Sendable, Equatable {
    package var name: String
    package var members: [String]
    package var notify = NotifySettings()
    package var range: SourceRange

    package init(name: String, members: [String], range: SourceRange) {
        self.name = name
        self.members = members
        self.range = range
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import Netlink
internal import VRRP

/// One virtual router of the configuration with everything that belongs to it on this host.
internal final class Instance {
    private(set) var settings: VirtualRouterSettings
    private(set) var rules: ReceiveRules
    var router: VirtualRouter
    var board: TrackerBoard
    var counters = InstanceCounters()
    /// Signs of a second master, or of nobody at all.
    var doubts: MasterDoubts
    let holder: AddressHolder
    let routes: RouteHolder
    /// The sockets that it uses; nil while there is no interface.
    var socket: AdvertisementSocket?
    var linkIndex: Int32?
    /// Those of the interface with the virtual MAC address, while that is on.
    var virtualSocket: AdvertisementSocket?
    /// While it holds addresses: who else claims them.
    var claimWatches: [UInt32: ClaimWatch] = [:]
    /// `auth_hmac`: the numbers of our own packets, and the last ones of others.
    var sequence = SignatureSequence()
    var replayMarks = ReplayMarks()
    /// The first number of the signed packets that a guard holds ready, and when they get new ones.
    var preparedSequence: UInt64?
    var signaturesDue = Instant(nanoseconds: 0)
    private var prepared: PreparedPackets?
    /// Where the handler of fatal signals has our last packets.
    var lastWordSlots = 0..<0
    /// By what packets leave.
    var sender: AdvertisementSender?
    var sourceAddress: IPAddress?
    /// What was said of a configured one that is not here.
    var missingSource: IPAddress?
    /// What makes this master doubt that it is the only one, as it was said.
    var doubt: String?
    var transitions: [FailoverStatus.Transition] = []
    /// Its first event was given; before, the record tells of the process before us.
    var hasStarted = false
    /// A reload removes it.
    var isRetiring = false
    /// What an operator wants, and the command that waits for it.
    var wish: Wish?
    var job: MoveJob?
    /// The last log line that told a reason for a change.
    var lastCause = ""
    /// Kinds of refusal and of trouble that were told since the master changed.
    private var said: Set<Rejection.Kind> = []
    private var saidPeer: IPAddress?
    var saysSendFailure = true
    var saysVirtualLink = true

    init(
        _ settings: VirtualRouterSettings, maximumLearned: Duration?, trackers: [Tracker],
        monitor: NetworkMonitor, now: Instant
    ) {
        self.settings = settings
        rules = settings.receiveRules(maximumLearned: maximumLearned)
        doubts = MasterDoubts(interval: settings.advertisementInterval)
        holder = AddressHolder(monitor)
        routes = RouteHolder(monitor)
        board = TrackerBoard(basePriority: settings.priority, trackers: trackers)
        router = VirtualRouter(
            settings: settings.protocolSettings, assessment: board.assessment, now: now)
    }

    var name: String { settings.name }

    /// Whether packets of these sockets are for this router: with a virtual MAC address it hears each one twice.
    func listens(to other: AdvertisementSocket) -> Bool { (virtualSocket ?? socket) === other }
    func uses(_ other: AdvertisementSocket) -> Bool { socket === other || virtualSocket === other }

    /// Everything that goes onto interfaces.
    var allAddresses: [VirtualAddress] { settings.addresses + settings.excludedAddresses }

    /// New settings of the same router: known trackers keep their state.
    func reconfigure(
        _ new: VirtualRouterSettings, maximumLearned: Duration?, trackers: [Tracker]
    ) {
        let onLink = rules.onLink
        let own = rules.ownAddresses
        settings = new
        rules = new.receiveRules(maximumLearned: maximumLearned)
        rules.onLink = onLink
        rules.ownAddresses = own
        var board = TrackerBoard(basePriority: new.priority, trackers: trackers)
        for tracker in self.board.trackers { board.report(tracker.subject, tracker.state) }
        self.board = board
    }

    /// Looks at the links and addresses: which interface, which source, what is down.
    func look(at table: NetworkTable, virtual: Set<IPAddress>) {
        let link = settings.interface.flatMap { table.link(named: $0) }
        linkIndex = link?.index
        let own = link.map { table.addresses(of: $0.index) } ?? []
        // The owner of an address (priority 255) has it by itself: only ours are no addresses of the host.
        let real = own.filter {
            !virtual.contains($0.prefix.address) || $0.mark != InterfaceAddress.ourMark
        }
        rules.ownAddresses = real.map(\.prefix.address)
        // A host with nothing but its own address (/32) says nothing about who is on the link.
        rules.onLink =
            settings.isIPv4
            ? real.map(\.prefix).filter { $0.address.isIPv4 && $0.length < 31 }
            : Instance.linkLocal
        sourceAddress =
            source(link, table, virtual)
            ?? source(link, table, virtual.subtracting(real.map(\.prefix.address)))
        if let name = settings.interface {
            let isUsable = link.map { $0.isUsable || settings.dontTrackPrimary } ?? false
            board.report(.ownInterface(name), isUsable ? .good : .bad)
        }
        board.report(
            .ownAddress(family: settings.isIPv4 ? 4 : 6), sourceAddress == nil ? .bad : .good)
        for tracked in settings.trackInterfaces {
            let isUsable = table.link(named: tracked.name)?.isUsable ?? false
            board.report(.interface(tracked.name), isUsable ? .good : .bad)
        }
    }

    /// fe80::/10: RFC 9568 section 5.1.2.2 has no other source of multicast advertisements.
    private static let linkLocal = [
        IPPrefix(.v6(IPv6Address(high: 0xfe80_0000_0000_0000, low: 0)), length: 10)
    ].compactMap { $0 }

    private func source(
        _ link: Link?, _ table: NetworkTable, _ virtual: Set<IPAddress>
    ) -> IPAddress? {
        guard let link else { return nil }
        let isUnicast = !settings.unicastPeers.isEmpty
        if let configured = configuredSource {
            // A packet from an address that this host does not have would be refused as forged, or never answered.
            let isHere = table.addresses.contains {
                $0.prefix.address == configured && $0.isUsable
            }
            return isHere ? configured : nil
        }
        // A peer that is not on the link cannot answer to a link-local address.
        let mayBeGlobal =
            isUnicast
            && settings.unicastPeers.contains { peer in
                if case .v6(let peer) = peer { !peer.isLinkLocal } else { false }
            }
        if mayBeGlobal,
            let address = table.globalAddress(of: link.index, excluding: virtual)
        {
            return address
        }
        return table.primaryAddress(
            of: link.index, ipv4: settings.isIPv4, excluding: virtual)
    }

    var socketKey: SocketKey? {
        guard let interface = settings.interface, let linkIndex else { return nil }
        return SocketKey(
            interface: interface, index: linkIndex, isIPv4: settings.isIPv4,
            group: settings.unicastPeers.isEmpty ? settings.multicastGroup : nil)
    }

    /// `unicast_src_ip`, `mcast_src_ip`
    var configuredSource: IPAddress? {
        settings.unicastPeers.isEmpty ? settings.multicastSource : settings.unicastSource
    }

    /// Where advertisements go.
    var destinations: [IPAddress] {
        settings.unicastPeers.isEmpty ? [settings.multicastGroup] : settings.unicastPeers
    }

    /// The advertisement as it goes onto the wire; nil without a source address. `sequence`: what it is signed under.
    func packet(priority: UInt8, to destination: IPAddress, sequence: UInt64?) -> [UInt8]? {
        guard let sourceAddress else { return nil }
        return advertisement(priority: priority, sequence: sequence).packet(
            from: sourceAddress, to: destination, timeToLive: timeToLive,
            signature: rules.signature)
    }

    private func advertisement(priority: UInt8, sequence: UInt64?) -> Advertisement {
        let settings = router.settings
        var advertisement = Advertisement(
            version: settings.version, virtualRouterID: settings.virtualRouterID,
            priority: priority, interval: settings.advertisementInterval,
            addresses: settings.addresses, authentication: rules.authentication,
            checksumForm: self.settings.v3ChecksumAsV2 ? .messageOnly : .pseudoHeader)
        advertisement.sequence = sequence
        return advertisement
    }

    private var timeToLive: UInt8 {
        settings.unicastPeers.isEmpty ? Advertisement.timeToLive : settings.unicastTimeToLive
    }

    /// What a guard sends in our place; the same as last time where nothing of it has changed. nil without a source.
    func preparePackets() -> PreparedPackets? {
        guard let sourceAddress else { return nil }
        let basis = PreparedPackets.Basis(
            advertisement: advertisement(priority: router.priority, sequence: preparedSequence),
            source: sourceAddress, destinations: destinations, timeToLive: timeToLive,
            signature: rules.signature)
        let packets = prepared.flatMap { $0.basis == basis ? $0 : nil } ?? PreparedPackets(basis)
        prepared = packets
        return packets.advertisement.isEmpty ? nil : packets
    }

    /// Whether others look at the numbers of our packets.
    var isSigning: Bool { rules.signature?.signer != nil }

    /// Whether a refusal is to be told: once a kind until the master changes.
    func shouldSay(_ kind: Rejection.Kind) -> Bool {
        let peer = router.peer?.address
        if peer != saidPeer {
            saidPeer = peer
            said = []
        }
        return said.insert(kind).inserted
    }

    func remember(_ state: VirtualRouter.State, realtime: Int64) {
        transitions.append(
            FailoverStatus.Transition(state: state, realtime: realtime, cause: lastCause))
        lastCause = ""
        if transitions.count > FailoverStatus.transitionLimit { transitions.removeFirst() }
    }

    func status(now: Instant) -> FailoverStatus.Instance {
        FailoverStatus.Instance(
            name: name, state: router.state, wantsMaster: settings.wantsMaster,
            version: settings.protocolVersion, interface: settings.interface ?? "",
            virtualRouterID: settings.virtualRouterID, basePriority: settings.priority,
            effectivePriority: router.priority,
            advertisementInterval: settings.advertisementInterval,
            sourceAddress: sourceAddress,
            peer: router.peer.map {
                FailoverStatus.Peer(
                    address: $0.address, priority: $0.priority, interval: $0.interval,
                    silence: now - $0.heard)
            },
            preempts: settings.preempts, preemptDelay: settings.preemptDelay,
            usesPassword: settings.authentication != .none,
            addresses: settings.addresses.map { status($0, isAdvertised: true) }
                + settings.excludedAddresses.map { status($0, isAdvertised: false) },
            trackers: board.trackers, counters: counters, transitions: transitions,
            garp: router.settings.announcements, doubt: doubt)
    }

    private func status(_ address: VirtualAddress, isAdvertised: Bool) -> FailoverStatus.Address {
        let scope: String
        switch address.scope {
        case 0: scope = "global"
        case 253: scope = "link"
        case 254: scope = "host"
        case let other: scope = "\(other)"
        }
        var text = "\(address.prefix)"
        if let broadcast = address.broadcast { text += " brd \(broadcast)" }
        text += " dev \(address.device ?? settings.addressInterface ?? "") scope \(scope)"
        if let label = address.label { text += " label \(label)" }
        return FailoverStatus.Address(
            text: text, prefix: address.prefix, isHeld: holder.held[address] != nil,
            isAdvertised: isAdvertised)
    }
}

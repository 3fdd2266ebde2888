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
    let holder: AddressHolder
    /// Index of its place among the last words of the process.
    let slot: Int
    /// The sockets that it uses; nil while there is no interface.
    var socket: AdvertisementSocket?
    var linkIndex: Int32?
    var hardwareAddress: MACAddress?
    var sourceAddress: IPv4Address?
    var transitions: [FailoverStatus.Transition] = []
    /// What an operator wants, and the command that waits for it.
    var wish: Wish?
    var job: MoveJob?
    /// The last log line that told a reason for a change.
    var lastCause = ""
    /// Kinds of refusal and of trouble that were told since the master changed.
    private var said: Set<Rejection.Kind> = []
    private var saidPeer: IPAddress?
    var saysSendFailure = true

    init(
        _ settings: VirtualRouterSettings, maximumLearned: Duration?, trackers: [Tracker],
        monitor: NetworkMonitor, slot: Int, now: Instant
    ) {
        self.settings = settings
        self.slot = slot
        rules = settings.receiveRules(maximumLearned: maximumLearned)
        holder = AddressHolder(monitor)
        board = TrackerBoard(basePriority: settings.priority, trackers: trackers)
        router = VirtualRouter(
            settings: settings.protocolSettings, assessment: board.assessment, now: now)
    }

    var name: String { settings.name }

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
        hardwareAddress = link?.hardwareAddress
        let own = link.map { table.addresses(of: $0.index) } ?? []
        // The owner of an address (priority 255) has it by itself: only ours are no addresses of the host.
        let real = own.filter {
            !virtual.contains($0.prefix.address) || $0.mark != InterfaceAddress.ourMark
        }
        rules.ownAddresses = real.map(\.prefix.address)
        // A host with nothing but its own address (/32) says nothing about who is on the link.
        rules.onLink = real.map(\.prefix).filter { $0.address.isIPv4 && $0.length < 31 }
        sourceAddress =
            source(link, table, virtual)
            ?? source(link, table, virtual.subtracting(real.map(\.prefix.address)))
        if let name = settings.interface {
            let isUsable = link.map { $0.isUsable || settings.dontTrackPrimary } ?? false
            board.report(.ownInterface(name), isUsable ? .good : .bad)
        }
        board.report(.ownAddress(family: 4), sourceAddress == nil ? .bad : .good)
        for tracked in settings.trackInterfaces {
            let isUsable = table.link(named: tracked.name)?.isUsable ?? false
            board.report(.interface(tracked.name), isUsable ? .good : .bad)
        }
    }

    private func source(
        _ link: Link?, _ table: NetworkTable, _ virtual: Set<IPAddress>
    ) -> IPv4Address? {
        guard let link else { return nil }
        let configured =
            settings.unicastPeers.isEmpty
            ? settings.multicastSource : settings.unicastSource
        if case .v4(let address)? = configured {
            // A packet from an address that this host does not have would be refused as forged, or never answered.
            let isHere = table.addresses.contains { $0.prefix.address == configured }
            return isHere ? address : nil
        }
        if case .v4(let address)? = table.primaryAddress(
            of: link.index, ipv4: true, excluding: virtual)
        {
            return address
        }
        return nil
    }

    var socketKey: SocketKey? {
        guard let interface = settings.interface, let linkIndex else { return nil }
        return SocketKey(
            interface: interface, index: linkIndex,
            group: settings.unicastPeers.isEmpty ? settings.multicastGroup : nil)
    }

    /// Where advertisements go.
    var destinations: [IPv4Address] {
        guard !settings.unicastPeers.isEmpty else { return [settings.multicastGroup] }
        return settings.unicastPeers.compactMap {
            if case .v4(let address) = $0 { address } else { nil }
        }
    }

    /// The advertisement as it goes onto the wire; nil without a source address.
    func packet(priority: UInt8, to destination: IPv4Address) -> [UInt8]? {
        guard let sourceAddress else { return nil }
        let settings = router.settings
        return Advertisement(
            version: settings.version, virtualRouterID: settings.virtualRouterID,
            priority: priority, interval: settings.advertisementInterval,
            addresses: settings.addresses, authentication: rules.authentication,
            checksumForm: self.settings.v3ChecksumAsV2 ? .messageOnly : .pseudoHeader
        ).packet(
            from: sourceAddress, to: destination,
            timeToLive: self.settings.unicastPeers.isEmpty
                ? Advertisement.timeToLive : self.settings.unicastTimeToLive)
    }

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
            sourceAddress: sourceAddress.map { .v4($0) },
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
            garp: router.settings.announcements)
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
        text += " dev \(address.device ?? settings.interface ?? "") scope \(scope)"
        if let label = address.label { text += " label \(label)" }
        return FailoverStatus.Address(
            text: text, prefix: address.prefix, isHeld: holder.held[address] != nil,
            isAdvertised: isAdvertised)
    }
}

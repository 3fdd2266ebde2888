internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Netlink
internal import VRRP

/// Packets, links and addresses.
extension Engine {
    // MARK: Packets

    /// Reads what waits. A socket that has still more rests for a moment: this thread runs before all
    /// others, and a flood must not keep them from running.
    func receive(_ number: UInt32) {
        guard let socket = sockets[number] else { return }
        let hasMore = socket.receive { packet in receive(packet, socket) }
        guard hasMore, resting.insert(number).inserted else { return }
        try? loop.modify(socket.descriptor, [], TokenKind.advertisements.token(number))
        restEnds = loop.now + Engine.rest
    }

    /// Ends the rest of the sockets.
    func resume() {
        for number in resting {
            guard let socket = sockets[number] else { continue }
            try? loop.modify(
                socket.descriptor, .readable, TokenKind.advertisements.token(number))
        }
        resting = []
        restEnds = nil
    }

    private func receive(_ packet: [UInt8], _ socket: AdvertisementSocket) {
        // The bytes of an array are bytes: nothing here depends on their layout.
        let whole = unsafe packet.span.bytes
        guard let (facts, start) = PacketFacts.decode(whole) else { return }
        let message = whole.extracting(start...)
        let mine = instances.filter { $0.listens(to: socket) }
        guard let number = ReceiveRules.virtualRouterID(of: message) else {
            let rejection = Rejection.length(received: message.byteCount, expected: 8)
            for instance in mine { refuse(rejection, facts.source, instance) }
            return
        }
        guard let instance = mine.first(where: { $0.settings.virtualRouterID == number }) else {
            unknownRouters += 1
            let foreign = MasterDoubts.Foreign(source: facts.source, virtualRouterID: number)
            for instance in mine { instance.doubts.heardForeign(foreign) }
            noteChange()
            return
        }
        do throws(Rejection) {
            let heard = try accept(message, facts, for: instance)
            instance.counters.advertisementsReceived += 1
            if heard.priority == 0 { instance.counters.priorityZeroReceived += 1 }
            let otherLists = instance.counters.addressListMismatches
            feed(instance, .advertisement(heard, from: facts.source))
            instance.doubts.heard(
                from: facts.source, priority: heard.priority,
                isOtherList: instance.counters.addressListMismatches != otherLists, now: loop.now)
        } catch {
            refuse(error, facts.source, instance)
        }
        noteChange()
    }

    private func accept(
        _ message: RawSpan, _ facts: PacketFacts, for instance: Instance
    ) throws(Rejection) -> Advertisement {
        guard let signature = instance.rules.signature else {
            return try instance.rules.accept(message, facts)
        }
        let realtime = Clock.realtime()
        let heard = try instance.rules.accept(message, facts, realtime: realtime)
        if let sequence = heard.sequence,
            !instance.replayMarks.admit(
                sequence, from: facts.source, window: signature.window, realtime: realtime)
        {
            throw .replayed
        }
        return heard
    }

    /// Counts, tells once, and touches nothing else.
    private func refuse(_ rejection: Rejection, _ source: IPAddress, _ instance: Instance) {
        instance.counters.count(rejection.kind)
        instance.doubts.refused(rejection.kind, from: source, now: loop.now)
        guard instance.shouldSay(rejection.kind) else { return }
        say(
            instance,
            .rejected(
                rejection, from: source,
                Message.Expectation(
                    version: instance.rules.version, interval: instance.rules.interval)))
    }

    // MARK: Links and addresses

    func networkIsReadable() {
        let before = monitor.table
        var changes: [NetworkChange] = []
        do throws(Errno) {
            changes = try monitor.drain()
        } catch {
            log(.error, "Netlink: reading failed: \(error)")
            return
        }
        guard !changes.isEmpty else { return }
        for change in changes {
            switch change {
            case .link(let link):
                guard before.links[link.index]?.isUsable != link.isUsable else { continue }
                if instances.contains(where: { $0.watches(link.name) }) {
                    log(.info, "Netlink reports \(link.name) \(link.isUsable ? "up" : "down")")
                }
            case .linkRemoved(let index):
                for instance in instances { instance.holder.forget(index: index) }
                fixedAddresses.forget(index: index)
            case .addressRemoved(let gone): putBack(gone)
            case .address, .resynchronized, .routeRemoved: continue
            }
        }
        if changes.contains(.resynchronized) {
            log(.warning, "Netlink: messages were lost, links and addresses are read again")
            for instance in instances where instance.holder.isHolding {
                perform(.holdAddresses, of: instance)
            }
        }
        lookAtNetwork()
        let cameUp = changes.contains {
            if case .link(let link) = $0 {
                link.isUsable && before.links[link.index]?.isUsable != true
            } else {
                false
            }
        }
        if cameUp { restoreRoutes() }
        noteChange()
    }

    /// Somebody took a virtual address away from its master.
    private func putBack(_ gone: InterfaceAddress) {
        if let address = fixedAddresses.wants(gone),
            !monitor.table.addresses.contains(where: { $0.isSame(as: gone) })
        {
            _ = fixedAddresses.putBack(address)
        }
        for instance in instances {
            guard let address = instance.holder.wants(gone),
                !monitor.table.addresses.contains(where: { $0.isSame(as: gone) })
            else { continue }
            if let error = instance.holder.putBack(address) {
                log(
                    .warning,
                    "(\(instance.name)) virtual address \(gone.prefix) was removed and cannot be"
                        + " put back: \(error)")
            } else {
                log(
                    .notice,
                    "(\(instance.name)) virtual address \(gone.prefix) was removed by somebody;"
                        + " it is back. A network manager, or whoever took away the first address of"
                        + " its network: 'ip monitor address' tells when")
                feed(instance, .addressesDisturbed)
            }
        }
    }

    /// Everything that routers derive from links and addresses.
    func lookAtNetwork() {
        let virtual = Set(instances.flatMap { $0.allAddresses.map(\.prefix.address) })
        makeVirtualLinks()
        for instance in instances {
            instance.look(at: monitor.table, virtual: virtual)
            openSocket(instance)
            chooseSockets(instance)
            saySource(instance)
            if let source = instance.sourceAddress { feed(instance, .primaryAddress(source)) }
            assess(instance)
        }
        restoreVirtualLinks()
        closeUnusedSockets()
    }

    /// FAULT speaks of an address that is missing, and not of the one that the file wants.
    private func saySource(_ instance: Instance) {
        let missing = instance.sourceAddress == nil ? instance.configuredSource : nil
        defer { instance.missingSource = missing }
        guard let missing, missing != instance.missingSource else { return }
        log(
            .warning,
            "(\(instance.name)) \(missing), from which it is to speak (unicast_src_ip or mcast_src_ip), is"
                + " no address of this host: waiting for it in FAULT")
    }

    private func openSocket(_ instance: Instance) {
        guard let key = instance.socketKey else {
            instance.socket = nil
            return
        }
        if instance.socket?.key != key { instance.socket = socket(key, for: instance) }
    }

    /// The sockets that a key names, which routers share.
    func socket(_ key: SocketKey, for instance: Instance) -> AdvertisementSocket? {
        if let shared = sockets.values.first(where: { $0.key == key }) { return shared }
        do throws(Errno) {
            let socket = try AdvertisementSocket(key)
            try loop.add(
                socket.descriptor, .readable, TokenKind.advertisements.token(nextSocket))
            sockets[nextSocket] = socket
            nextSocket += 1
            log(
                .info,
                "VRRP sockpool: [ifindex(\(Engine.padded(key.index))),"
                    + " family(IPv\(key.isIPv4 ? 4 : 6)), proto(112),"
                    + " fd(\(socket.descriptor),\(socket.sender.descriptor))"
                    + (key.group.map { " multicast, address(\($0))]" } ?? " unicast]"))
            return socket
        } catch {
            log(
                .error, "(\(instance.name)) cannot open a VRRP socket on \(key.interface): \(error)"
            )
            return nil
        }
    }

    private static func padded(_ index: Int32) -> String {
        let text = "\(index)"
        return String(repeating: " ", count: max(0, 3 - text.count)) + text
    }

    private func closeUnusedSockets() {
        for (number, socket) in sockets where !instances.contains(where: { $0.uses(socket) }) {
            loop.remove(socket.descriptor)
            sockets[number] = nil
        }
    }
}

extension Instance {
    fileprivate func watches(_ interface: String) -> Bool {
        settings.interface == interface
            || settings.trackInterfaces.contains { $0.name == interface }
    }
}

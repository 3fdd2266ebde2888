internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Logging
internal import Netlink
internal import VRRP

/// What the intentions of a virtual router come to.
extension Engine {
    func perform(_ effect: VirtualRouter.Effect, of instance: Instance) {
        switch effect {
        case .advertise(let priority):
            if instance.router.state == .master { setVirtualLink(instance, isUp: true) }
            advertise(priority, instance)
        case .holdAddresses: holdAddresses(instance)
        case .dropAddresses:
            ignoreClaims(instance)
            dropRoutes(instance)
            report(instance.holder.drop(), instance)
            if let index = instance.sender?.index { announcer.cancel(index: index) }
            setLastWords()
            setVirtualLink(instance, isUp: false)
        case .announceAddresses(let count): announce(instance, count)
        case .notify(let state):
            if state == .master { instance.counters.becameMaster += 1 }
            if instance.transitions.last?.state == .master {
                instance.counters.releasedMaster += 1
            }
            instance.remember(state, realtime: Clock.realtime())
            noteTransition()
            reviseWish(state, of: instance)
            notify(
                state == .initialize && instance.isRetiring ? .deleted : .state(state), instance)
            syncGroups(after: state, of: instance)
        case .notifyLowerPriority: notify(.lowerPriorityHeard, instance)
        case .countAddressMismatch: instance.counters.addressListMismatches += 1
        case .log(let message):
            say(instance, message)
            if case .changingPriority = message {
                notify(.priority(instance.router.state), instance)
            }
        }
    }

    private func advertise(_ priority: UInt8, _ instance: Instance) {
        guard let sender = instance.sender else { return }
        let sequence =
            instance.isSigning
            ? instance.sequence.next(
                realtime: Clock.realtime(), window: instance.rules.signature?.window) : nil
        // What is sent in our place must have higher numbers than what we sent.
        defer {
            if sequence != nil, instance.holder.isHolding {
                setLastWords()
                noteTransition()
            }
        }
        for destination in instance.destinations {
            guard
                let packet = instance.packet(
                    priority: priority, to: destination, sequence: sequence)
            else { return }
            if let error = sender.send(packet, to: destination) {
                instance.counters.sendFailures += 1
                if instance.saysSendFailure {
                    instance.saysSendFailure = false
                    log(.warning, "(\(instance.name)) cannot send to \(destination): \(error)")
                }
            } else {
                instance.saysSendFailure = true
                instance.counters.advertisementsSent += 1
                if priority == 0 { instance.counters.priorityZeroSent += 1 }
            }
        }
    }

    private func holdAddresses(_ instance: Instance) {
        report(
            instance.holder.hold(
                instance.allAddresses, defaultInterface: instance.settings.addressInterface),
            instance)
        holdRoutes(instance)
        watchClaims(instance)
        setLastWords()
    }

    private func report(_ problems: [AddressHolder.Problem], _ instance: Instance) {
        for problem in problems {
            log(
                .warning,
                "(\(instance.name)) virtual address \(problem.address.prefix): \(problem.text)")
        }
    }

    /// Advertised and excluded addresses alike: hosts ask for both.
    private func announce(_ instance: Instance, _ count: Int) {
        let garp = instance.settings.garp
        var frames: [(frame: [UInt8], index: Int32, pace: Duration, text: String)] = []
        for address in instance.allAddresses {
            let name = address.device ?? instance.settings.addressInterface ?? ""
            guard let link = monitor.table.link(named: name), let hardware = link.hardwareAddress
            else { continue }
            let ip = address.prefix.address
            let kind = ip.isIPv4 ? "gratuitous ARP" : "unsolicited Neighbour Advert"
            log(
                .info,
                "(\(instance.name)) Sending/queueing \(kind)s on \(name) for \(ip)")
            frames.append(
                (
                    AnnouncementFrame.make(
                        for: ip, hardware: hardware, isRouter: link.forwardsIPv6),
                    link.index, ip.isIPv4 ? garp.interval : garp.neighborInterval,
                    "Sending \(kind) on \(name) for \(ip)"
                ))
        }
        for _ in 0..<count {
            for (frame, index, pace, text) in frames {
                announcer.announce(frame, index: index, interval: pace, now: loop.now)
                log(.info, text)
            }
        }
    }

    // MARK: For when the process is dead

    /// Keeps the packets up to date that are sent when the process dies: one for each destination of each master.
    func setLastWords() {
        var packet = 0
        for instance in instances where instance.holder.isHolding {
            guard let sender = instance.sender else { continue }
            for destination in instance.destinations {
                guard packet < LastWords.slots,
                    let bytes = instance.packet(
                        priority: 0, to: destination, sequence: instance.laterSequence(1))
                else { continue }
                LastWords.set(
                    packet: bytes, slot: packet, descriptor: sender.descriptor,
                    destination: destination, index: sender.index)
                packet += 1
            }
        }
        for unused in packet..<LastWords.slots {
            LastWords.set(
                packet: [], slot: unused, descriptor: -1,
                destination: .v4(Advertisement.ipv4Group), index: 0)
        }
        var slot = 0
        for instance in instances where instance.holder.isHolding {
            for address in instance.holder.held.values {
                guard slot < LastWords.slots,
                    let message = try? NetworkMonitor.removalMessage(address)
                else { continue }
                LastWords.set(
                    removal: message, slot: slot, descriptor: monitor.commandDescriptor)
                slot += 1
            }
        }
        for unused in slot..<LastWords.slots {
            LastWords.set(removal: [], slot: unused, descriptor: -1)
        }
    }

    /// What a guard has to know to answer for a router while there is no process.
    func facts(_ instance: Instance) -> RouterFacts? {
        guard let index = instance.sender?.index else { return nil }
        let rounds = instance.laterRounds
        let advertisement = (1...rounds).flatMap { round in
            instance.destinations.compactMap {
                instance.packet(
                    priority: instance.router.priority, to: $0,
                    sequence: instance.laterSequence(round))
            }
        }
        let resignation = instance.destinations.compactMap {
            instance.packet(priority: 0, to: $0, sequence: instance.laterSequence(rounds + 1))
        }
        guard !advertisement.isEmpty else { return nil }
        return RouterFacts(
            name: instance.name, isMaster: instance.router.state == .master,
            interface: instance.settings.interface ?? "", interfaceIndex: index,
            advertisement: Array(advertisement.joined()), resignation: Array(resignation.joined()),
            addresses: instance.holder.held.map { address, held in
                RouterFacts.Held(
                    prefix: held.prefix,
                    interface: address.device ?? instance.settings.addressInterface ?? "")
            }.sorted { $0.prefix.description < $1.prefix.description },
            wish: instance.wish, interval: instance.settings.advertisementInterval,
            removals: instance.routes.removals,
            virtualLink: instance.settings.virtualMAC?.name ?? "", rounds: rounds)
    }
}

extension Instance {
    /// Rounds of signed advertisements that a guard may need in the second that a new process has to begin.
    fileprivate var laterRounds: Int {
        guard isSigning else { return 1 }
        let interval = max(settings.advertisementInterval.milliseconds, 1)
        // One message carries them all.
        let bytes = max(1, destinations.count * (68 + 16 * settings.addresses.count))
        return max(
            1, min(Int(1000 / interval) + 2, RouterFacts.roundLimit, RouterFacts.byteLimit / bytes))
    }

    /// A number above that of our last packet, and below whatever the clock will say in the next process.
    fileprivate func laterSequence(_ count: Int) -> UInt64? {
        isSigning ? sequence.last &+ UInt64(count) : nil
    }
}

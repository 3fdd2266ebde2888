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
        var sequence: UInt64?
        if instance.isSigning {
            let number = instance.sequence.next(
                realtime: Clock.realtime(), window: instance.rules.signature?.window)
            sequence = number
            // What is said when we die must have a higher number than what we sent, so it gets it before.
            renewLastWords(instance, sequence: number &+ 1)
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
                    log(
                        .warning,
                        "(\(instance.name)) cannot send to \(destination): \(error)"
                            + error.cause)
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
        // Each is told once, however often it is sent: twenty addresses are a page of the log already.
        if count > 0 { for frame in frames { log(.info, frame.text) } }
        for _ in 0..<count {
            for (frame, index, pace, _) in frames {
                announcer.announce(frame, index: index, interval: pace, now: loop.now)
            }
        }
    }
}

extension Errno {
    /// Why an advertisement cannot be sent, where that is known.
    fileprivate var cause: String {
        switch self {
        case .networkUnreachable, .networkDown, .noDevice:
            " (the interface is down or has lost its network: the peer takes over when it hears nothing)"
        case .permission: " (a firewall of this host drops IP protocol 112 on its way out)"
        case .noBuffers: " (the interface's queue is full)"
        default: ""
        }
    }
}

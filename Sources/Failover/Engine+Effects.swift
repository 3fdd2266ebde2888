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
        case .advertise(let priority): advertise(priority, instance)
        case .holdAddresses: holdAddresses(instance)
        case .dropAddresses:
            report(instance.holder.drop(), instance)
            if let index = instance.linkIndex { announcer.cancel(index: index) }
            setLastWords(instance)
        case .announceAddresses(let count): announce(instance, count)
        case .notify(let state):
            if state == .master { instance.counters.becameMaster += 1 }
            if instance.transitions.last?.state == .master {
                instance.counters.releasedMaster += 1
            }
            instance.remember(state, realtime: Clock.realtime())
            noteTransition()
            reviseWish(state, of: instance)
            notify(.state(state), instance)
            syncGroups(after: state, of: instance)
        case .notifyLowerPriority: notify(.lowerPriorityHeard, instance)
        case .countAddressMismatch: instance.counters.addressListMismatches += 1
        case .log(let message): say(instance, message)
        }
    }

    private func advertise(_ priority: UInt8, _ instance: Instance) {
        guard let socket = instance.socket else { return }
        for destination in instance.destinations {
            guard let packet = instance.packet(priority: priority, to: destination) else {
                return
            }
            if let error = socket.send(packet, to: destination) {
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
                instance.allAddresses, defaultInterface: instance.settings.interface), instance)
        setLastWords(instance)
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
        let pace = instance.settings.garp.interval
        var targets: [(IPv4Address, MACAddress, Int32, String)] = []
        for address in instance.allAddresses {
            let name = address.device ?? instance.settings.interface ?? ""
            guard case .v4(let ipv4) = address.prefix.address,
                let link = monitor.table.link(named: name), let hardware = link.hardwareAddress
            else { continue }
            targets.append((ipv4, hardware, link.index, name))
            log(
                .info,
                "(\(instance.name)) Sending/queueing gratuitous ARPs on \(name) for \(ipv4)")
        }
        for _ in 0..<count {
            for (address, hardware, index, name) in targets {
                announcer.announce(
                    address, hardware: hardware, index: index, interval: pace, now: loop.now)
                log(.info, "Sending gratuitous ARP on \(name) for \(address)")
            }
        }
    }

    private func notify(_ notification: Notification, _ instance: Instance) {
        run(
            notification.launches(
                instance.settings.notify, of: "INSTANCE", instance.name,
                priority: instance.router.priority), for: instance.name)
    }

    /// Runs notify scripts of an instance or a sync group.
    func run(_ launches: [ScriptLaunch], for owner: String) {
        for launch in launches {
            guard runner.count < ScriptRunner.limit else {
                log(.warning, "(\(owner)) too many scripts run; a notification is dropped")
                return
            }
            if let error = runner.start(launch, id: runner.makeID()) {
                log(
                    .warning,
                    "(\(owner)) cannot run \(launch.command.joined(separator: " ")): \(error)")
            }
        }
    }

    // MARK: For when the process is dead

    /// Keeps the packets up to date that are sent when the process dies.
    func setLastWords(_ instance: Instance) {
        let holds = instance.holder.isHolding
        let destination = instance.destinations.first ?? instance.settings.multicastGroup
        let packet = holds ? instance.packet(priority: 0, to: destination) ?? [] : []
        LastWords.set(
            packet: packet, slot: instance.slot,
            descriptor: instance.socket?.senderDescriptor ?? -1, destination: destination)
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
        guard let index = instance.linkIndex, let destination = instance.destinations.first,
            let advertisement = instance.packet(
                priority: instance.router.priority, to: destination),
            let resignation = instance.packet(priority: 0, to: destination)
        else { return nil }
        return RouterFacts(
            name: instance.name, isMaster: instance.router.state == .master,
            interface: instance.settings.interface ?? "", interfaceIndex: index,
            destination: destination, advertisement: advertisement, resignation: resignation,
            addresses: instance.holder.held.map { address, held in
                RouterFacts.Held(
                    prefix: held.prefix,
                    interface: address.device ?? instance.settings.interface ?? "")
            }.sorted { $0.prefix.description < $1.prefix.description },
            interval: instance.settings.advertisementInterval)
    }
}

internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Netlink
internal import VRRP

/// What is said and done in our place when the process is dead: by the handler of fatal signals, or by a guard.
extension Engine {
    /// Fills all slots of the handler: a packet for each destination of each master, a request for each address.
    func setLastWords() {
        var packet = 0
        for instance in instances {
            instance.lastWordSlots = packet..<packet
            guard instance.holder.isHolding, instance.sender != nil else { continue }
            let end = min(packet + instance.destinations.count, LastWords.slots)
            instance.lastWordSlots = packet..<end
            renewLastWords(instance, sequence: lastWordSequence(instance))
            packet = end
        }
        for unused in packet..<LastWords.slots { clearPacket(unused) }
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

    /// The packets of one router, in the slots that it has.
    func renewLastWords(_ instance: Instance, sequence: UInt64?) {
        guard let sender = instance.sender else { return }
        for (slot, destination) in zip(instance.lastWordSlots, instance.destinations) {
            guard
                let bytes = instance.packet(priority: 0, to: destination, sequence: sequence)
            else {
                clearPacket(slot)
                continue
            }
            LastWords.set(
                packet: bytes, slot: slot, descriptor: sender.descriptor,
                destination: destination, index: sender.index)
        }
    }

    private func clearPacket(_ slot: Int) {
        LastWords.set(
            packet: [], slot: slot, descriptor: -1, destination: .v4(Advertisement.ipv4Group),
            index: 0)
    }

    /// Just above our last packet, and not older than the clock, so that the process after us is above it at once.
    private func lastWordSequence(_ instance: Instance) -> UInt64? {
        instance.isSigning
            ? instance.sequence.ahead(by: .zero, realtime: Clock.realtime()) : nil
    }

    /// Gives signed packets that are held ready new numbers before those grow old; called once a turn.
    func renewSignatures() {
        for instance in instances {
            guard let signature = instance.rules.signature, signature.signer != nil,
                instance.holder.isHolding || instance.router.state == .master
            else {
                instance.preparedSequence = nil
                continue
            }
            if instance.preparedSequence != nil, loop.now < instance.signaturesDue { continue }
            instance.signaturesDue = loop.now + signature.renewal
            instance.preparedSequence = instance.sequence.ahead(
                by: signature.lead, realtime: Clock.realtime())
            renewLastWords(instance, sequence: lastWordSequence(instance))
            noteTransition()
        }
    }

    /// What a guard has to know to answer for a router while there is no process.
    func facts(_ instance: Instance) -> RouterFacts? {
        guard let index = instance.sender?.index, let packets = instance.preparePackets() else {
            return nil
        }
        return RouterFacts(
            name: instance.name, isMaster: instance.router.state == .master,
            interface: instance.settings.interface ?? "", interfaceIndex: index,
            advertisement: packets.advertisement, resignation: packets.resignation,
            addresses: instance.holder.held.map { address, held in
                RouterFacts.Held(
                    prefix: held.prefix,
                    interface: address.device ?? instance.settings.addressInterface ?? "")
            }.sorted { $0.prefix.description < $1.prefix.description },
            wish: instance.wish, interval: instance.settings.advertisementInterval,
            removals: instance.routes.removals,
            virtualLink: instance.settings.virtualMAC?.name ?? "",
            isSigned: instance.preparedSequence != nil, rounds: packets.rounds,
            lastSequence: instance.preparedSequence == nil
                ? instance.sequence.last : packets.lastSequence)
    }
}

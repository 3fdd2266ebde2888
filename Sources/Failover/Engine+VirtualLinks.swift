internal import Configuration
internal import Core
internal import Linux
internal import Logging
internal import Netlink
internal import VRRP

/// `use_vmac`: interfaces with the MAC address of the virtual router (RFC 9568 section 7.3). They are switched
/// on while the router is master and off else: a backup that sends anything from that address, be it a report
/// of the groups that it is in, would lead switches astray. While one is on, the kernel gives it the packets of
/// other routers with the same MAC address, and the interface below never sees them.
extension Engine {
    /// Answers of hosts by the interface below must not carry its own MAC address: it may only answer for
    /// addresses of its own.
    private static let answersForOwnOnly: Int32 = 1

    /// Makes those that are missing although the interface below them is there.
    func makeVirtualLinks() {
        for instance in instances {
            guard let virtual = instance.settings.virtualMAC,
                let base = instance.settings.interface.flatMap({ monitor.table.link(named: $0) })
            else { continue }
            if let link = monitor.table.link(named: virtual.name), link.parent == base.index,
                link.hardwareAddress == virtual.hardware, madeLinks.contains(virtual.name)
            {
                continue
            }
            do throws(Errno) {
                try monitor.makeVirtualLink(
                    virtual.name, on: base.index, hardware: virtual.hardware)
                instance.saysVirtualLink = true
                madeLinks.insert(virtual.name)
                limitAnswers(of: base)
            } catch {
                guard instance.saysVirtualLink else { continue }
                instance.saysVirtualLink = false
                let reason =
                    error == .exists ? "there is another interface of that name" : "\(error)"
                log(
                    .error,
                    "(\(instance.name)) cannot make the interface \(virtual.name) for its virtual"
                        + " MAC address: \(reason)")
            }
        }
    }

    private func limitAnswers(of base: Link) {
        guard let before = base.arpIgnore, before < Engine.answersForOwnOnly else { return }
        if let error = failure({ () throws(Errno) in
            try monitor.setARPIgnore(Engine.answersForOwnOnly, of: base.index)
        }) {
            log(.warning, "\(base.name) answers for virtual addresses, too: \(error)")
        } else {
            changedAnswers[base.index] = changedAnswers[base.index] ?? before
        }
    }

    private func virtualLink(_ instance: Instance) -> Link? {
        guard let virtual = instance.settings.virtualMAC, madeLinks.contains(virtual.name) else {
            return nil
        }
        return monitor.table.link(named: virtual.name)
    }

    /// Chooses the sockets by which an instance sends and hears, after links have changed.
    func chooseSockets(_ instance: Instance) {
        instance.virtualSocket = nil
        if let link = virtualLink(instance), link.isUp, let base = instance.socketKey,
            let group = base.group
        {
            instance.virtualSocket = socket(
                SocketKey(
                    interface: link.name, index: link.index, isIPv4: base.isIPv4, group: group),
                for: instance)
        }
        let usesBase = instance.settings.virtualMAC?.transmitsFromBase ?? true
        instance.sender =
            usesBase ? instance.socket?.sender : (instance.virtualSocket ?? instance.socket)?.sender
    }

    /// Switches the interface of an instance on or off.
    func setVirtualLink(_ instance: Instance, isUp: Bool) {
        guard let link = virtualLink(instance), link.isUp != isUp else { return }
        if let error = failure({ () throws(Errno) in
            try monitor.setLink(link.index, isUp: isUp)
        }) {
            log(
                .error,
                "(\(instance.name)) cannot switch \(link.name) \(isUp ? "on" : "off"): \(error)")
        }
        chooseSockets(instance)
    }

    /// A master whose interface was taken away, and made again, holds its addresses there again.
    func restoreVirtualLinks() {
        for instance in instances where instance.holder.isHolding {
            guard let link = virtualLink(instance), !link.isUp else { continue }
            setVirtualLink(instance, isUp: true)
            perform(.holdAddresses, of: instance)
            feed(instance, .addressesDisturbed)
        }
    }

    /// Takes away the interfaces that no router needs any more, and gives what they changed back.
    func removeVirtualLinks(except kept: [VirtualRouterSettings]) {
        let names = Set(kept.compactMap { $0.virtualMAC?.name })
        for name in madeLinks.subtracting(names) {
            madeLinks.remove(name)
            if let error = failure({ () throws(Errno) in try monitor.removeVirtualLink(name) }) {
                log(.warning, "cannot take the interface \(name) away: \(error)")
            }
        }
        guard names.isEmpty else { return }
        for (index, value) in changedAnswers {
            // The interface may be gone by now.
            _ = failure { () throws(Errno) in try monitor.setARPIgnore(value, of: index) }
        }
        changedAnswers = [:]
    }
}

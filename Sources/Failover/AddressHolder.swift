internal import Configuration
internal import Core
internal import Linux
internal import Netlink

/// The virtual addresses of one router on the interfaces of this host. Never touches an address that was
/// there before and is not ours.
internal final class AddressHolder {
    /// What became of one address.
    struct Problem {
        let address: VirtualAddress
        let text: String
    }

    private let monitor: NetworkMonitor
    /// What is to be on which interface, and that we put or found it there.
    private(set) var held: [VirtualAddress: InterfaceAddress] = [:]
    /// Found there and not ours: used, and left when we go.
    private(set) var foreign: Set<VirtualAddress> = []
    private(set) var isHolding = false

    init(_ monitor: NetworkMonitor) { self.monitor = monitor }

    /// Puts addresses where they belong; those that are there already stay. Returns what did not work.
    func hold(_ addresses: [VirtualAddress], defaultInterface: String?) -> [Problem] {
        isHolding = true
        var problems: [Problem] = []
        for (address, old) in held where !addresses.contains(address) {
            release(address, old, &problems)
        }
        for address in addresses {
            guard let wanted = interfaceAddress(address, defaultInterface) else {
                problems.append(
                    Problem(address: address, text: "interface is missing"))
                continue
            }
            let present = monitor.table.addresses.first { $0.isSame(as: wanted) }
            if let present, present.mark != InterfaceAddress.ourMark, held[address] == nil {
                if foreign.insert(address).inserted {
                    problems.append(
                        Problem(
                            address: address,
                            text: "is there already and is not ours: used, and left at the end"))
                }
                continue
            }
            foreign.remove(address)
            do throws(Errno) {
                if present == nil { try monitor.add(wanted) }
                held[address] = wanted
            } catch {
                problems.append(Problem(address: address, text: error.description))
            }
        }
        return problems
    }

    /// Takes everything away that we put there.
    func drop() -> [Problem] {
        isHolding = false
        var problems: [Problem] = []
        for (address, old) in held { release(address, old, &problems) }
        foreign = []
        return problems
    }

    /// Addresses that a process before us left behind; takes them away. Returns whether there were any.
    func removeStale(
        _ addresses: [VirtualAddress], defaultInterface: String?, record: AddressRecord
    ) -> [VirtualAddress] {
        addresses.filter { address in
            guard let wanted = interfaceAddress(address, defaultInterface),
                let present = monitor.table.addresses.first(where: { $0.isSame(as: wanted) }),
                present.mark == InterfaceAddress.ourMark
                    || record.claims(wanted, in: monitor.table)
            else { return false }
            do throws(Errno) {
                try monitor.remove(wanted)
                return true
            } catch {
                return false
            }
        }
    }

    /// Takes over what a process before us, whose work we go on with, left on the interfaces.
    func adopt(_ addresses: [VirtualAddress], defaultInterface: String?) {
        isHolding = true
        for address in addresses {
            guard let wanted = interfaceAddress(address, defaultInterface),
                let present = monitor.table.addresses.first(where: { $0.isSame(as: wanted) }),
                present.mark == InterfaceAddress.ourMark
            else { continue }
            held[address] = wanted
        }
    }

    /// Whether an address that has gone should still be there.
    func wants(_ gone: InterfaceAddress) -> VirtualAddress? {
        guard isHolding else { return nil }
        return held.first { $0.value.isSame(as: gone) && $0.key.isTracked }?.key
    }

    /// Puts one back that somebody took away.
    func putBack(_ address: VirtualAddress) -> Errno? {
        guard let wanted = held[address] else { return nil }
        do throws(Errno) {
            try monitor.add(wanted)
            return nil
        } catch {
            return error
        }
    }

    /// The interface went, and with it its addresses.
    func forget(index: Int32) { held = held.filter { $0.value.linkIndex != index } }

    func interfaceAddress(
        _ address: VirtualAddress, _ defaultInterface: String?
    ) -> InterfaceAddress? {
        guard let name = address.device ?? defaultInterface,
            let link = monitor.table.link(named: name)
        else { return nil }
        let isIPv4 = address.prefix.address.isIPv4
        let isLone = !isIPv4 && address.prefix.length == 128
        return InterfaceAddress(
            linkIndex: link.index, prefix: address.prefix, broadcast: address.broadcast,
            label: isIPv4 ? address.label : nil, scope: address.scope,
            mark: InterfaceAddress.ourMark,
            flags: address.flags | (isIPv4 ? 0 : InterfaceAddress.notProbed),
            preferredLifetime: address.preferredLifetime ?? (isLone ? 0 : nil))
    }

    private func release(
        _ address: VirtualAddress, _ old: InterfaceAddress, _ problems: inout [Problem]
    ) {
        held[address] = nil
        do throws(Errno) {
            try monitor.remove(old)
        } catch {
            problems.append(Problem(address: address, text: error.description))
        }
    }
}

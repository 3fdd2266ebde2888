internal import Core
internal import Linux
internal import Netlink

/// Answers for the virtual routers while there is no process: repeats the last normal advertisement for a moment, or
/// resigns with priority 0 and takes the addresses off. It decides nothing by itself and reads no packets.
internal final class AddressKeeper {
    private let terminal: Terminal
    private var records: [String: VirtualRouterRecord] = [:]
    private var lastAdvertised: [String: Instant] = [:]
    /// Rounds of signed packets that have been sent.
    private var sentRounds: [String: Int] = [:]
    private var hasResigned = false

    init(terminal: Terminal) { self.terminal = terminal }

    /// What the process said of one of its virtual routers.
    func update(_ record: VirtualRouterRecord) {
        records[record.name] = record
        sentRounds[record.name] = nil
    }

    /// The virtual routers that there are: a reload may have removed others.
    func keepOnly(_ names: [String]) {
        let kept = Set(names)
        records = records.filter { kept.contains($0.key) }
    }

    /// How long a graceful hand-over may wait for a peer.
    var longestInterval: Duration {
        .milliseconds(Int64(records.values.map(\.intervalMilliseconds).max() ?? 0))
    }

    /// The virtual routers that were master when the process died, unless they have been resigned since.
    var masters: [String] {
        hasResigned ? [] : records.values.filter(\.isMaster).map(\.name).sorted()
    }

    /// What operators asked of virtual routers, for the next process: `rests VI_1`.
    var wishes: [String] {
        records.values.filter { !$0.wish.isEmpty }.map { "\($0.wish) \($0.name)" }.sorted()
    }

    /// Above which numbers the next process signs: `4711 VI_1`.
    var sequences: [String] {
        records.values.filter { $0.lastSequence != 0 }.map { "\($0.lastSequence) \($0.name)" }
            .sorted()
    }

    /// Signed rounds that were sent stay used up until the new process brings others.
    func processTookOver() {
        hasResigned = false
        lastAdvertised = [:]
    }

    /// Sends the last advertisement of each master whose interval has passed.
    func advertise(now: Instant) {
        guard !hasResigned else { return }
        for record in records.values where record.isMaster {
            let interval = Duration.milliseconds(Int64(record.intervalMilliseconds))
            if let last = lastAdvertised[record.name], now - last < interval { continue }
            lastAdvertised[record.name] = now
            send(nextRound(of: record), of: record)
        }
    }

    /// Priority 0 and no addresses, once.
    func resign(because reason: String) {
        guard !hasResigned else { return }
        hasResigned = true
        // One that was handing over is no master any more, and has its addresses still.
        let holders = records.values.filter { $0.isMaster || !$0.addresses.isEmpty }
        guard !holders.isEmpty else { return }
        terminal.alert("\(reason): giving the virtual addresses up")
        for record in holders { send(record.resignation, of: record) }
        // Rules and routes first: some need an address that goes.
        removeRoutes(holders)
        remove(holders.flatMap(\.addresses))
        removeLinks(holders)
    }

    private func removeRoutes(_ records: [VirtualRouterRecord]) {
        guard records.contains(where: { !$0.removals.isEmpty }) else { return }
        do throws(Errno) {
            let monitor = try NetworkMonitor()
            for record in records {
                for request in record.removals { remove(request, by: monitor) }
            }
        } catch {
            terminal.warning("guard: cannot take virtual routes and rules away: \(error)")
        }
    }

    /// One that cannot be taken away does not keep the others.
    private func remove(_ request: [UInt8], by monitor: NetworkMonitor) {
        do throws(Errno) {
            try monitor.send(removal: request)
        } catch {
            terminal.warning("guard: cannot take a virtual route or rule away: \(error)")
        }
    }

    private func removeLinks(_ records: [VirtualRouterRecord]) {
        for name in records.map(\.virtualLink) where !name.isEmpty {
            do throws(Errno) {
                try NetworkMonitor().removeVirtualLink(name)
            } catch {
                terminal.warning("guard: cannot take the interface \(name) away: \(error)")
            }
        }
    }

    /// What is to be sent now: the same each time, or the next signed ones.
    private func nextRound(of record: VirtualRouterRecord) -> [(packet: [UInt8], IPAddress)] {
        let sent = sentRounds[record.name, default: 0]
        sentRounds[record.name] = sent + 1
        return AddressKeeper.round(sent, of: record)
    }

    /// The packets of a round, from 0; empty when there is none.
    static func round(
        _ number: Int, of record: VirtualRouterRecord
    ) -> [(packet: [UInt8], IPAddress)] {
        let packets = split(record.advertisement)
        guard record.isSigned else { return packets }
        guard number < record.rounds else { return [] }
        let length = packets.count / record.rounds
        return Array(packets[number * length..<(number + 1) * length])
    }

    private func send(_ packets: [UInt8], of record: VirtualRouterRecord) {
        send(AddressKeeper.split(packets), of: record)
    }

    private func send(
        _ packets: [(packet: [UInt8], IPAddress)], of record: VirtualRouterRecord
    ) {
        let index = Int32(truncatingIfNeeded: record.interfaceIndex)
        guard let name = Host.interfaceName(index) else { return }
        for (packet, destination) in packets {
            do throws(Errno) {
                let socket = try RawSocket(
                    sendingOn: name, index: index, isIPv4: destination.isIPv4)
                if let error = socket.send(packet, to: destination) { throw error }
            } catch {
                terminal.warning("guard: cannot advertise for \(record.name): \(error)")
            }
        }
    }

    /// Each packet's header tells its length and where it goes: RFC 791 section 3.1, RFC 8200 section 3.
    static func split(_ packets: [UInt8]) -> [(packet: [UInt8], destination: IPAddress)] {
        var result: [(packet: [UInt8], destination: IPAddress)] = []
        var rest = packets[...]
        while let first = rest.first {
            let packet = Array(rest)
            let isIPv4 = first >> 4 == 4
            guard packet.count >= (isIPv4 ? 20 : 40) else { return result }
            func number(_ place: Range<Int>) -> UInt64 {
                packet[place].reduce(0) { $0 << 8 | UInt64($1) }
            }
            let length = Int(isIPv4 ? number(2..<4) : 40 + number(4..<6))
            guard length >= 20, length <= packet.count else { return result }
            let destination: IPAddress =
                isIPv4
                ? .v4(IPv4Address(rawValue: UInt32(number(16..<20))))
                : .v6(IPv6Address(high: number(24..<32), low: number(32..<40)))
            result.append((Array(packet.prefix(length)), destination))
            rest = rest.dropFirst(length)
        }
        return result
    }

    private func remove(_ addresses: [String]) {
        guard !addresses.isEmpty else { return }
        do throws(Errno) {
            let monitor = try NetworkMonitor()
            for text in addresses {
                let found = monitor.table.addresses.first { address in
                    let interface = monitor.table.links[address.linkIndex]?.name ?? ""
                    return "\(address.prefix) \(interface)" == text
                }
                if let found { try monitor.remove(found) }
            }
        } catch {
            terminal.warning("guard: cannot take a virtual address off: \(error)")
        }
    }
}

internal import Core
internal import Linux
internal import VRRP

/// Hears on one link whether another host claims one of a master's addresses, by ARP or neighbour advertisement.
internal final class ClaimWatch {
    /// What it listens to; another list needs another watch.
    struct Subject: Hashable {
        let index: Int32
        let isIPv4: Bool
        let addresses: Set<IPAddress>
    }

    let subject: Subject
    /// While it rests nobody looks at it: what comes waits.
    var restsUntil: Instant?
    private let socket: FrameReceiver
    private var bytes = [UInt8](repeating: 0, count: 128)

    /// Packets of one wake-up.
    private static let packetsAtOnce = 16
    /// More packets than a socket's queue holds.
    private static let queueLimit = 4096
    /// RFC 5227 section 2.4 (c), RFC 4861 section 10: an answer to each claim would be a war of two hosts.
    static let rest = Duration.seconds(10)

    init(_ subject: Subject) throws(Errno) {
        self.subject = subject
        let addresses = Array(subject.addresses)
        socket = try FrameReceiver(
            interface: subject.index, etherType: subject.isIPv4 ? 0x0806 : 0x86dd,
            filter: subject.isIPv4
                ? ClaimWatch.filter(arp: addresses) : ClaimWatch.filter(neighbors: addresses))
    }

    var descriptor: Int32 { socket.number }

    /// The first claim that is not from `own`, among the packets that wait.
    func foreignClaim(own: Set<MACAddress>) -> AddressClaim? {
        var found: AddressClaim?
        for _ in 0..<ClaimWatch.packetsAtOnce {
            guard case .moved(let count) = socket.receive(into: &bytes) else { break }
            let packet = Array(bytes.prefix(count))
            let claim =
                subject.isIPv4
                ? unsafe AddressClaim.decode(arp: packet.span.bytes)
                : unsafe AddressClaim.decode(neighborAdvertisement: packet.span.bytes)
            if let claim, !own.contains(claim.hardware) { found = found ?? claim }
        }
        return found
    }

    /// Forgets what came while nobody was interested.
    func drain() {
        for _ in 0..<ClaimWatch.queueLimit {
            guard case .moved = socket.receive(into: &bytes) else { return }
        }
    }

    // MARK: Filters, so that the thread is not woken by every packet of the link

    // linux/bpf_common.h: load a word, load an octet, compare and jump, return.
    private static let word: UInt16 = 0x20
    private static let octet: UInt16 = 0x30
    private static let compare: UInt16 = 0x15
    private static let answer: UInt16 = 0x06
    private static let all: UInt32 = 0xffff

    /// Whose sender is one of the addresses.
    private static func filter(arp addresses: [IPAddress]) -> [FilterInstruction] {
        var program = [FilterInstruction(word, 14)]
        for case .v4(let address) in addresses {
            program.append(FilterInstruction(compare, address.rawValue, jumpFalse: 1))
            program.append(FilterInstruction(answer, all))
        }
        return program + [FilterInstruction(answer, 0)]
    }

    /// Neighbour advertisements whose target is one of the addresses.
    private static func filter(neighbors addresses: [IPAddress]) -> [FilterInstruction] {
        var program: [FilterInstruction] = []
        for (place, value) in [(UInt32(6), UInt32(58)), (40, 136)] {
            program.append(FilterInstruction(octet, place))
            program.append(FilterInstruction(compare, value, jumpTrue: 1))
            program.append(FilterInstruction(answer, 0))
        }
        for case .v6(let address) in addresses {
            let words = [address.high >> 32, address.high, address.low >> 32, address.low]
            for (number, value) in words.enumerated() {
                program.append(FilterInstruction(word, UInt32(48 + 4 * number)))
                program.append(
                    FilterInstruction(
                        compare, UInt32(truncatingIfNeeded: value),
                        jumpFalse: UInt8(7 - 2 * number)))
            }
            program.append(FilterInstruction(answer, all))
        }
        return program + [FilterInstruction(answer, 0)]
    }
}

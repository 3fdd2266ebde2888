internal import Core
internal import VRRP

/// Packets that are made before they are needed: what a guard sends while there is no process. Made anew only when
/// something of it has changed.
internal struct PreparedPackets {
    /// All that they are made of.
    struct Basis: Equatable {
        /// With the number of the first one, where they are signed.
        var advertisement: Advertisement
        var source: IPAddress
        var destinations: [IPAddress]
        var timeToLive: UInt8
        var signature: SignatureSettings?
    }

    let basis: Basis
    /// `rounds` for each destination, one behind the other.
    let advertisement: [UInt8]
    let resignation: [UInt8]
    let rounds: Int
    /// The number of the resignation; 0: not signed.
    let lastSequence: UInt64

    init(_ basis: Basis) {
        self.basis = basis
        let first = basis.advertisement.sequence
        let rounds = PreparedPackets.rounds(basis)
        self.rounds = rounds
        var packets: [UInt8] = []
        for round in 0..<UInt64(rounds) {
            packets += PreparedPackets.packets(
                basis, priority: basis.advertisement.priority, sequence: first.map { $0 &+ round })
        }
        advertisement = packets
        let last = first.map { $0 &+ UInt64(rounds) }
        resignation = PreparedPackets.packets(basis, priority: 0, sequence: last)
        lastSequence = last ?? 0
    }

    private static func packets(
        _ basis: Basis, priority: UInt8, sequence: UInt64?
    ) -> [UInt8] {
        var advertisement = basis.advertisement
        advertisement.priority = priority
        advertisement.sequence = sequence
        return basis.destinations.flatMap { destination in
            advertisement.packet(
                from: basis.source, to: destination, timeToLive: basis.timeToLive,
                signature: basis.signature) ?? []
        }
    }

    /// Rounds of signed advertisements that a guard may need in the second that a new process has to begin.
    private static func rounds(_ basis: Basis) -> Int {
        guard basis.advertisement.sequence != nil else { return 1 }
        let interval = max(basis.advertisement.interval.milliseconds, 1)
        let perPacket = 68 + 16 * basis.advertisement.addresses.count
        let bytes = max(1, basis.destinations.count * perPacket)
        return max(
            1, min(Int(1000 / interval) + 2, RouterFacts.roundLimit, RouterFacts.byteLimit / bytes))
    }
}

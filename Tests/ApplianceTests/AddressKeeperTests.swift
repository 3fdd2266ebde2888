import Core
import Testing
import VRRP

@testable import Appliance

/// What a guard sends for a dead process: packets of either family, one behind the other.
@Suite struct AddressKeeperTests {
    private static func packet(_ from: String, _ to: String) throws -> [UInt8] {
        let advertisement = Advertisement(
            version: .v3, virtualRouterID: 51, priority: 0, interval: .seconds(1), addresses: [])
        let source = try #require(IPAddress(from))
        let destination = try #require(IPAddress(to))
        return try #require(advertisement.packet(from: source, to: destination))
    }

    @Test func everyPeerGetsItsPacket() throws {
        let packets = [
            try AddressKeeperTests.packet("10.0.0.1", "10.0.0.2"),
            try AddressKeeperTests.packet("fe80::1", "fe80::2"),
            try AddressKeeperTests.packet("10.0.0.1", "10.0.0.3"),
        ]
        let split = AddressKeeper.split(Array(packets.joined()))
        #expect(split.map(\.packet) == packets)
        #expect(split.map(\.destination.description) == ["10.0.0.2", "fe80::2", "10.0.0.3"])
    }

    /// What is not whole is left out, whatever its header says.
    @Test func halfPackets() throws {
        let packets =
            try AddressKeeperTests.packet("10.0.0.1", "10.0.0.2")
            + AddressKeeperTests.packet("fe80::1", "fe80::2")
        for length in 0...packets.count {
            let whole = length == packets.count ? 2 : length >= 28 ? 1 : 0
            #expect(AddressKeeper.split(Array(packets.prefix(length))).count == whole)
        }
        for byte in UInt8.min...UInt8.max {
            _ = AddressKeeper.split([UInt8](repeating: byte, count: 100))
        }
    }

    /// A signed packet is believed once, even where one round is all that fits.
    @Test(arguments: [1, 2, 22]) func signedRoundsAreSentOnce(rounds: Int) throws {
        let round = [
            try AddressKeeperTests.packet("10.0.0.1", "10.0.0.2"),
            try AddressKeeperTests.packet("10.0.0.1", "10.0.0.3"),
        ]
        var record = VirtualRouterRecord(
            name: "A", isMaster: true, interfaceIndex: 2,
            advertisement: Array((0..<rounds).flatMap { _ in round }.joined()), resignation: [],
            addresses: [], intervalMilliseconds: 100)
        record.rounds = rounds
        record.isSigned = true
        for number in 0..<rounds {
            #expect(AddressKeeper.round(number, of: record).count == 2)
        }
        #expect(AddressKeeper.round(rounds, of: record).isEmpty)
        record.isSigned = false
        #expect(AddressKeeper.round(500, of: record).count == 2 * rounds)
        for nonsense in [Int.min, -1, 0] {
            record.isSigned = true
            record.rounds = nonsense
            #expect(AddressKeeper.round(0, of: record).isEmpty)
        }
    }

    @Test func theNextProcessHearsTheNumbers() {
        let keeper = AddressKeeper(terminal: Terminal(isQuiet: true))
        var record = VirtualRouterRecord(
            name: "A", isMaster: false, interfaceIndex: 2, advertisement: [], resignation: [],
            addresses: [], intervalMilliseconds: 100)
        keeper.update(record)
        #expect(keeper.sequences.isEmpty)
        record.lastSequence = .max - 7
        record.name = "B"
        keeper.update(record)
        #expect(keeper.sequences == ["18446744073709551608 B"])
    }
}

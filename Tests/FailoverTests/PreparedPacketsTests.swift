import Core
import Testing
import VRRP

@testable import Failover

/// What a guard sends for a dead process.
@Suite struct PreparedPacketsTests {
    static func basis(
        addresses: Int = 1, peers: Int = 1, interval: Duration = .milliseconds(100),
        sequence: UInt64? = 5
    ) throws -> PreparedPackets.Basis {
        let all = (0..<addresses).map {
            IPAddress.v4(IPv4Address(rawValue: 0x0a01_0000 + UInt32($0)))
        }
        var advertisement = Advertisement(
            version: .v3, virtualRouterID: 51, priority: 100, interval: interval, addresses: all)
        advertisement.sequence = sequence
        var signature = SignatureSettings()
        signature.keys = [
            1: .init([UInt8](repeating: 1, count: 32)) { _, _ in [UInt8](repeating: 7, count: 32) }
        ]
        signature.activeKey = 1
        return PreparedPackets.Basis(
            advertisement: advertisement, source: try #require(IPAddress("10.0.0.1")),
            destinations: (0..<peers).map {
                .v4(IPv4Address(rawValue: 0x0a00_0002 + UInt32($0)))
            }, timeToLive: 255, signature: sequence == nil ? nil : signature)
    }

    /// The numbers under which packets of 20 + 8 + 4 + 28 octets are signed.
    static func numbers(_ packets: [UInt8]) -> [UInt8] {
        stride(from: 0, to: packets.count, by: 60).map { packets[$0 + 43] }
    }

    @Test func eachRoundHasANumberOfItsOwn() throws {
        let packets = PreparedPackets(try PreparedPacketsTests.basis(peers: 2))
        #expect(packets.rounds == 12)
        #expect(
            PreparedPacketsTests.numbers(packets.advertisement)
                == (5..<17).flatMap { [UInt8($0), UInt8($0)] })
        #expect(PreparedPacketsTests.numbers(packets.resignation) == [17, 17])
        #expect(packets.lastSequence == 17)
    }

    @Test func unsignedOnesAreSentAgainAndAgain() throws {
        let packets = PreparedPackets(try PreparedPacketsTests.basis(sequence: nil))
        #expect(packets.rounds == 1)
        #expect(packets.lastSequence == 0)
        #expect(packets.advertisement.count == 32)
    }

    /// One round there is, however long it is; more only in bounds.
    @Test(arguments: [(1, 1), (255, 1), (255, 8), (255, 100), (1, 255)])
    func areNotTooLong(addresses: Int, peers: Int) throws {
        let packets = PreparedPackets(
            try PreparedPacketsTests.basis(
                addresses: addresses, peers: peers, interval: .milliseconds(10)))
        let round = peers * (20 + 8 + 4 * addresses + 28)
        #expect(packets.advertisement.count == packets.rounds * round)
        #expect(packets.rounds >= 1)
        #expect(packets.rounds == 1 || packets.advertisement.count <= RouterFacts.byteLimit)
    }
}

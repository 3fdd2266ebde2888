import Configuration
import Core
import Resolver
import Testing

@testable import Proxy

@Suite struct AnswerSharesTests {
    private func shares(
        _ answer: [String], now current: [String?],
        _ resolution: ServerResolution = ServerResolution(section: "dns")
    ) -> [String?] {
        AnswerShares.addresses(
            answer.compactMap { IPAddress($0) },
            for: current.map {
                AnswerShares.Follower(resolution: resolution, address: $0.flatMap { IPAddress($0) })
            }
        ).map { $0?.description }
    }

    @Test func everyServerHasAnAddressOfItsOwn() {
        #expect(
            shares(["10.0.0.1", "10.0.0.2"], now: [nil, nil, nil]) == ["10.0.0.1", "10.0.0.2", nil])
        // As after a start, when all servers have the first address of the system's answer.
        #expect(
            shares(["10.0.0.1", "10.0.0.2"], now: ["10.0.0.1", "10.0.0.1"])
                == ["10.0.0.1", "10.0.0.2"])
    }

    @Test func nobodyMovesWithoutNeed() {
        #expect(
            shares(
                ["10.0.0.3", "10.0.0.2", "10.0.0.1"], now: ["10.0.0.1", "10.0.0.9", "10.0.0.2"])
                == ["10.0.0.1", "10.0.0.3", "10.0.0.2"])
    }

    @Test func preferencesOfNetworkAndFamily() {
        var resolution = ServerResolution(section: "dns")
        let answer = ["10.0.0.1", "2001:db8::1", "192.168.0.1"]
        #expect(shares(answer, now: [nil], resolution) == ["2001:db8::1"])
        resolution.prefersIPv4 = true
        #expect(shares(answer, now: [nil], resolution) == ["10.0.0.1"])
        resolution.networks = [IPPrefix(IPAddress("192.168.0.0")!, length: 16)!]
        #expect(shares(answer, now: [nil], resolution) == ["192.168.0.1"])
        resolution.allowsDuplicates = true
        #expect(
            shares(["10.0.0.1"], now: [nil, "10.0.0.1"], resolution) == ["10.0.0.1", "10.0.0.1"])
    }

    @Test func servicesKeepTheirServers() {
        func service(_ target: String, weight: UInt16 = 0) -> DNSReply.Service {
            DNSReply.Service(priority: 0, weight: weight, port: 80, target: DNSName(target)!)
        }
        let shares = AnswerShares.services(
            [service("c"), service("b", weight: 512)], bound: [service("a"), service("b"), nil])
        #expect(shares == [service("c"), service("b", weight: 512), nil])
        #expect(shares.compactMap { $0 }.map(AnswerShares.weight) == [1, 3])
    }
}

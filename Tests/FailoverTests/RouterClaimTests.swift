import Configuration
import Core
import Failover
import Linux
import Testing
import VRRP

/// Another host that claims an address of a master.
@Suite(.enabled(if: PrivateNetwork.isPossible), .serialized, .timeLimit(.minutes(1)))
struct RouterClaimTests {
    private static let stranger = MACAddress(rawValue: 0x02_0000_0000_99)

    @Test(arguments: ["10.9.0.50", "2001:db8::50"])
    func aForeignClaimIsAnswered(text: String) throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let address = try #require(IPAddress(text))
            var instance = RouterBench.instance("v0")
            let prefix = try #require(NetworkMonitorTests.prefix(text, address.isIPv4 ? 32 : 128))
            if !address.isIPv4 { instance.excludedAddresses = [VirtualAddress(prefix: prefix)] }
            // Only rounds that a claim causes come after the first one.
            instance.garp.masterDelay = .zero
            instance.garp.lowerPriorityDelay = .zero
            let bench = try RouterBench(RouterBench.settings(instance))
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            let kind = address.isIPv4 ? "gratuitous ARP" : "unsolicited Neighbour Advert"
            let round = "Sending \(kind) on v0 for \(text)"
            try bench.wait(for: round)

            let sender = try FrameSocket()
            let index = try #require(Host.interfaceIndex("v1"))
            let claim = AnnouncementFrame.make(
                for: address, hardware: RouterClaimTests.stranger, isRouter: false)
            let other = AnnouncementFrame.make(
                for: try #require(IPAddress(address.isIPv4 ? "10.9.0.51" : "2001:db8::51")),
                hardware: RouterClaimTests.stranger, isRouter: false)
            #expect(sender.send(other, interface: index) == nil)
            for _ in 0..<20 { #expect(sender.send(claim, interface: index) == nil) }
            try bench.wait(for: "02:00:00:00:00:99 claims \(text), which is ours")
            try bench.wait(for: round)
            try bench.stop()
            // Twenty claims at once are one line and one round.
            #expect(bench.allLines.filter { $0.contains(" claims ") }.count == 1)
            #expect(bench.allLines.filter { $0 == round }.count == 2)
        }
    }
}

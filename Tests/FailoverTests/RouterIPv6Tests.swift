import Configuration
import Core
import Failover
import Linux
import Netlink
import Testing
import VRRP

/// VRRPv3 over IPv6, and interfaces with virtual MAC addresses, in namespaces of the tests' own.
@Suite(.enabled(if: PrivateNetwork.isPossible), .serialized, .timeLimit(.minutes(1)))
struct RouterIPv6Tests {
    private static func instance(_ interface: String, _ priority: UInt8) -> VirtualRouterSettings {
        var settings = RouterBench.instance(interface, priority: priority)
        settings.isIPv4 = false
        settings.multicastGroup = VirtualRouterSettings.usualGroup(isIPv4: false)
        settings.addresses = [("fe80::50", 128), ("2001:db8::50", 64)].compactMap {
            NetworkMonitorTests.prefix($0.0, $0.1).map { VirtualAddress(prefix: $0) }
        }
        return settings
    }

    private static func addresses(_ interface: String) throws -> String {
        try PrivateNetwork.ip("-6 -o addr show dev \(interface)")
    }

    @Test func theHigherOneIsMasterAndHandsOver() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let high = try RouterBench(
                RouterBench.settings(RouterIPv6Tests.instance("v0", 150)))
            // The interfaces' own addresses are being probed: FAULT until the kernel is sure.
            try high.wait(for: "(VI_1) Entering MASTER STATE")
            try high.wait(for: "Sending unsolicited Neighbour Advert on v0 for 2001:db8::50")
            let low = try RouterBench(
                RouterBench.settings(RouterIPv6Tests.instance("v1", 100)))
            try low.wait(for: "(VI_1) Entering BACKUP STATE")
            let held = try RouterIPv6Tests.addresses("v0")
            #expect(held.contains("inet6 fe80::50/128 scope link nodad deprecated"))
            #expect(held.contains("inet6 2001:db8::50/64 scope global nodad"))
            #expect(!held.contains("tentative"))
            try high.stop(graceful: true)
            try low.wait(for: "(VI_1) Backup received priority 0 advertisement")
            try low.wait(for: "(VI_1) Entering MASTER STATE")
            #expect(high.allLines.contains { $0.contains(" took over, giving the addresses up") })
            #expect(try !RouterIPv6Tests.addresses("v0").contains("::50/"))
            #expect(try RouterIPv6Tests.addresses("v1").contains("2001:db8::50/64"))
            try low.stop()
            #expect(try !RouterIPv6Tests.addresses("v1").contains("::50/"))
            let status = low.router.status().instances.first
            let refused = Rejection.Kind.allCases.reduce(0) {
                $0 + (status?.counters[$1] ?? 0)
            }
            #expect(refused == 0)
            if case .v6(let source)? = status?.sourceAddress {
                #expect(source.isLinkLocal)
            } else {
                Issue.record("\(String(describing: status?.sourceAddress))")
            }
        }
    }

    /// RFC 9568 section 7.3: the addresses answer with the MAC of the virtual router; what it took is given back.
    @Test func virtualMAC() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            var instance = RouterBench.instance("v0")
            instance.virtualMAC = VirtualMACSettings(
                name: "vrrp.51",
                hardware: VirtualMACSettings.address(isIPv4: true, virtualRouterID: 51))
            let bench = try RouterBench(RouterBench.settings(instance))
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            try bench.wait(for: "Sending gratuitous ARP on vrrp.51 for 10.9.0.50")
            let link = try PrivateNetwork.ip("-d -o link show dev vrrp.51")
            #expect(link.contains("00:00:5e:00:01:33"))
            #expect(link.contains("macvlan mode private"))
            #expect(try RouterBench.has("10.9.0.50", on: "vrrp.51"))
            #expect(try !RouterBench.has("10.9.0.50", on: "v0"))
            let ignore = "/proc/sys/net/ipv4/conf/v0/arp_ignore"
            #expect(try Files.read(ignore).first == UInt8(ascii: "1"))

            // Gone by hand it is made again.
            try PrivateNetwork.ip("link del vrrp.51")
            try bench.wait(for: "Sending gratuitous ARP on vrrp.51 for 10.9.0.50")
            try bench.stop()
            #expect(throws: (any Error).self) {
                try PrivateNetwork.ip("link show dev vrrp.51")
            }
            #expect(try Files.read(ignore).first == UInt8(ascii: "0"))
        }
    }

    /// An interface of that name that somebody else made is not touched.
    @Test func aForeignInterfaceStays() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            try PrivateNetwork.ip("link add vrrp.51 link v1 type macvlan mode bridge")
            var instance = RouterBench.instance("v0")
            instance.virtualMAC = VirtualMACSettings(
                name: "vrrp.51",
                hardware: VirtualMACSettings.address(isIPv4: true, virtualRouterID: 51))
            let bench = try RouterBench(RouterBench.settings(instance))
            try bench.wait(for: "there is another interface of that name")
            try bench.stop()
            #expect(
                try PrivateNetwork.ip("-d link show dev vrrp.51").contains("macvlan mode bridge"))
        }
    }
}

import Configuration
import Core
import Failover
import Linux
import Netlink
import Testing

/// Routes, rules and addresses that come and go with a virtual router, or stay as long as the daemon runs.
@Suite(.enabled(if: PrivateNetwork.isPossible), .serialized, .timeLimit(.minutes(1)))
struct RouterRouteTests {
    private static func network(_ text: String, _ length: Int) throws -> IPPrefix {
        try #require(NetworkMonitorTests.prefix(text, length))
    }

    private static func settings() throws -> VRRPSettings {
        var route = RouteSettings(destination: try network("10.5.0.0", 16))
        route.gateway = IPAddress("10.9.0.2")
        route.device = "v0"
        route.source = IPAddress("10.9.0.50")
        route.metric = 7
        var drop = RouteSettings(destination: try network("2001:db8:5::", 48))
        drop.kind = .blackhole
        var rule = RuleSettings(preference: 100)
        rule.source = try network("10.9.0.50", 32)
        rule.table = 77
        var byTable = RouteSettings(destination: try network("0.0.0.0", 0))
        byTable.device = "v0"
        byTable.table = 77
        var instance = RouterBench.instance("v0")
        instance.routes = [route, drop, byTable]
        instance.rules = [rule]
        var settings = RouterBench.settings(instance)
        var fixed = VirtualAddress(prefix: try network("10.8.0.1", 24))
        fixed.device = "v0"
        var always = RouteSettings(destination: try network("10.7.0.0", 16))
        always.gateway = IPAddress("10.8.0.2")
        settings.fixed.addresses = [fixed]
        settings.fixed.routes = [always]
        settings.fixed.rules = [RuleSettings(preference: 101)]
        return settings
    }

    /// The kernel adds others, for instance when an IPv6 address has been probed.
    private static func ours() throws -> Set<Substring> {
        Set(
            try everything().split(separator: "\n").filter {
                $0.contains("proto 209") || $0.hasPrefix("100:") || $0.hasPrefix("101:")
            })
    }

    private static func everything() throws -> String {
        try PrivateNetwork.ip("route show table all") + PrivateNetwork.ip("-6 route show")
            + PrivateNetwork.ip("rule show")
    }

    /// Somebody deletes them: they come back at once, without a link that comes up.
    @Test func whatIsDeletedComesBack() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let bench = try RouterBench(try RouterRouteTests.settings())
            try bench.wait(for: "Sending gratuitous ARP")
            let whole = try RouterRouteTests.ours()
            #expect(whole.count == 6)
            for command in [
                "route del 10.5.0.0/16", "-6 route del blackhole 2001:db8:5::/48",
                "route flush table 77", "rule del pref 100", "rule del pref 101",
                "route del 10.7.0.0/16",
            ] {
                try PrivateNetwork.ip(command)
                let end = Clock.now() + .seconds(10)
                var lines: Set<Substring> = []
                repeat {
                    lines = try RouterRouteTests.ours()
                } while lines != whole && Clock.now() < end
                #expect(lines == whole, "\(command)")
            }
            try bench.stop()
            #expect(try !RouterRouteTests.everything().contains("proto 209"))
        }
    }

    @Test func theyGoWithTheAddresses() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let bench = try RouterBench(try RouterRouteTests.settings())
            try bench.wait(for: "(VI_1) Entering BACKUP STATE")
            let before = try RouterRouteTests.everything()
            #expect(before.contains("10.7.0.0/16 via 10.8.0.2 dev v0"))
            #expect(before.contains("101:"))
            #expect(!before.contains("10.5.0.0/16"))
            try bench.wait(for: "Sending gratuitous ARP")
            let after = try RouterRouteTests.everything()
            #expect(
                after.contains("10.5.0.0/16 via 10.9.0.2 dev v0 proto 209 src 10.9.0.50 metric 7"))
            #expect(after.contains("default dev v0 table 77 proto 209 scope link"))
            #expect(after.contains("blackhole 2001:db8:5::/48"))
            #expect(after.contains("100:\tfrom 10.9.0.50 lookup 77"))

            // Routes go with a link, and come back with it, whoever is master.
            try PrivateNetwork.ip("link set v0 down")
            try bench.wait(for: "Entering FAULT STATE")
            let monitor = try NetworkMonitor()
            _ = try NetworkMonitorTests.changes(monitor) { _ in
                monitor.table.addresses.allSatisfy { $0.prefix.address != IPAddress("10.9.0.50") }
            }
            #expect(try !RouterRouteTests.everything().contains("100:"))
            try PrivateNetwork.ip("link set v0 up")
            try bench.wait(for: "Entering MASTER STATE")
            try bench.wait(for: "Sending gratuitous ARP")
            let again = try RouterRouteTests.everything()
            #expect(again.contains("10.5.0.0/16"))
            #expect(again.contains("10.7.0.0/16"))
            try bench.stop()
            let end = try RouterRouteTests.everything()
            for part in ["10.5.0.0", "10.7.0.0", "2001:db8:5", "100:", "101:", "table 77"] {
                #expect(!end.contains(part), "\(part) in \(end)")
            }
            #expect(bench.allLines.filter { $0.contains("route to") || $0.contains("rule ") } == [])
        }
    }
}

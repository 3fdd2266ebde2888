import Configuration
import Testing

/// Two files that are good for themselves.
@Suite struct PeerComparisonTests {
    static let base = """
        vrrp_script chk {
            script /bin/true
            weight WEIGHT
        }
        vrrp_instance VI_1 {
            interface eth0
            virtual_router_id 51
            priority PRIORITY
            EXTRA
            track_script {
                chk
            }
            virtual_ipaddress {
                10.0.0.50
            }
        }
        """

    static func settings(
        _ priority: Int, weight: Int = -60, extra: String = "",
        edit: (String) -> String = { $0 }
    ) throws -> VRRPSettings {
        let text = base.replacing("WEIGHT", with: "\(weight)")
            .replacing("PRIORITY", with: "\(priority)").replacing("EXTRA", with: extra)
        return try #require(Reading(edit(text)).settings)
    }

    @Test func aGoodPairIsSilent() throws {
        let found = PeerComparison.findings(
            try PeerComparisonTests.settings(150), try PeerComparisonTests.settings(100))
        #expect(found == [])
    }

    static let key = "auth_hmac {\n key 1 hex:" + String(repeating: "5a", count: 32)

    @Test(arguments: [
        ("state MASTER", "state MASTER", "state MASTER on both nodes"),
        ("version 2", "version 3", "both are master"),
        ("advert_int 1", "advert_int 2", "VRRPv2 refuses that"),
        ("version 3", "version 3\nadvert_int 2", "the pace changes"),
        ("authentication {\nauth_type PASS\nauth_pass a\n}", "", "auth_pass or auth_type differs"),
        (key + "\nactive_key 1\n}", "", "one node does not believe"),
        (
            key + "\nactive_key 1\nmode receive-only\n}", key + "\nactive_key 1\n}",
            "one node does not"
        ),
        ("unicast_peer {\n10.0.0.2\n}", "", "one node uses multicast"),
        (
            "unicast_src_ip 10.0.0.1\nunicast_peer {\n10.0.0.2\n}",
            "unicast_src_ip 10.0.0.3\nunicast_peer {\n10.0.0.1\n}", "sends from 10.0.0.3"
        ),
    ])
    func differences(here: String, there: String, expected: String) throws {
        let found = PeerComparison.findings(
            try PeerComparisonTests.settings(150, extra: here),
            try PeerComparisonTests.settings(100, extra: there))
        #expect(found.contains { $0.contains(expected) }, "\(found)")
        let reversed = PeerComparison.findings(
            try PeerComparisonTests.settings(100, extra: there),
            try PeerComparisonTests.settings(150, extra: here))
        #expect(!reversed.isEmpty)
    }

    @Test func migrationIsNoDifference() throws {
        let extra = { (mode: String) in
            PeerComparisonTests.key + "\nactive_key 1\nmode \(mode)\n}"
        }
        for (here, there) in [("receive-only", "permissive"), ("permissive", "enforce")] {
            let found = PeerComparison.findings(
                try PeerComparisonTests.settings(150, extra: extra(here)),
                try PeerComparisonTests.settings(100, extra: extra(there)))
            #expect(found == [])
        }
    }

    @Test func priorities() throws {
        #expect(
            PeerComparison.findings(
                try PeerComparisonTests.settings(101, weight: -2),
                try PeerComparisonTests.settings(98)) == [
                    "(VI_1) if script chk fails here, its priority is 99, still above 98: no fail-over"
                ])
        #expect(
            PeerComparison.findings(
                try PeerComparisonTests.settings(98),
                try PeerComparisonTests.settings(101, weight: -2)) == [
                    "(VI_1) if script chk fails on the other node, its priority is 99, still above 98:"
                        + " no fail-over"
                ])
        #expect(
            PeerComparison.findings(
                try PeerComparisonTests.settings(100), try PeerComparisonTests.settings(100)
            ).contains { $0.contains("priority 100 on both nodes") })
    }

    @Test func instancesAndAddresses() throws {
        let other = { (text: String) in
            text.replacing("virtual_router_id 51", with: "virtual_router_id 52")
        }
        let found = PeerComparison.findings(
            try PeerComparisonTests.settings(150),
            try PeerComparisonTests.settings(100, edit: other))
        #expect(found.count == 2 && found.allSatisfy { $0.contains("virtual_router_id 5") })
        let address = { (text: String) in text.replacing("10.0.0.50", with: "10.0.0.51") }
        #expect(
            PeerComparison.findings(
                try PeerComparisonTests.settings(150),
                try PeerComparisonTests.settings(100, edit: address)) == [
                    "(VI_1) virtual address 10.0.0.50 is on one node only",
                    "(VI_1) virtual address 10.0.0.51 is on one node only",
                ])
    }
}

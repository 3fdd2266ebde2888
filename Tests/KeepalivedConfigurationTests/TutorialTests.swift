import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import Testing

/// The pair that users have today.
@Suite struct TutorialTests {
    static func file(state: String, priority: Int) -> String {
        """
        vrrp_script chk_haproxy {
          script "pgrep haproxy"
          interval 2
          weight 2
        }

        vrrp_instance VI_1 {
          state \(state)
          interface eth0
          virtual_router_id 51
          priority \(priority)
          advert_int 1
          virtual_ipaddress {
            192.168.0.50
          }
          track_script {
            chk_haproxy
          }
        }

        """
    }

    @Test(arguments: [("MASTER", 101), ("BACKUP", 100)])
    func loads(state: String, priority: Int) throws {
        let reading = Reading(TutorialTests.file(state: state, priority: priority))
        let settings = try #require(reading.settings)
        let script = try #require(settings.scripts.first)
        #expect(script.command == ["pgrep", "haproxy"])
        #expect(script.interval == .seconds(2))
        #expect(script.weight == 2)
        #expect(script.asksForProxy)
        let instance = try #require(reading.instance)
        #expect(instance.name == "VI_1")
        #expect(instance.wantsMaster == (state == "MASTER"))
        #expect(instance.interface == "eth0")
        #expect(instance.virtualRouterID == 51)
        #expect(instance.priority == UInt8(priority))
        #expect(instance.version == .v2)
        #expect(instance.advertisementInterval == .seconds(1))
        #expect(instance.addresses.map(\.prefix.description) == ["192.168.0.50/32"])
        #expect(instance.trackScripts.map(\.name) == ["chk_haproxy"])
        // keepalived -t exits with 6 for it.
        #expect(reading.findings.outcome == .scriptSecurity)
        #expect(reading.messages.count == 1)
    }

    @Test func ourProxyAnswersTheScript() {
        let range = instanceRange
        let proxy = ProxySettings(
            name: "app", id: 2, isFrontend: false, isBackend: true, range: range)
        let reading = Reading(
            TutorialTests.file(state: "MASTER", priority: 101), proxies: [proxy])
        #expect(reading.findings.outcome == .valid)
        #expect(reading.findings.all.map(\.diagnostic.severity) == [.notice])
    }

    @Test func thePlaceholderIsNoAddress() {
        let text = TutorialTests.file(state: "MASTER", priority: 101)
            .replacing("192.168.0.50", with: "<your_virtual_ip>")
        let reading = Reading(text)
        #expect(
            reading.messages.prefix(2) == [
                "14: VRRP parsed invalid IP <your_virtual_ip>. skipping IP...",
                "7: (VI_1) No VIP specified; at least one is sensible",
            ])
        #expect(reading.settings?.instances.count == 1)
    }

    private var instanceRange: SourceRange { SourceRange(file: "x", line: 1) }
}

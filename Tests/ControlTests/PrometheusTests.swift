import Configuration
import Core
import Proxy
import Synchronization
import Testing

@testable import Control

@Suite struct PrometheusTests {
    let now = Instant(nanoseconds: 5_000_000_000_000)

    private func metrics(_ target: String, from service: TestService) -> LocalResponse? {
        StatsService(control: service).respond(
            to: LocalRequest(
                .prometheus, proxy: 0, snapshot: service.snapshot, method: "GET", target: target,
                authorization: nil, body: [], now: now + .seconds(4)))
    }

    @Test func virtualRoutersHaveSeriesOfTheirOwn() {
        let service = TestService(contractConfiguration(), now: now)
        var router = VirtualRouterReport(
            name: "VI_\"1\"", state: "MASTER", since: now, cause: "", interface: "eth0",
            virtualRouterID: 1, version: 3, basePriority: 100, effectivePriority: 120,
            advertisementInterval: .seconds(1), addresses: [])
        router.trackers = [.init(name: "proxy engine", isUp: true, weight: 0)]
        router.counters = [("advertisements_sent", 7)]
        service.state.withLock { $0.routers = [router] }
        let response = metrics("/metrics?scope=global", from: service)
        #expect(response?.fields.contains("Content-Type: text/plain; version=0.0.4") == true)
        let text = String(decoding: response?.body ?? [], as: UTF8.self)
        for line in [
            #"dyad_vrrp_state{router="VI_\"1\"",state="MASTER"} 1"#,
            #"dyad_vrrp_state{router="VI_\"1\"",state="BACKUP"} 0"#,
            #"dyad_vrrp_state_seconds{router="VI_\"1\""} 4"#,
            #"dyad_vrrp_priority{router="VI_\"1\""} 120"#,
            #"dyad_vrrp_tracker_up{router="VI_\"1\"",tracker="proxy engine"} 1"#,
            #"dyad_vrrp_events_total{router="VI_\"1\"",event="advertisements_sent"} 7"#,
            "haproxy_process_nbthread 2",
        ] {
            #expect(text.contains(line + "\n"), "\(line)")
        }
        #expect(!text.contains("haproxy_frontend"))
    }

    @Test(arguments: [
        ("?scope=server", true), ("?scope=*&no-maint", true), ("?scope=", true), ("?", true),
        ("?extra-counters", true), ("?scope=listener", true), ("?scope=x", false),
        ("?scope=server&scope=x", false), ("?scope", true),
    ])
    func queries(query: String, isKnown: Bool) {
        let service = TestService(contractConfiguration(), now: now)
        #expect(metrics("/metrics" + query, from: service)?.status == (isKnown ? 200 : 400))
    }
}

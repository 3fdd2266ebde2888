import Configuration
import Core
import EventLoop
import Proxy
import Testing

@testable import Control

/// What the page's form sends, and what comes of it.
@Suite struct StatsFormTests {
    private let service: TestService = {
        var configuration = contractConfiguration()
        var stats = StatsSettings()
        stats.uri = "/s"
        stats.isAdmin = true
        configuration.proxies[0].stats = stats
        return TestService(configuration, now: Instant(nanoseconds: 5_000_000_000_000))
    }()

    private func post(_ body: String) -> String? {
        let response = StatsService(control: service).respond(
            to: LocalRequest(
                proxy: 0, snapshot: service.snapshot, method: "POST", target: "/s",
                authorization: nil, body: Array(body.utf8),
                now: Instant(nanoseconds: 5_000_000_000_000)))
        #expect(response?.status == 303)
        return response?.fields.first { $0.hasPrefix("Location: ") }
    }

    @Test(arguments: [
        ("s=web1&s=web2&action=maint&b=%236", "DONE", 2),
        ("s=web1&action=drain&b=be_web", "DONE", 1),
        ("action=ready&b=be_web&s=web1", "DONE", 1),
        ("s=web1&s=nope&action=ready&b=be_web", "PART", 1),
        ("s=nope&action=ready&b=be_web", "ERRP", 0),
        ("s=web1&action=ready&b=nope", "ERRP", 0),
        ("s=web1&action=explode&b=be_web", "UNKN", 0),
        ("s=web1&action=hdown&b=be_web", "DONE", 1),
        ("s=web1&action=eagent&b=be_web", "NONE", 0),
        ("s=web1&action=shutdown&b=be_web", "DONE", 1),
        ("s=web1&b=be_web", "NONE", 0),
        ("action=maint&b=be_web", "NONE", 0),
        ("&&==&s&%%%=1", "NONE", 0),
        ("", "EXCD", 0),
    ])
    func actions(_ body: String, _ outcome: String, _ changes: Int) {
        #expect(post(body) == "Location: /s;st=\(outcome)")
        #expect(service.log.count == changes)
    }

    @Test func statesFollow() throws {
        _ = post("s=web1&action=maint&b=be_web")
        let server = try #require(service.snapshot.server(backend: "be_web", server: "web1"))
        let state = service.snapshot.proxies[server.proxy].servers[server.server]
        #expect(state.administration == .forcedMaintenance)
    }
}

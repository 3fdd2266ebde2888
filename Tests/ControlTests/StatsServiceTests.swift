import Configuration
import Core
import Proxy
import Synchronization
import Testing

@testable import Control

@Suite struct StatsServiceTests {
    let now = Instant(nanoseconds: 5_000_000_000_000)

    func service(_ edit: (inout StatsSettings) -> Void = { _ in }) -> TestService {
        var configuration = contractConfiguration()
        var stats = StatsSettings()
        stats.uri = "/haproxy/stats"
        edit(&stats)
        configuration.proxies[0].stats = stats
        return TestService(configuration, now: now)
    }

    func get(
        _ target: String, method: String = "GET", authorization: String? = nil, proxy: Int = 0,
        from service: TestService
    ) -> LocalResponse? {
        StatsService(control: service).respond(
            to: LocalRequest(
                proxy: proxy, snapshot: service.snapshot, method: method, target: target,
                authorization: authorization, body: [], now: now + .seconds(4)))
    }

    func text(_ response: LocalResponse?) -> String {
        String(decoding: response?.body ?? [], as: UTF8.self)
    }

    @Test func onlyItsAddressIsAnswered() {
        let service = service()
        #expect(get("/", from: service) == nil)
        #expect(get("/haproxy/stat", from: service) == nil)
        #expect(get("/haproxy/stats", proxy: 1, from: service) == nil)
        #expect(get("/haproxy/stats", method: "PUT", from: service) == nil)
        for target in [
            "/haproxy/stats", "/haproxy/stats/", "/haproxy/stats?x", "/haproxy/statsfoo",
        ] {
            #expect(get(target, from: service)?.status == 200)
        }
        #expect(
            get("/haproxy/stats", method: "POST", from: service)?.fields.contains(
                "Location: /haproxy/stats;st=DENY") == true)
    }

    @Test func formats() {
        let service = service { $0.refresh = .seconds(10) }
        let csv = get("/haproxy/stats;csv", from: service)
        #expect(text(csv).hasPrefix("# pxname,svname,"))
        #expect(
            csv?.fields == ["Cache-Control: no-cache", "Refresh: 10", "Content-Type: text/plain"])
        // Without legends the page's CSV has neither addresses nor cookies nor algorithms, as HAProxy's.
        #expect(!text(csv).contains("127.0.0.1:29101") && !text(csv).contains("roundrobin"))
        #expect(
            get("/haproxy/stats;csv;norefresh", from: service)?.fields.contains("Refresh: 10")
                == false)
        let json = get("/haproxy/stats;json;norefresh", from: service)
        #expect(json?.fields.contains("Content-Type: application/json") == true)
        #expect(text(json).hasPrefix("[[{\"objType\":\"Frontend\","))
        #expect(
            text(get("/haproxy/stats;typed", from: service)).hasPrefix(
                "F.2.0.0.pxname.1:KNS:str:stats\n"))
        #expect(!text(get("/haproxy/stats;csv;no-maint", from: service)).contains("MAINT"))
        #expect(
            text(get("/haproxy/stats;csv?scope=be_w", from: service)).split(separator: "\n").count
                == 5)
    }

    @Test func scopeHidesOtherProxies() {
        let service = service { $0.scope = ["fe_main"] }
        for target in [
            "/haproxy/stats", "/haproxy/stats;csv", "/haproxy/stats;json",
            "/haproxy/stats?scope=web",
        ] {
            #expect(!text(get(target, from: service)).contains("web1"))
        }
    }

    @Test func credentials() {
        let service = service {
            $0.credentials = [
                StatsCredential(user: "haproxy", password: "passw0rd"),
                StatsCredential(user: "o", password: "p:q"),
            ]
            $0.realm = "my \"realm\""
        }
        let refused = get("/haproxy/stats", from: service)
        #expect(refused?.status == 401)
        #expect(
            refused?.fields.contains("WWW-Authenticate: Basic realm=\"my \\\"realm\\\"\"") == true)
        func status(_ field: String) -> Int? {
            get("/haproxy/stats;csv", authorization: field, from: service)?.status
        }
        #expect(status("Basic aGFwcm94eTpwYXNzdzByZA==") == 200)
        #expect(status("basic aGFwcm94eTpwYXNzdzByZA==") == 200)
        #expect(status("Basic bzpwOnE=") == 200)
        for wrong in [
            "", "Basic", "Basic ", "Basic =", "Basic ====", "Basic aGFwcm94eTpwYXNzdzByZ",
            "Bearer x",
            "Basic aGFwcm94eTpwYXNzdzBy", "Basic aGFwcm94eTpwYXNzdzByZGQ=", "Basic aGFwcm94eQ==",
            "Basic Og==",
            "Basic aGFwcm94eTpwYXNzdzByZA== x", "Basic \u{0}\u{ff}",
            "Basic " + String(repeating: "A", count: 4000),
        ] {
            #expect(status(wrong) == 401)
        }
    }

    @Test func pageHasWhatToolsLookFor() {
        let page = text(get("/haproxy/stats", from: service { $0.refresh = .seconds(10) }))
        #expect(page.contains("compatible with HAProxy version 2.6.12, "))
        #expect(page.contains("<b>uptime = </b>0d 0h00m04s"))
        #expect(page.contains("<meta http-equiv=\"refresh\" content=\"10\">"))
        #expect(!page.contains("lab") && !page.contains("src=\"http"))
        let other = text(
            get(
                "/haproxy/stats;norefresh",
                from: service {
                    $0.refresh = .seconds(10)
                    $0.hidesVersion = true
                    $0.showNode = ""
                    $0.showDescription = "the <first> one"
                    $0.showLegends = true
                }))
        #expect(!other.contains("HAProxy version") && !other.contains("http-equiv=\"refresh\""))
        #expect(other.contains("<span class=\"node\">lab</span>"))
        #expect(other.contains("the &lt;first&gt; one"))
        #expect(other.contains("address 127.0.0.1:29101, cookie w1"))
    }

    @Test func whatOthersSayIsEscaped() {
        var configuration = contractConfiguration()
        configuration.proxies[0].stats = StatsSettings()
        configuration.proxies[0].stats?.uri = "/s\"><script>alert(1)</script>"
        configuration.proxies[0].stats?.showNode = "<script>n</script>"
        configuration.proxies[4].name = "<script>p</script>"
        configuration.proxies[4].servers[0].name = "<img src=x onerror='a'>\","
        let service = TestService(configuration, now: now)
        service.state.withLock {
            var router = VirtualRouterReport(
                name: "<script>v</script>", state: "MASTER", since: now,
                cause: "<script>c</script>",
                interface: "eth0", virtualRouterID: 51, version: 2, basePriority: 101,
                effectivePriority: 99, advertisementInterval: .seconds(1),
                addresses: ["<script>a</script>"])
            router.master = IPAddress("10.0.0.1")
            $0.routers = [router]
        }
        service.snapshot.proxies[4].servers[1].withMutable {
            $0.check.text = "\"<script>t</script>"
        }
        let page = text(get("/s\"><script>alert(1)</script>", from: service))
        #expect(!page.contains("<script") && !page.contains("<img"))
        #expect(page.contains("&lt;script&gt;p&lt;/script&gt;"))
        let csv = text(get("/s\"><script>alert(1)</script>;csv", from: service))
        #expect(csv.contains("\"<img src=x onerror='a'>\"\",\""))
    }

    /// A worker makes the answer in one go, so there is an end to it.
    @Test func answersHaveAnEnd() {
        var configuration = contractConfiguration()
        configuration.proxies[0].stats = StatsSettings()
        let template = configuration.proxies[4].servers[0]
        configuration.proxies[4].servers = (1...4000).map { number in
            var copy = template
            copy.name = "server\(number)"
            copy.id = number
            return copy
        }
        let service = TestService(configuration, now: now)
        #expect(get("/haproxy?stats;json", from: service)?.status == 503)
        #expect(get("/haproxy?stats;csv", from: service)?.status == 200)
        let page = text(get("/haproxy?stats", from: service))
        #expect(page.contains("and 3000 rows more: see the CSV"))
    }

    @Test func quantities() {
        #expect(QuantityText.bytes(512) == "512 B")
        #expect(QuantityText.bytes(1536) == "1.5 KiB")
        #expect(QuantityText.bytes(.max) == "15.9 EiB" || QuantityText.bytes(.max) == "15.0 EiB")
        #expect(QuantityText.count(9999) == "9999")
        #expect(QuantityText.count(12_345) == "12.3 k")
    }
}

import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import Testing

@Suite struct ReaderTests {
    static let backend = "backend app\n    server a 127.0.0.1:80\n"
    static let defaults =
        "defaults\n    timeout connect 1s\n    timeout server 1s\n    timeout client 1s\n"

    @Test func readsFilesAndDirectoriesInOrder() {
        let world = TestWorld(files: [
            "first.cfg": Self.defaults,
            "conf.d/20-b.cfg": "backend b\n    server a 127.0.0.1:80\n",
            "conf.d/10-a.cfg": "frontend a\n    bind :80\n    default_backend b\n",
            "conf.d/notes.txt": "junk\n", "conf.d/.hidden.cfg": "junk\n",
        ])
        let result = ConfigurationReader(loader: world.loader).read(files: ["first.cfg", "conf.d"])
        #expect(TestWorld.render(result) == "")
        #expect(result.configuration?.files == ["first.cfg", "conf.d/10-a.cfg", "conf.d/20-b.cfg"])
        #expect(result.configuration?.proxies.map(\.name) == ["a", "b"])
        #expect(result.configuration?.proxies[0].defaultBackend == 1)
    }

    @Test func reportsEveryFileThatIsMissing() {
        let result = ConfigurationReader(loader: TestWorld().loader).read(files: ["x.cfg", "y.cfg"])
        #expect(result.configuration == nil)
        #expect(
            TestWorld.render(result) == """
                [ALERT]    (1) : config : Cannot open configuration file/directory x.cfg : No such file or directory
                [ALERT]    (1) : config : Cannot open configuration file/directory y.cfg : No such file or directory

                """)
    }

    @Test func refusesALastLineWithoutItsEnd() {
        let result = TestWorld.read("global\n maxconn 5")
        #expect(
            TestWorld.render(result).hasPrefix(
                "[ALERT]    (1) : config : parsing [test.cfg:2] : Missing LF on last line, file might have been truncated at position 11.\n"
            ))
        #expect(result.configuration == nil)
    }

    @Test func anEmptyFileIsValidAndRunsNothing() {
        let result = TestWorld.read("")
        #expect(result.configuration?.hasListener == false)
        #expect(result.diagnostics.all.isEmpty)
    }

    @Test func takesHAProxysVariables() {
        var options = ReaderOptions()
        options.localPeer = "A"
        options.isMasterWorker = true
        let result = TestWorld.read(
            "global\n description \"$HAPROXY_LOCALPEER $HAPROXY_MWORKER $HAPROXY_BRANCH $HAPROXY_CFGFILES\"\n",
            options: options)
        #expect(result.configuration?.process.description == "A 1 3.0 test.cfg")
    }

    @Test func namesMayStayUnresolved() {
        var options = ReaderOptions()
        options.resolvesNames = false
        let text = Self.defaults + "listen l\n bind :80\n server a nosuch.invalid:81 check\n"
        let server = TestWorld.read(text, options: options).configuration?.proxies[0].servers[0]
        #expect(server?.address == nil)
        #expect(server?.hostName == "nosuch.invalid")
        #expect(server?.port == 81)
    }

    @Test func aMisspeltHeaderIsOneError() {
        let text =
            Self.defaults + Self.backend + "frontned www\n    bind :80\n    default_backend app\n"
        let result = TestWorld.read(text)
        #expect(result.diagnostics.all.count == 3)
        #expect(
            TestWorld.render(result).hasPrefix(
                "[ALERT]    (1) : config : parsing [test.cfg:7] : unknown keyword 'frontned' in 'backend' section; did you mean 'frontend' maybe ?\n"
            ))
    }

    @Test func summaryTellsWhatWasUnderstood() throws {
        let text = """
            global
                ssl-mode-async
            defaults
                mode http
                timeout connect 1s
                timeout server 1s
                timeout client 1s
            listen stats
                bind :8090
                stats uri /s
            frontend www
                bind 10.0.0.100:80
                default_backend app
            backend app
                server a 127.0.0.1:80 check
                server b nosuch.invalid:80 init-addr none
            vrrp_instance VI_1 {
                interface eth0
                virtual_router_id 51
                priority 101
                virtual_ipaddress { 10.0.0.100/24 }
            }

            """
        let configuration = try #require(TestWorld.read(text).configuration)
        #expect(
            ConfigurationSummary.text(configuration) == """
                Understood:
                  listen stats: http, 0.0.0.0:8090, statistics at /s
                  frontend www: http, 10.0.0.100:80 to backend app
                  backend app: roundrobin, 2 servers (1 checked): a 127.0.0.1:80, b nosuch.invalid:80
                  virtual router VI_1 on eth0: id 51, priority 101, 10.0.0.100/24
                Keywords without effect:
                  ssl-mode-async (test.cfg:2): no engine works beside the process that it would have to wait for

                """)
    }
}

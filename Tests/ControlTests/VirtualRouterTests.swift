import Core
import Linux
import Synchronization
import Testing

@testable import Control

@Suite struct VirtualRouterTests {
    func bench(_ edit: (inout VirtualRouterReport) -> Void = { _ in }) throws -> SocketBench {
        let now = Clock.now()
        let service = TestService(contractConfiguration(), now: now)
        var router = VirtualRouterReport(
            name: "VI_1", state: "BACKUP", since: now, cause: "10.0.0.3 has \"more\"",
            interface: "eth0",
            virtualRouterID: 51, version: 3, basePriority: 100, effectivePriority: 80,
            advertisementInterval: .milliseconds(100), addresses: ["10.0.0.9/24 dev eth0"])
        router.master = IPAddress("10.0.0.3")
        router.masterPriority = 101
        router.lastHeard = now
        router.trackers = [
            .init(name: "proxy engine", isUp: true, weight: 0),
            .init(name: "backend app", isUp: false, weight: -20),
            .init(name: "file load", isUp: true, weight: 1, move: -20),
        ]
        router.transitions = [.init(state: "BACKUP", at: now, cause: "started")]
        router.counters = [("advertisements_received", 7), ("checksum_errors", 0)]
        edit(&router)
        service.state.withLock { [router] in $0.routers = [router] }
        return try SocketBench(service)
    }

    @Test func text() throws {
        #expect(
            try bench().exchange("show vrrp\n").hasPrefix(
                """
                VI_1: BACKUP for 0 s (10.0.0.3 has "more")
                  interface eth0, virtual router id 51, version 3, one advertisement each 100 ms
                  priority 80, configured 100
                  tracks proxy engine: up (FAULT while it is down)
                  tracks backend app: DOWN (weight -20)
                  tracks file load: up (weight 1, now -20)
                  address 10.0.0.9/24 dev eth0
                  master is 10.0.0.3 with priority 101, heard
                """))
        #expect(try bench().exchange("show vrrp nosuch\n") == "No such virtual router.\n\n")
        #expect(try bench().exchange("show vrrp VI_1\n").contains("\n  0 s ago BACKUP: started\n"))
        #expect(
            try bench().exchange("show health\n").contains(
                "virtual router VI_1: BACKUP, priority 80, configured 100\n"))
        #expect(try bench().exchange("vrrp failover nosuch\n") == "No such virtual router.\n\n")
    }

    @Test(arguments: [
        ("failover VI_1", "failover of VI_1 after the usual time"),
        ("failover", "failover of all after the usual time"),
        ("failover drain 5", "failover of all after 5.0 seconds"),
        ("maintenance on VI_1 drain 250ms", "maintenance(true) of VI_1 after 0.25 seconds"),
        ("failover drain 0", "failover of all after 0.0 seconds"),
        ("takeover VI_1", "takeover of VI_1 after the usual time"),
        ("failover drain", "No such virtual router."),
        ("failover VI_1 drain", "Too many arguments."),
        ("failover VI_1 VI_2 drain 5", "Too many arguments."),
        ("failover VI_1 drain 2h", "'drain' expects a time of at most 3600s."),
        ("failover VI_1 drain soon", "'drain' expects a time of at most 3600s."),
        ("takeover VI_1 drain 5", "Too many arguments."),
        ("maintenance off drain 5", "Too many arguments."),
    ])
    func handOver(command: String, reply: String) throws {
        #expect(try bench().exchange("vrrp \(command)\n") == reply + "\n\n")
    }

    @Test func drain() throws {
        let drained = try bench {
            $0.drain = VirtualRouterReport.Drain(
                purpose: "failover", connections: 3, left: .milliseconds(12_300))
        }
        #expect(
            try drained.exchange("show vrrp\n").contains(
                "\n  draining for failover: connections left: 3, at most 12 s more\n"))
        #expect(
            try drained.exchange("show vrrp json\n").contains(
                #","draining":"failover","draining_connections":3,"draining_ms_left":12300,"#))
    }

    @Test func json() throws {
        let reply = try bench().exchange("show vrrp VI_1 json\n")
        #expect(
            reply.hasPrefix(
                #"[{"name":"VI_1","state":"BACKUP","state_seconds":0,"cause":"10.0.0.3 has \"more\"","#
            ))
        #expect(
            reply.contains(
                #""trackers":[{"name":"proxy engine","up":true,"weight":0},{"name":"backend app","up":false,"weight":-20},{"name":"file load","up":true,"weight":1,"move":-20}]"#
            ))
        #expect(
            reply.hasSuffix(
                "\"counters\":{\"advertisements_received\":7,\"checksum_errors\":0}}]\n\n"))
        let none = TestService(contractConfiguration(), now: Clock.now())
        #expect(try SocketBench(none).exchange("show vrrp json\n") == "[]\n\n")
        #expect(try SocketBench(none).exchange("show vrrp\n") == "\n")
    }
}

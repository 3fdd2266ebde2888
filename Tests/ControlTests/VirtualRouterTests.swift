import Core
import Linux
import Synchronization
import Testing

@testable import Control

@Suite struct VirtualRouterTests {
    func bench() throws -> SocketBench {
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
        service.state.withLock { $0.routers = [router] }
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
        #expect(try bench().exchange("vrrp failover VI_1\n") == "not before failover exists\n\n")
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

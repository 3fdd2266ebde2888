import Configuration
import Core
import Failover
import Foundation
import Linux
import Netlink
import Testing
import VRRP

enum Keepalived {
    static let program = "/usr/sbin/keepalived"
    static var isInstalled: Bool { FileManager.default.fileExists(atPath: program) }
}

/// Debian's keepalived as the other node: both understand each other, whoever is master.
@Suite(
    .enabled(if: PrivateNetwork.isPossible && Keepalived.isInstalled), .serialized,
    .timeLimit(.minutes(1)))
struct KeepalivedTests {
    /// keepalived on `v1` of the calling thread's namespace.
    struct Peer {
        let pid: Int32
        let folder: String

        init(priority: Int, version: Int, interval: String, extra: String) throws {
            folder = NSTemporaryDirectory() + "dyad-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            let text = """
                global_defs { vrrp_version \(version) }
                vrrp_instance VI_1 {
                    interface v1
                    virtual_router_id 51
                    priority \(priority)
                    advert_int \(interval)
                    \(extra)
                    virtual_ipaddress { 10.9.0.50 }
                }
                """
            try text.write(toFile: folder + "/conf", atomically: true, encoding: .utf8)
            var child = Processes.Child(
                path: Keepalived.program,
                arguments: [
                    "keepalived", "--dont-fork", "--log-console", "--vrrp", "-f", folder + "/conf",
                    "-p", folder + "/pid", "-r", folder + "/vrrp.pid",
                ])
            child.newProcessGroup = true
            child.diesWithParent = false
            pid = try Processes.spawn(child)
        }

        func stop() {
            Processes.signal(pid, Signals.terminate)
            _ = Processes.wait(pid)
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    /// Waits until the address is, or is no longer, on keepalived's interface.
    static func waitForAddress(_ monitor: NetworkMonitor, isThere: Bool) throws {
        func isSettled() -> Bool {
            let index = monitor.table.link(named: "v1")?.index ?? 0
            let there = monitor.table.addresses(of: index).contains {
                $0.prefix.address == IPAddress("10.9.0.50")
            }
            return there == isThere
        }
        _ = try NetworkMonitorTests.changes(monitor) { _ in isSettled() }
        #expect(isSettled())
    }

    @Test(arguments: [2, 3])
    func electionsPreemptionAndPriorityZero(version: Int) throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let monitor = try NetworkMonitor()
            var instance = RouterBench.instance("v0", priority: 150)
            var interval = "0.1"
            var extra = ""
            if version == 2 {
                instance.version = .v2
                instance.advertisementInterval = .seconds(1)
                instance.password = VRRPPassword(bytes: Array("s3cret".utf8))
                interval = "1"
                extra = "authentication {\n auth_type PASS\n auth_pass s3cret\n }"
            }
            let peer = try Peer(
                priority: 100, version: version, interval: interval, extra: extra)
            defer { peer.stop() }
            try KeepalivedTests.waitForAddress(monitor, isThere: true)

            // We are higher and take over; it yields.
            let high = try RouterBench(RouterBench.settings(instance))
            try high.wait(for: "received lower priority (100) advert from 10.9.0.2 - discarding")
            try high.wait(for: "(VI_1) Entering MASTER STATE")
            try KeepalivedTests.waitForAddress(monitor, isThere: false)

            // We go, it takes over on priority 0.
            try high.stop(graceful: true)
            #expect(high.allLines.contains { $0.contains("10.9.0.2 took over") })
            try KeepalivedTests.waitForAddress(monitor, isThere: true)

            // We are lower and stay backup until it goes with priority 0.
            instance.priority = 50
            let low = try RouterBench(RouterBench.settings(instance))
            try low.wait(for: "(VI_1) Entering BACKUP STATE (init)")
            Processes.signal(peer.pid, Signals.terminate)
            try low.wait(for: "(VI_1) Backup received priority 0 advertisement")
            try low.wait(for: "(VI_1) Entering MASTER STATE")
            let refused = low.router.status().instances.first.map { status in
                Rejection.Kind.allCases.reduce(0) { $0 + status.counters[$1] }
            }
            #expect(refused == 0)
            try low.stop()
        }
    }
}

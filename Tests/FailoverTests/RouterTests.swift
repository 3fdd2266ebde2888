import Configuration
import Core
import EventLoop
import Failover
import Foundation
import Linux
import Netlink
import Testing
import VRRP

/// The whole VRRP half on real interfaces, in namespaces of the tests' own.
@Suite(.enabled(if: PrivateNetwork.isPossible), .serialized, .timeLimit(.minutes(1)))
struct RouterTests {
    @Test func theHigherOneIsMasterAndHandsOver() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let high = try RouterBench(
                RouterBench.settings(RouterBench.instance("v0", priority: 150)))
            try high.wait(for: "(VI_1) Entering MASTER STATE")
            let low = try RouterBench(RouterBench.settings(RouterBench.instance("v1")))
            try low.wait(for: "(VI_1) Entering BACKUP STATE (init)")
            #expect(try RouterBench.has("10.9.0.50", on: "v0"))
            try high.stop(graceful: true)
            try low.wait(for: "(VI_1) Backup received priority 0 advertisement")
            try low.wait(for: "(VI_1) Entering MASTER STATE")
            try low.wait(for: "Sending gratuitous ARP on v1 for 10.9.0.50")
            #expect(high.allLines.contains { $0.contains("10.9.0.2 took over") })
            #expect(try !RouterBench.has("10.9.0.50", on: "v0"))
            #expect(try RouterBench.has("10.9.0.50", on: "v1"))
            try low.stop()
            #expect(try !RouterBench.has("10.9.0.50", on: "v1"))
            let status = low.router.status().instances.first
            #expect(status?.state == .initialize)
            #expect(status?.counters.becameMaster == 1)
            #expect(status?.counters.releasedMaster == 1)
            #expect((status?.counters.advertisementsReceived ?? 0) > 1)
        }
    }

    /// A pair by unicast, and an operator who moves the addresses to and fro.
    @Test func unicastAndWhatOperatorsAsk() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let high = try RouterBench(
                RouterBench.settings(
                    try RouterTests.unicast("v0", 150, from: "10.9.0.1", to: "10.9.0.2")))
            try high.wait(for: "(VI_1) Entering MASTER STATE")
            #expect(high.move(.failover, unlessMaster: true).foundMaster)
            #expect(high.move(.failover).lines == ["VI_1: no peer took over, still master"])
            let low = try RouterBench(
                RouterBench.settings(
                    try RouterTests.unicast("v1", 100, from: "10.9.0.2", to: "10.9.0.1")))
            try low.wait(for: "(VI_1) Entering BACKUP STATE (init)")

            #expect(high.move(.failover).lines == ["VI_1: backup"])
            try low.wait(for: "(VI_1) Entering MASTER STATE")
            #expect(try RouterBench.has("10.9.0.50", on: "v1"))
            #expect(try !RouterBench.has("10.9.0.50", on: "v0"))

            #expect(high.move(.takeover).lines == ["VI_1: master"])
            try low.wait(for: "Entering BACKUP STATE")
            #expect(high.move(.beginMaintenance).lines == ["VI_1: fault"])
            try low.wait(for: "(VI_1) Entering MASTER STATE")
            #expect(high.move(.takeover).succeeded == false)
            #expect(high.move(.endMaintenance).lines == ["VI_1: backup"])
            try low.wait(for: "Entering BACKUP STATE")
            #expect(high.move(.failover, router: "VI_2").succeeded == false)

            // A peer that dies ends what was asked for its sake.
            #expect(high.move(.failover).lines == ["VI_1: backup"])
            try low.wait(for: "(VI_1) Entering MASTER STATE")
            try low.stop()
            try high.wait(for: "(VI_1) Changing effective priority from 1 to 150")
            try high.stop()
            #expect(high.move(.failover).succeeded == false)
        }
    }

    private static func unicast(
        _ interface: String, _ priority: UInt8, from source: String, to peer: String
    ) throws -> VirtualRouterSettings {
        var instance = RouterBench.instance(interface, priority: priority)
        instance.unicastSource = IPAddress(source)
        instance.unicastPeers = [IPAddress(peer)].compactMap { $0 }
        return instance
    }

    /// Members of a group are master together, and one that cannot be takes the other with it.
    @Test func aGroupMovesAsOne() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            try PrivateNetwork.ip("link add d0 type veth peer name d1")
            try PrivateNetwork.ip("addr add 10.8.0.1/24 dev d0")
            try PrivateNetwork.ip("link set d0 up")
            try PrivateNetwork.ip("link set d1 up")
            var inner = RouterBench.instance("d0", address: "10.8.0.50")
            inner.name = "VI_2"
            var settings = RouterBench.settings(RouterBench.instance("v0"), inner)
            settings.syncGroups = [
                SyncGroupSettings(name: "G", members: ["VI_1", "VI_2"], range: inner.range)
            ]
            let bench = try RouterBench(settings)
            try bench.wait(for: "VRRP_Group(G) Syncing instances to MASTER state")
            #expect(try RouterBench.has("10.9.0.50", on: "v0"))
            #expect(try RouterBench.has("10.8.0.50", on: "d0"))
            try PrivateNetwork.ip("link set v1 down")
            try bench.wait(for: "VRRP_Group(G) Syncing instances to FAULT state")
            try bench.wait(for: "(VI_2) Entering FAULT STATE")
            try bench.wait(for: "(VI_2) removing VIPs.")
            #expect(bench.allLines.contains("(VI_2) entering FAULT state due to sync group G"))
            try PrivateNetwork.ip("link set v1 up")
            try bench.wait(for: "VRRP_Group(G) Syncing instances to MASTER state")

            // A rival on one link ends both.
            let rival = try RouterBench(
                RouterBench.settings(RouterBench.instance("v1", priority: 200)))
            try bench.wait(for: "VRRP_Group(G) Syncing instances to BACKUP state")
            #expect(try !RouterBench.has("10.8.0.50", on: "d0"))
            try rival.stop()
            try bench.wait(for: "VRRP_Group(G) Syncing instances to MASTER state")
            try bench.stop()
            #expect(try !RouterBench.has("10.8.0.50", on: "d0"))
        }
    }

    @Test func aRemovedAddressComesBackAndAForeignOneStays() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            try PrivateNetwork.ip("addr add 10.9.0.51/32 dev v0")
            var instance = RouterBench.instance("v0")
            instance.excludedAddresses = [RouterBench.virtual("10.9.0.51")].compactMap { $0 }
            let bench = try RouterBench(RouterBench.settings(instance))
            try bench.wait(for: "10.9.0.51/32: is there already and is not ours")
            try bench.wait(for: "Sending gratuitous ARP")
            try PrivateNetwork.ip("addr del 10.9.0.50/32 dev v0")
            try bench.wait(for: "virtual address 10.9.0.50/32 was removed by somebody; it is back")
            #expect(try RouterBench.has("10.9.0.50", on: "v0"))
            try bench.stop()
            #expect(try !RouterBench.has("10.9.0.50", on: "v0"))
            #expect(try RouterBench.has("10.9.0.51", on: "v0"))
        }
    }

    @Test func aMissingInterfaceIsWaitedFor() throws {
        try PrivateNetwork.run {
            let bench = try RouterBench(RouterBench.settings(RouterBench.instance("v0")))
            try bench.wait(for: "interface v0 does not exist; waiting for it in FAULT")
            try bench.wait(for: "(VI_1) Entering FAULT STATE (init)")
            try RouterBench.makeLink()
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            try PrivateNetwork.ip("link set v1 down")
            try bench.wait(for: "(VI_1) entering FAULT state (interface v0 down)")
            try bench.wait(for: "(VI_1) removing VIPs.")
            #expect(try !RouterBench.has("10.9.0.50", on: "v0"))
            try PrivateNetwork.ip("link del v0")
            try RouterBench.makeLink()
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            try bench.stop()
        }
    }

    /// An address that a dead process left behind is removed; marks tell that it is ours.
    @Test func aStaleAddressIsRemoved() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            try RouterTests.leaveAddress()
            let bench = try RouterBench(RouterBench.settings(RouterBench.instance("v0")))
            try bench.wait(for: "(VI_1) removing VIPs.")
            try bench.wait(for: "(VI_1) Entering BACKUP STATE (init)")
            try bench.stop()
        }
    }

    /// The process after a dead one goes on as master: the address never leaves the interface.
    @Test func aRestartedProcessResumes() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            try RouterTests.leaveAddress()
            let monitor = try NetworkMonitor()
            let bench = try RouterBench(
                RouterBench.settings(RouterBench.instance("v0")), resuming: ["VI_1"])
            try bench.wait(for: "(VI_1) resuming as MASTER after a restart")
            try bench.wait(for: "Sending gratuitous ARP")
            let changes = try monitor.drain()
            #expect(!changes.contains { if case .addressRemoved = $0 { true } else { false } })
            try bench.stop()
            #expect(try !RouterBench.has("10.9.0.50", on: "v0"))
        }
    }

    /// What a process that was killed leaves behind.
    static func leaveAddress() throws {
        let monitor = try NetworkMonitor()
        // The link has its carrier a moment after both ends are up.
        _ = try NetworkMonitorTests.changes(monitor) { _ in
            monitor.table.link(named: "v0")?.isUsable == true
        }
        try monitor.add(
            InterfaceAddress(
                linkIndex: try #require(monitor.table.link(named: "v0")?.index),
                prefix: try #require(NetworkMonitorTests.prefix("10.9.0.50", 32)),
                mark: InterfaceAddress.ourMark))
    }

    @Test func scriptsMoveThePriorityAndTellOfStates() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let folder = NSTemporaryDirectory() + "dyad-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let good = folder + "/good"
            try Data().write(to: URL(fileURLWithPath: good))
            let settings = RouterTests.scripted(folder: folder, file: good)
            let bench = try RouterBench(settings)
            try bench.wait(for: "waiting for the first result of everything that is tracked")
            try bench.wait(for: "VRRP_Script(chk) succeeded")
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            try FileManager.default.removeItem(atPath: good)
            try bench.wait(for: "VRRP_Script(chk) failed (exited with status 1)")
            try bench.wait(for: "(VI_1) entering FAULT state due to script chk")
            try bench.wait(for: "(VI_1) sent 0 priority")
            try bench.wait(for: "(VI_1) Entering FAULT STATE")
            try bench.stop()
            let told = try String(contentsOfFile: folder + "/told", encoding: .utf8)
            let lines = Set(told.split(separator: "\n").map(String.init))
            #expect(
                lines.isSuperset(of: [
                    "any INSTANCE VI_1 BACKUP 100", "any INSTANCE VI_1 MASTER 100",
                    "any INSTANCE VI_1 FAULT 100", "any INSTANCE VI_1 STOP 100", "master",
                ]))
        }
    }

    static func scripted(folder: String, file: String) -> VRRPSettings {
        let teller = "echo \"$@\" >> \(folder)/told"
        var instance = RouterBench.instance("v0")
        instance.trackScripts = [TrackedName(name: "chk")]
        instance.notify.any = .init(command: ["/bin/sh", "-c", teller, "sh", "any"])
        instance.notify.master = .init(command: ["/bin/sh", "-c", teller, "sh", "master"])
        var settings = RouterBench.settings(instance)
        var script = VRRPScriptSettings(
            name: "chk", command: ["test", "-e", file], range: instance.range)
        script.interval = .milliseconds(100)
        settings.scripts = [script]
        return settings
    }

    @Test func theHealthOfTheProxyDecides() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            var instance = RouterBench.instance("v0")
            instance.trackScripts = [TrackedName(name: "chk_haproxy")]
            var settings = RouterBench.settings(instance)
            settings.scripts = [
                VRRPScriptSettings(
                    name: "chk_haproxy", command: ["killall", "-0", "haproxy"],
                    range: instance.range)
            ]
            let bench = try RouterBench(settings, tracksProxy: true)
            try bench.wait(for: "is answered from the health of the proxy in this process")
            bench.health.setRunning(true)
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            bench.health.setLostListeners(1)
            try bench.wait(for: "due to the proxy engine")
            bench.health.setLostListeners(0)
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            try bench.stop()
        }
    }

    /// The thread looks at the board five times a second by itself; a change must not wait for that, or for a timer.
    @Test func theLossOfABackendIsHeardAtOnce() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            var instance = RouterBench.instance("v0")
            instance.advertisementInterval = .seconds(10)
            var tracking = TrackProxySettings()
            tracking.targets = [.init(kind: .backend, name: "app", weight: 20)]
            instance.trackProxy = tracking
            let bench = try RouterBench(RouterBench.settings(instance), tracksProxy: true)
            bench.health.setRunning(true)
            bench.health.setUsableServers(0, backend: "app")
            try bench.wait(for: "Entering BACKUP STATE")
            let rounds = 15
            let start = ContinuousClock.now
            for _ in 0..<rounds {
                bench.health.setUsableServers(2, backend: "app")
                try bench.wait(for: "Changing effective priority from 100 to 120")
                // What changes no judgement wakes nobody.
                bench.health.setUsableServers(1, backend: "app")
                bench.health.setUsableServers(0, backend: "app")
                try bench.wait(for: "Changing effective priority from 120 to 100")
            }
            let whole = HealthBoard.turnLimit * (2 * rounds)
            #expect(ContinuousClock.now - start < .nanoseconds(whole.nanoseconds / 2))
            try bench.stop()
        }
    }

    @Test func aReloadTouchesOnlyWhatChanged() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let settings = RouterBench.settings(RouterBench.instance("v0"))
            let bench = try RouterBench(settings)
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            let before = bench.allLines.count
            bench.router.apply(settings, tracksProxy: false)
            var more = settings
            more.instances[0].addresses += [RouterBench.virtual("10.9.0.51")].compactMap { $0 }
            bench.router.apply(more, tracksProxy: false)
            try bench.wait(for: "Sending gratuitous ARP on v0 for 10.9.0.51")
            bench.router.apply(settings, tracksProxy: false)
            var second = RouterBench.instance("v1", address: "10.9.0.60")
            second.name = "VI_2"
            second.virtualRouterID = 52
            bench.router.apply(
                RouterBench.settings(settings.instances[0], second), tracksProxy: false)
            try bench.wait(for: "(VI_2) Entering MASTER STATE")
            #expect(try RouterBench.has("10.9.0.50", on: "v0"))
            #expect(try !RouterBench.has("10.9.0.51", on: "v0"))
            bench.router.apply(settings, tracksProxy: false)
            try bench.wait(for: "(VI_2) removing VIPs.")
            let lines = bench.allLines.dropFirst(before).filter { $0.contains("(VI_1)") }
            #expect(lines.filter { $0.contains("STATE") }.isEmpty)
            #expect(lines.filter { $0.contains("removing VIPs") }.isEmpty)
            try bench.stop()
        }
    }

    /// Thousands of refused packets a second: advertisements go on at their interval, every refusal is counted.
    @Test func aFloodDoesNotDisturbTheInterval() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let bench = try RouterBench(RouterBench.settings(RouterBench.instance("v0")))
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            let index = try #require(Host.interfaceIndex("v1"))
            let sender = try RawSocket(sendingOn: "v1", index: index, isIPv4: true)
            let receiver = try RawSocket(
                receivingOn: "v1", index: index, isIPv4: true, group: .v4(Advertisement.ipv4Group))
            let source = try #require(IPv4Address("10.9.0.2"))
            let bad = Advertisement(
                version: .v3, virtualRouterID: 51, priority: 200, interval: .milliseconds(100),
                addresses: []
            ).packet(from: source, to: Advertisement.ipv4Group, timeToLive: 254)
            var bytes = [UInt8](repeating: 0, count: 2048)
            var heard: [Instant] = []
            var sent: UInt64 = 0
            let start = Clock.now()
            while Clock.now() - start < .seconds(2) {
                if sender.send(bad, to: .v4(Advertisement.ipv4Group)) == nil { sent += 1 }
                if case .moved = receiver.receive(into: &bytes), bytes[8] == 255 {
                    heard.append(Clock.now())
                }
            }
            let gaps = zip(heard, heard.dropFirst()).map { $1 - $0 }
            let longest = gaps.max() ?? .seconds(9)
            #expect(sent > 20_000)
            #expect((18...22).contains(heard.count))
            #expect(longest < .milliseconds(150), "\(gaps)")
            try bench.stop()
            let counters = bench.router.status().instances.first?.counters
            #expect((counters?[.timeToLive] ?? 0) > 1_000)
            #expect(bench.allLines.filter { $0.contains("invalid TTL/HL") }.count == 1)
        }
    }

    /// The owner has the address by itself: it is its source, and stays when it goes.
    @Test func theOwnerUsesItsOwnAddress() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            var instance = RouterBench.instance("v0", priority: 255)
            instance.addresses = [
                VirtualAddress(prefix: try #require(NetworkMonitorTests.prefix("10.9.0.1", 24)))
            ]
            let bench = try RouterBench(RouterBench.settings(instance))
            try bench.wait(for: "(VI_1) Entering MASTER STATE")
            try bench.wait(for: "10.9.0.1/24: is there already and is not ours")
            try bench.stop()
            #expect(
                bench.router.status().instances.first?.sourceAddress == IPAddress("10.9.0.1"))
            #expect(try RouterBench.has("10.9.0.1", on: "v0"))
        }
    }

    /// What a guard repeats when the process is dead.
    @Test func factsForAGuard() throws {
        try PrivateNetwork.run {
            try RouterBench.makeLink()
            let bench = try RouterBench(RouterBench.settings(RouterBench.instance("v0")))
            try bench.wait(for: "Sending gratuitous ARP")
            try bench.stop()
            let facts = try #require(bench.router.facts().first)
            #expect(facts.advertisement.count == 32)
            #expect(facts.advertisement[22] == 100)
            #expect(facts.resignation[22] == 0)
            #expect(!facts.isMaster && facts.addresses.isEmpty)
        }
    }
}

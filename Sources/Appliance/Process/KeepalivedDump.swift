internal import Control
internal import Core
internal import Failover
internal import VRRP

/// keepalived's dumps of what this program has of it: the virtual routers, in the shape that tools parse. A
/// `FailoverStatus` holds no password, so none can be written.
internal struct KeepalivedDump {
    private let status: FailoverStatus

    init(_ status: FailoverStatus) { self.status = status }

    func text(_ kind: KeepalivedDumpKind) -> [UInt8] {
        switch kind {
        case .data:
            let routers = status.instances.map(data).joined()
            return Array(("------< VRRP Topology >------\n" + routers).utf8)
        case .statistics: return Array(status.instances.map(statistics).joined().utf8)
        case .json:
            var output: [UInt8] = Array("[".utf8)
            for (index, instance) in status.instances.enumerated() {
                if index > 0 { output += Array(",".utf8) }
                output += json(instance)
            }
            return output + Array("]\n".utf8)
        }
    }

    // MARK: keepalived.data

    private func data(_ router: FailoverStatus.Instance) -> String {
        let held = router.addresses
        var lines = [
            " VRRP Instance = \(router.name)",
            "   VRRP Version = \(router.version.rawValue)",
            "   State = \(router.state.dumpWord)",
            "   Wantstate = \(router.wantsMaster ? "MASTER" : "BACKUP")",
            "   Last transition = \(seconds(router.transitions.last?.realtime ?? 0))",
            "   Interface = \(router.interface)",
        ]
        if let source = router.sourceAddress { lines.append("   Using src_ip = \(source)") }
        if let peer = router.peer {
            lines.append("   Master router = \(peer.address)")
            lines.append("   Master priority = \(peer.priority)")
        }
        lines += [
            "   Virtual Router ID = \(router.virtualRouterID)",
            "   Priority = \(router.basePriority)",
            "   Effective priority = \(router.effectivePriority)",
            "   Total priority = \(router.effectivePriority)",
            "   Advert interval = \(interval(router))",
            "   Preempt = \(router.preempts ? "enabled" : "disabled")",
        ]
        if router.preemptDelay > .zero {
            lines.append("   Preempt delay = \(router.preemptDelay.milliseconds / 1000) secs")
        }
        lines.append(
            "   Authentication type = \(router.usesPassword ? "SIMPLE_PASSWORD" : "none")")
        for (title, isAdvertised) in [("Virtual IP", true), ("Virtual IP Excluded", false)] {
            let addresses = held.filter { $0.isAdvertised == isAdvertised }
            guard !addresses.isEmpty else { continue }
            lines.append("   \(title) (\(addresses.count)):")
            for address in addresses {
                lines.append("     \(address.text)\(address.isHeld ? " set" : "")")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func interval(_ router: FailoverStatus.Instance) -> String {
        let milliseconds = router.advertisementInterval.milliseconds
        return router.version == .v2 ? "\(milliseconds / 1000) sec" : "\(milliseconds) milli-sec"
    }

    /// Seconds since 1970 with six digits.
    private func seconds(_ nanoseconds: Int64) -> String {
        let microseconds = nanoseconds / 1000
        return "\(microseconds / 1_000_000)."
            + String(String(1_000_000 + microseconds % 1_000_000).dropFirst())
    }

    // MARK: keepalived.stats

    private func statistics(_ router: FailoverStatus.Instance) -> String {
        let counters = router.counters
        let intervals = counters[.interval] + counters[.zeroInterval]
        return """
            VRRP Instance: \(router.name)
              Advertisements:
                Received: \(counters.advertisementsReceived)
                Sent: \(counters.advertisementsSent)
              Became master: \(counters.becameMaster)
              Released master: \(counters.releasedMaster)
              Packet Errors:
                Length: \(counters[.length])
                TTL: \(counters[.timeToLive])
                Invalid Type: \(counters[.type])
                Advertisement Interval: \(intervals + counters[.learnedIntervalTooLong])
                Address List: \(counters.addressListMismatches)
              Authentication Errors:
                Invalid Type: \(counters[.unknownAuthentication])
                Type Mismatch: \(counters[.authenticationMismatch])
                Failure: \(counters[.wrongPassword])
              Priority Zero:
                Received: \(counters.priorityZeroReceived)
                Sent: \(counters.priorityZeroSent)

            """
    }

    // MARK: keepalived.json

    private func json(_ router: FailoverStatus.Instance) -> [UInt8] {
        var output: [UInt8] = []
        func write(_ text: String) { output += Array(text.utf8) }
        func list(_ name: String, _ addresses: [FailoverStatus.Address]) {
            write(",\"\(name)\":[")
            for (index, address) in addresses.enumerated() {
                if index > 0 { write(",") }
                output.write(json: address.text + (address.isHeld ? " set" : ""))
            }
            write("]")
        }
        let counters = router.counters
        let advertised = router.addresses.filter(\.isAdvertised)
        let excluded = router.addresses.filter { !$0.isAdvertised }
        let interval = router.advertisementInterval.milliseconds
        write("{\"data\":{\"iname\":")
        output.write(json: router.name)
        write(",\"ifp_ifname\":")
        output.write(json: router.interface)
        write(",\"master_priority\":\(router.state == .backup ? router.peer?.priority ?? 0 : 0)")
        write(",\"last_transition\":\(seconds(router.transitions.last?.realtime ?? 0))")
        write(",\"vrid\":\(router.virtualRouterID),\"base_priority\":\(router.basePriority)")
        write(",\"effective_priority\":\(router.effectivePriority)")
        write(",\"vipset\":\(advertised.contains(where: \.isHeld))")
        write(",\"adver_int\":\(decimal(interval))")
        write(",\"nopreempt\":\(!router.preempts)")
        write(",\"preempt_delay\":\(router.preemptDelay.milliseconds / 1000)")
        write(",\"state\":\(router.state.dumpNumber),\"wantstate\":\(router.wantsMaster ? 2 : 1)")
        write(",\"version\":\(router.version.rawValue)")
        list("vips", advertised)
        if !excluded.isEmpty { list("evips", excluded) }
        write(",\"auth_type\":\(router.usesPassword ? 1 : 0)},\"stats\":{")
        let stats: [(String, UInt64)] = [
            ("advert_rcvd", counters.advertisementsReceived),
            ("advert_sent", counters.advertisementsSent),
            ("become_master", counters.becameMaster), ("release_master", counters.releasedMaster),
            ("packet_len_err", counters[.length]),
            (
                "advert_interval_err",
                counters[.interval] + counters[.zeroInterval] + counters[.learnedIntervalTooLong]
            ),
            ("ip_ttl_err", counters[.timeToLive]), ("invalid_type_rcvd", counters[.type]),
            ("addr_list_err", counters.addressListMismatches),
            ("invalid_authtype", counters[.unknownAuthentication]),
            ("authtype_mismatch", counters[.authenticationMismatch]),
            ("auth_failure", counters[.wrongPassword]),
            ("pri_zero_rcvd", counters.priorityZeroReceived),
            ("pri_zero_sent", counters.priorityZeroSent),
        ]
        write(stats.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}}")
        return output
    }

    /// Milliseconds as seconds: 1, 0.1.
    private func decimal(_ milliseconds: Int64) -> String {
        guard milliseconds % 1000 != 0 else { return "\(milliseconds / 1000)" }
        return "\(milliseconds / 1000)." + String(String(1000 + milliseconds % 1000).dropFirst())
    }
}

extension VirtualRouter.State {
    fileprivate var dumpWord: String {
        switch self {
        case .initialize: "INIT"
        case .backup: "BACKUP"
        case .master, .releasing: "MASTER"
        case .fault: "FAULT"
        }
    }

    /// keepalived's number.
    fileprivate var dumpNumber: Int {
        switch self {
        case .initialize: 0
        case .backup: 1
        case .master, .releasing: 2
        case .fault: 3
        }
    }
}

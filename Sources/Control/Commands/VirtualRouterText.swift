internal import Core

/// `show vrrp`: virtual routers as text and as JSON.
struct VirtualRouterText {
    let now: Instant

    func text(_ router: VirtualRouterReport) -> String {
        let words = router.shortened(router.cause)
        let cause = words.isEmpty ? "" : " (\(words))"
        var lines = [
            "\(router.name): \(router.state) for \(DateText.short(now - router.since))\(cause)",
            "  interface \(router.interface), virtual router id \(router.virtualRouterID),"
                + " version \(router.version),"
                + " one advertisement each \(router.advertisementInterval.milliseconds) ms",
            "  priority \(router.effectivePriority), configured \(router.basePriority)",
        ]
        if let drain = router.drain {
            let count =
                drain.connections.map { "connections left: \($0)" } ?? "counting connections"
            lines.append(
                "  draining for \(drain.purpose): \(count), at most"
                    + " \(DateText.short(drain.left)) more")
        }
        if let warning = router.warning { lines.append("  warning: \(warning)") }
        for tracker in router.trackers {
            let now = tracker.move.map { ", now \($0 > 0 ? "+" : "")\($0)" } ?? ""
            let effect =
                tracker.weight == 0 ? "FAULT while it is down" : "weight \(tracker.weight)\(now)"
            lines.append("  tracks \(tracker.name): \(tracker.isUp ? "up" : "DOWN") (\(effect))")
        }
        for address in router.addresses { lines.append("  address \(address)") }
        if let master = router.master {
            let priority = router.masterPriority.map { " with priority \($0)" } ?? ""
            let heard =
                router.lastHeard.map {
                    ", heard \((now - $0).milliseconds) ms ago"
                } ?? ""
            lines.append("  master is \(master)\(priority)\(heard)")
        }
        for change in router.transitions.reversed() {
            let cause = router.shortened(change.cause)
            lines.append(
                "  \(DateText.short(now - change.at)) ago \(change.state)"
                    + (cause.isEmpty ? "" : ": \(cause)"))
        }
        // Every kind of refused packet stands in the JSON; here those that happened.
        for counter in router.counters where counter.value > 0 || !counter.name.hasPrefix("refused")
        {
            lines.append("  \(counter.name): \(counter.value)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    func json(_ routers: [VirtualRouterReport]) -> [UInt8] {
        var output: [UInt8] = []
        var separator = "["
        if routers.isEmpty { output.write("[") }
        for router in routers {
            output.write(separator)
            write(router, to: &output)
            separator = ","
        }
        output.write("]\n")
        return output
    }

    private func write(_ router: VirtualRouterReport, to output: inout [UInt8]) {
        func field(_ name: String, _ value: String) {
            output.write(",\"\(name)\":")
            output.write(json: value)
        }
        func number(_ name: String, _ value: Int64) { output.write(",\"\(name)\":\(value)") }
        output.write("{\"name\":")
        output.write(json: router.name)
        field("state", router.state)
        number("state_seconds", (now - router.since).components.seconds)
        field("cause", router.shortened(router.cause))
        field("interface", router.interface)
        number("virtual_router_id", Int64(router.virtualRouterID))
        number("version", Int64(router.version))
        number("priority", Int64(router.effectivePriority))
        number("base_priority", Int64(router.basePriority))
        number("advert_int_ms", router.advertisementInterval.milliseconds)
        output.write(",\"addresses\":[")
        for (index, address) in router.addresses.enumerated() {
            if index > 0 { output.write(",") }
            output.write(json: address)
        }
        output.write("],\"trackers\":[")
        for (index, tracker) in router.trackers.enumerated() {
            output.write(index > 0 ? ",{\"name\":" : "{\"name\":")
            output.write(json: tracker.name)
            output.write(",\"up\":\(tracker.isUp),\"weight\":\(tracker.weight)")
            if let move = tracker.move { output.write(",\"move\":\(move)") }
            output.write("}")
        }
        output.write("]")
        if let master = router.master { field("master", "\(master)") }
        if let priority = router.masterPriority { number("master_priority", Int64(priority)) }
        if let heard = router.lastHeard { number("last_heard_ms", (now - heard).milliseconds) }
        if let warning = router.warning { field("warning", warning) }
        if let drain = router.drain {
            field("draining", drain.purpose)
            if let count = drain.connections { number("draining_connections", Int64(count)) }
            number("draining_ms_left", drain.left.milliseconds)
        }
        output.write(",\"transitions\":[")
        for (index, change) in router.transitions.enumerated() {
            output.write(index > 0 ? ",{\"state\":" : "{\"state\":")
            output.write(json: change.state)
            output.write(",\"seconds_ago\":\((now - change.at).components.seconds),\"cause\":")
            output.write(json: router.shortened(change.cause))
            output.write("}")
        }
        output.write("],\"counters\":{")
        for (index, counter) in router.counters.enumerated() {
            if index > 0 { output.write(",") }
            output.write(json: counter.name)
            output.write(":\(counter.value)")
        }
        output.write("}}")
    }
}

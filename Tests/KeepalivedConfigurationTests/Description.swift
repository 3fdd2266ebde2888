import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import VRRP

/// What a reading means, as lines that a person can check; only what differs from the defaults is said.
struct Description {
    private(set) var lines: [String] = []

    init(_ reading: Reading) {
        guard let settings = reading.settings else {
            lines = ["nothing"]
            return
        }
        add("router", settings.routerID)
        if settings.scriptSecurity { lines.append("script security") }
        add("script user", settings.scriptUser.map(Description.words))
        add("startup delay", settings.startupDelay, unless: .zero)
        add("longest learned interval", settings.maxLearnedInterval)
        for script in settings.scripts { add(script) }
        for file in settings.files {
            lines.append(
                "file \(file.name) \(file.path) weight \(file.weight) reverse \(file.weightReverse)"
            )
            add("  first value", file.initialValue)
            add("  overwrites", file.overwrites, unless: false)
        }
        for process in settings.processes { add(process) }
        for fifo in settings.fifos {
            lines.append("fifo \(fifo.path)")
            add("  user", fifo.user.map(Description.words))
            add("  script", fifo.script.map { $0.command })
        }
        for instance in settings.instances { add(instance) }
        for address in settings.fixed.addresses {
            lines.append("static address \(Description.words(address))")
        }
        for route in settings.fixed.routes { lines.append("static \(Description.words(route))") }
        for rule in settings.fixed.rules { lines.append("static \(Description.words(rule))") }
        for group in settings.syncGroups {
            lines.append("group \(group.name) of \(group.members.joined(separator: " "))")
            add(group.notify)
        }
        for use in reading.keywordsWithoutEffect {
            lines.append("no effect: \(use.keyword) (\(use.reason))")
        }
    }

    private mutating func add<Value>(_ name: String, _ value: Value?) {
        if let value { lines.append("\(name) \(value)") }
    }

    private mutating func add<Value: Equatable>(_ name: String, _ value: Value, unless usual: Value)
    {
        if value != usual { lines.append("\(name) \(value)") }
    }

    private mutating func add(_ script: VRRPScriptSettings) {
        let usual = VRRPScriptSettings(name: "", command: [], range: script.range)
        lines.append("script \(script.name) \(script.command)")
        add("  interval", script.interval, unless: usual.interval)
        add("  timeout", script.timeout)
        add("  weight", script.weight, unless: 0)
        add("  reverse", script.weightReverse, unless: false)
        add("  rise", script.rise, unless: 1)
        add("  fall", script.fall, unless: 1)
        add("  user", script.user.map(Description.words))
        add("  fails first", script.initFail, unless: false)
    }

    private mutating func add(_ process: TrackProcessSettings) {
        lines.append(
            "process \(process.name) \(process.command) weight \(process.weight) reverse "
                + "\(process.weightReverse)")
        add("  parameters", process.parameterMatch)
        add("  full command", process.usesFullCommand, unless: false)
        add("  quorum", process.quorum, unless: 1)
        add("  quorum at most", process.quorumMaximum)
        add("  fork delay", process.forkDelay, unless: .zero)
        add("  terminate delay", process.terminateDelay, unless: .zero)
    }

    private mutating func add(_ instance: VirtualRouterSettings) {
        let usual = VirtualRouterSettings(name: "", virtualRouterID: 1, range: instance.range)
        lines.append(
            "instance \(instance.name) v\(instance.version.rawValue) number "
                + "\(instance.virtualRouterID) on \(instance.interface ?? "-") priority "
                + "\(instance.priority) every \(instance.advertisementInterval)")
        add("  wants master", instance.wantsMaster, unless: false)
        for address in instance.addresses {
            lines.append("  address \(Description.words(address))")
        }
        for address in instance.excludedAddresses {
            lines.append("  excluded address \(Description.words(address))")
        }
        add("  is IPv4", instance.isIPv4, unless: true)
        add(
            "  group", instance.multicastGroup,
            unless: VirtualRouterSettings.usualGroup(isIPv4: instance.isIPv4))
        if let virtual = instance.virtualMAC {
            lines.append(
                "  virtual MAC \(virtual.hardware) on \(virtual.name)"
                    + (virtual.transmitsFromBase ? ", sends from below" : ""))
        }
        for route in instance.routes { lines.append("  \(Description.words(route))") }
        for rule in instance.rules { lines.append("  \(Description.words(rule))") }
        add("  unicast source", instance.unicastSource)
        for peer in instance.unicastPeers {
            let allowed = instance.unicastPeerTimeToLive[peer].map { " ttl \($0)" } ?? ""
            lines.append("  unicast peer \(peer)\(allowed)")
        }
        add("  owner is deaf", instance.ownerIgnoresAdvertisements, unless: false)
        add("  unicast ttl", instance.unicastTimeToLive, unless: 255)
        add("  fast hand-over", instance.handsOverFast)
        add("  multicast source", instance.multicastSource)
        add("  password", instance.password.map { String(decoding: $0.bytes, as: UTF8.self) })
        if let signature = instance.signature {
            let keys = signature.keys.sorted { $0.key < $1.key }.map {
                "\($0.key) of \($0.value.bytes.count) bytes"
            }
            lines.append(
                "  signs \(signature.mode.rawValue) with \(signature.activeKey), keys: "
                    + keys.joined(separator: ", ")
                    + (signature.window.map { ", window \($0)" } ?? ", monotonic"))
        }
        add("  preempts", instance.preempts, unless: true)
        add("  preempt delay", instance.preemptDelay, unless: .zero)
        for tracked in instance.trackScripts {
            lines.append(
                "  tracks script \(tracked.name)\(Description.words(tracked.weight, tracked.reverse))"
            )
        }
        for tracked in instance.trackFiles {
            lines.append(
                "  tracks file \(tracked.name)\(Description.words(tracked.weight, tracked.reverse))"
            )
        }
        for tracked in instance.trackProcesses {
            lines.append(
                "  tracks process \(tracked.name)"
                    + Description.words(tracked.weight, tracked.reverse))
        }
        for tracked in instance.trackInterfaces {
            lines.append(
                "  tracks interface \(tracked.name)"
                    + Description.words(tracked.weight, tracked.reverse))
        }
        if let tracked = instance.trackProxy {
            lines.append("  tracks proxy weight \(tracked.weight)")
            for target in tracked.targets {
                lines.append("    \(target.kind) \(target.name) weight \(target.weight)")
            }
        }
        add("  ignores own interface", instance.dontTrackPrimary, unless: false)
        add(instance.garp)
        add("  quiet to lower", instance.lowerPriorityNoAdvertisement, unless: false)
        add(
            "  advertises before yielding", instance.higherPrioritySendAdvertisement,
            unless: usual.higherPrioritySendAdvertisement)
        add("  strict", instance.isStrict, unless: false)
        add("  skips address lists", instance.skipsAddressListCheck, unless: false)
        add("  v3 checksum as v2", instance.v3ChecksumAsV2, unless: false)
        add("  down timer", instance.downTimerAdvertisements, unless: 3)
        add(instance.notify)
    }

    private mutating func add(_ garp: GratuitousARPSettings) {
        let usual = GratuitousARPSettings()
        add("  garp delay", garp.masterDelay, unless: usual.masterDelay)
        add("  garp repeat", garp.masterRepeat, unless: usual.masterRepeat)
        add("  garp refresh", garp.masterRefresh, unless: usual.masterRefresh)
        add("  garp refresh repeat", garp.masterRefreshRepeat, unless: usual.masterRefreshRepeat)
        add("  garp lower delay", garp.lowerPriorityDelay)
        add("  garp lower repeat", garp.lowerPriorityRepeat)
        add("  garp interval", garp.interval, unless: usual.interval)
        add("  gna interval", garp.neighborInterval, unless: usual.neighborInterval)
    }

    private mutating func add(_ notify: NotifySettings) {
        let scripts = [
            ("master", notify.master), ("backup", notify.backup), ("fault", notify.fault),
            ("stop", notify.stop), ("deleted", notify.deleted),
            ("lower", notify.masterRxLowerPriority), ("any", notify.any),
        ]
        for case (let state, let script?) in scripts {
            let user = script.user.map { " as \(Description.words($0))" } ?? ""
            lines.append("  notify \(state) \(script.command)\(user)")
        }
    }

    private static func words(_ user: ScriptUser) -> String {
        "\(user.name)(\(user.userID):\(user.groupID))"
    }

    private static func words(_ weight: Int?, _ reverse: Bool) -> String {
        (weight.map { " weight \($0)" } ?? "") + (reverse ? " reverse" : "")
    }

    private static func words(_ route: RouteSettings) -> String {
        var text = "route \(route.kind) \(route.destination)"
        if let gateway = route.gateway { text += " via \(gateway)" }
        if let device = route.device { text += " dev \(device)" }
        if let source = route.source { text += " src \(source)" }
        if route.table != RouteSettings.mainTable { text += " table \(route.table)" }
        if let metric = route.metric { text += " metric \(metric)" }
        if let scope = route.scope { text += " scope \(scope)" }
        if let number = route.protocolNumber { text += " proto \(number)" }
        if let mtu = route.mtu { text += " mtu \(mtu)" }
        return text + (route.isOnLink ? " onlink" : "")
    }

    private static func words(_ rule: RuleSettings) -> String {
        var text = "rule \(rule.preference) \(rule.isIPv4 ? "inet" : "inet6")"
        if rule.isInverted { text += " not" }
        if let source = rule.source { text += " from \(source)" }
        if let destination = rule.destination { text += " to \(destination)" }
        if let interface = rule.inputInterface { text += " iif \(interface)" }
        if let interface = rule.outputInterface { text += " oif \(interface)" }
        if let mark = rule.mark { text += " fwmark \(mark)" }
        if let mask = rule.markMask { text += "/\(mask)" }
        return text + " \(rule.action) \(rule.table)"
    }

    private static func words(_ address: VirtualAddress) -> String {
        var text = address.prefix.description
        if let device = address.device { text += " dev \(device)" }
        if let label = address.label { text += " label \(label)" }
        if address.scope != 0 { text += " scope \(address.scope)" }
        if let broadcast = address.broadcast { text += " brd \(broadcast)" }
        if address.flags != 0 { text += " flags \(address.flags)" }
        if let seconds = address.preferredLifetime { text += " preferred \(seconds)" }
        return text + (address.isTracked ? "" : " untracked")
    }
}

import Core
import VRRP

/// `-c --peer FILE`: what two configurations that are good for themselves make wrong together.
package struct PeerComparison {
    private let ours: VRRPSettings
    private let theirs: VRRPSettings
    private var findings: [String] = []

    /// Sentences for the operator, in the order of our instances.
    package static func findings(_ ours: VRRPSettings, _ theirs: VRRPSettings) -> [String] {
        var comparison = PeerComparison(ours: ours, theirs: theirs)
        comparison.compare()
        return comparison.findings
    }

    private init(ours: VRRPSettings, theirs: VRRPSettings) {
        self.ours = ours
        self.theirs = theirs
    }

    private mutating func compare() {
        for mine in ours.instances {
            let other = theirs.instances.first {
                $0.virtualRouterID == mine.virtualRouterID && $0.isIPv4 == mine.isIPv4
            }
            guard let other else {
                say(
                    mine,
                    "the other node has no instance with virtual_router_id \(mine.virtualRouterID)"
                        + " and that family: nobody takes over")
                continue
            }
            compareProtocol(mine, other)
            compareTransport(mine, other)
            comparePriorities(mine, other)
        }
        for other in theirs.instances
        where !ours.instances.contains(where: {
            $0.virtualRouterID == other.virtualRouterID && $0.isIPv4 == other.isIPv4
        }) {
            findings.append(
                "(\(other.name)) of the other node has virtual_router_id \(other.virtualRouterID),"
                    + " which no instance here has")
        }
    }

    private mutating func say(_ instance: VirtualRouterSettings, _ text: String) {
        findings.append("(\(instance.name)) \(text)")
    }

    // MARK: What must be equal

    private mutating func compareProtocol(
        _ mine: VirtualRouterSettings, _ other: VirtualRouterSettings
    ) {
        if mine.version != other.version {
            say(
                mine,
                "VRRP version \(mine.version.rawValue) here, \(other.version.rawValue) there:"
                    + " they do not hear each other, and both are master")
        }
        if mine.advertisementInterval != other.advertisementInterval {
            let both = "\(mine.advertisementInterval) here, \(other.advertisementInterval) there"
            say(
                mine,
                mine.version == .v2
                    ? "advert_int \(both): VRRPv2 refuses that, and both are master"
                    : "advert_int \(both): the pace changes with the master")
        }
        if mine.password != other.password {
            say(mine, "auth_pass or auth_type differs: they refuse each other, and both are master")
        }
        if !agree(mine.signature, other.signature) {
            say(mine, "auth_hmac: one node does not believe what the other one sends")
        }
        let here = Set(mine.addresses.map(\.prefix.address))
        let there = Set(other.addresses.map(\.prefix.address))
        for address in here.symmetricDifference(there).map({ "\($0)" }).sorted() {
            say(mine, "virtual address \(address) is on one node only")
        }
    }

    /// Whether each node believes what the other one sends.
    private func agree(_ mine: SignatureSettings?, _ other: SignatureSettings?) -> Bool {
        func believes(_ receiver: SignatureSettings?, _ sender: SignatureSettings?) -> Bool {
            guard let sender, let key = sender.signer else { return receiver?.mode != .enforce }
            return receiver?.keys[sender.activeKey] == key
        }
        return believes(mine, other) && believes(other, mine)
    }

    private mutating func compareTransport(
        _ mine: VirtualRouterSettings, _ other: VirtualRouterSettings
    ) {
        guard mine.unicastPeers.isEmpty == other.unicastPeers.isEmpty else {
            return say(mine, "one node uses multicast and the other one unicast_peer")
        }
        guard mine.unicastPeers.isEmpty else {
            if let source = other.unicastSource, !mine.unicastPeers.contains(source) {
                say(mine, "the other node sends from \(source), which is not in unicast_peer here")
            }
            if let source = mine.unicastSource, !other.unicastPeers.contains(source) {
                say(
                    mine,
                    "the other node's unicast_peer does not have \(source), from which we send")
            }
            return
        }
        if mine.multicastGroup != other.multicastGroup {
            say(mine, "multicast to \(mine.multicastGroup) here, to \(other.multicastGroup) there")
        }
    }

    // MARK: Who is master

    private mutating func comparePriorities(
        _ mine: VirtualRouterSettings, _ other: VirtualRouterSettings
    ) {
        if mine.wantsMaster && other.wantsMaster {
            say(mine, "state MASTER on both nodes: write 'state BACKUP' on one, priority decides")
        }
        let (here, there) = (Weights(mine, ours), Weights(other, theirs))
        if here.best == there.best {
            say(
                mine,
                "priority \(here.best) on both nodes: the higher address is master, and checks that"
                    + " lower it decide by chance")
        }
        let (higher, lower) = here.best > there.best ? (here, there) : (there, here)
        let node = here.best > there.best ? "here" : "on the other node"
        for failure in higher.failures where failure.priority > lower.best {
            say(
                mine,
                "if \(failure.name) fails \(node), its priority is \(failure.priority), still above"
                    + " \(lower.best): no fail-over")
        }
    }
}

/// The priorities that the trackers of an instance lead to.
private struct Weights {
    /// While everything is good.
    let best: Int
    /// With one thing bad that has a weight.
    let failures: [(name: String, priority: Int)]

    init(_ instance: VirtualRouterSettings, _ settings: VRRPSettings) {
        var weights: [(name: String, good: Int, bad: Int)] = []
        func add(_ name: String, _ weight: Int, _ isReversed: Bool) {
            let moves = weight > 0 ? (weight, 0) : (0, weight)
            if weight != 0 {
                weights.append(
                    (name, isReversed ? moves.1 : moves.0, isReversed ? moves.0 : moves.1))
            }
        }
        for tracked in instance.trackScripts {
            let script = settings.scripts.first { $0.name == tracked.name }
            add(
                "script \(tracked.name)", tracked.weight ?? script?.weight ?? 0,
                tracked.weight == nil ? script?.weightReverse ?? false : tracked.reverse)
        }
        for tracked in instance.trackProcesses {
            let process = settings.processes.first { $0.name == tracked.name }
            add(
                "process \(tracked.name)", tracked.weight ?? process?.weight ?? 0,
                tracked.weight == nil ? process?.weightReverse ?? false : tracked.reverse)
        }
        for tracked in instance.trackInterfaces {
            add("interface \(tracked.name)", tracked.weight, tracked.reverse)
        }
        for target in instance.trackProxy?.targets ?? [] {
            add("\(target.kind) \(target.name)", target.weight, false)
        }
        add("the proxy engine", instance.trackProxy?.weight ?? 0, false)
        let isOwner = instance.priority == PriorityArithmetic.owner
        func limited(_ priority: Int) -> Int { isOwner ? 255 : min(max(priority, 1), 254) }
        let sum = weights.reduce(Int(instance.priority)) { $0 + $1.good }
        best = limited(sum)
        failures = weights.map { ($0.name, limited(sum - $0.good + $0.bad)) }
    }
}

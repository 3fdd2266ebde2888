import Core
import VRRP

/// Routers on one link with a virtual clock. Packets travel as bytes, through the codec and the receive
/// rules; hosts are one cache that remembers who announced the address last.
struct VirtualLAN {
    static let address = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0032))
    private static let group = Advertisement.ipv4Group
    /// What a socket holds for a process that sleeps.
    private static let queueLimit = 200

    struct Node {
        let settings: VirtualRouter.Settings
        let address: IPv4Address
        var router: VirtualRouter
        var isAlive = false
        var sleepsUntil: Instant?
        var holds = false
        /// What `/run` says of whether hosts may believe in this router; nil: nothing, the machine has booted.
        var record: Bool?
        var waiting: [(bytes: [UInt8], from: Int)] = []
        var assessment: Assessment

        /// What the next process of this node learns of the one before it.
        var past: VirtualRouter.Past { record == false ? .none : .wasMaster }
    }

    private enum Delivery {
        case packet([UInt8])
        case announcement
    }

    private struct Travel {
        let due: Instant
        let order: Int
        let from: Int
        let to: Int?  // nil: the hosts
        let delivery: Delivery
    }

    var random: SplitMix
    private(set) var nodes: [Node]
    var loss = 0.0
    var duplication = 0.0
    /// Prints every effect: for a seed that failed.
    var isTracing = false
    private(set) var now = Instant(nanoseconds: 1_000_000_000_000)
    /// Whose announcement the hosts believe.
    private(set) var cache: Int?
    private var travels: [Travel] = []
    private var order = 0
    private var sides: UInt64 = 0

    init(random: SplitMix, settings: [VirtualRouter.Settings]) {
        self.random = random
        let start = now
        nodes = settings.enumerated().map { index, settings in
            Node(
                settings: settings,
                address: IPv4Address(rawValue: 0x0a00_0001 + UInt32(index)),
                router: VirtualRouter(
                    settings: settings, assessment: Assessment(priority: settings.priority),
                    now: start),
                assessment: Assessment(priority: settings.priority))
        }
    }

    // MARK: What befalls the nodes

    mutating func startAll() { for index in nodes.indices { start(index) } }

    mutating func start(_ index: Int) {
        guard !nodes[index].isAlive else { return }
        // The address that a crash left behind is cleaned up by the next start.
        nodes[index].holds = false
        let past = nodes[index].past
        nodes[index].isAlive = true
        nodes[index].waiting = []
        nodes[index].router = VirtualRouter(
            settings: nodes[index].settings, assessment: nodes[index].assessment, now: now)
        feed(index, .primaryAddress(.v4(nodes[index].address)))
        feed(index, .startup(past))
    }

    /// The process dies and the machine goes with it.
    mutating func crash(_ index: Int) {
        nodes[index].isAlive = false
        nodes[index].holds = false
        nodes[index].record = nil
        nodes[index].sleepsUntil = nil
    }

    /// The process dies and its guard starts the next one at once, which goes on as master if it was.
    mutating func replace(_ index: Int) {
        guard isAwake(index), nodes[index].router.state != .initialize else { return }
        let wasMaster = nodes[index].router.state == .master
        if !wasMaster { nodes[index].holds = false }
        let past = wasMaster ? VirtualRouter.Past.isStillMaster : nodes[index].past
        nodes[index].router = VirtualRouter(
            settings: nodes[index].settings, assessment: nodes[index].assessment, now: now)
        feed(index, .primaryAddress(.v4(nodes[index].address)))
        feed(index, .startup(past))
    }

    mutating func stop(_ index: Int) {
        guard isAwake(index) else { return }
        feed(index, .shutdown(graceful: Bool.random(using: &random)))
    }

    mutating func pause(_ index: Int, for duration: Duration) {
        if nodes[index].isAlive { nodes[index].sleepsUntil = now + duration }
    }

    /// What an operator asks of a router.
    mutating func ask(_ index: Int, _ event: VirtualRouter.Event) {
        if isAwake(index) { feed(index, event) }
    }

    mutating func partition(by sides: UInt64) { self.sides = sides }

    mutating func setFault(_ index: Int, _ isFaulty: Bool) {
        nodes[index].assessment.faults = isFaulty ? [.script("chk")] : []
        if isAwake(index) { feed(index, .assessed(nodes[index].assessment)) }
    }

    mutating func setPriority(_ index: Int, _ priority: UInt8) {
        guard nodes[index].settings.priority != 255 else { return }
        nodes[index].assessment.priority = priority
        if isAwake(index) { feed(index, .assessed(nodes[index].assessment)) }
    }

    /// From here on the network is whole and everybody is there.
    mutating func heal() {
        sides = 0
        loss = 0
        duplication = 0
        for index in nodes.indices {
            if let end = nodes[index].sleepsUntil, end > now { run(for: end - now) }
        }
        for index in nodes.indices {
            setFault(index, false)
            if nodes[index].router.state == .releasing { run(for: .seconds(2)) }
            if nodes[index].isAlive && nodes[index].router.state == .initialize {
                nodes[index].isAlive = false
            }
            start(index)
        }
    }

    /// The longest master down time of all, and a packet's way; with a preempt delay it begins when somebody is
    /// master, and another master down time follows it.
    var settlingTime: Duration {
        let delay = nodes.map(\.settings.preemptDelay).max() ?? .zero
        let down =
            nodes.map {
                $0.settings.masterDownTime(
                    priority: 1, masterInterval: $0.settings.advertisementInterval)
            }.max() ?? .zero
        return (delay > .zero ? down * 2 : down) + delay + .milliseconds(400)
    }

    /// What is wrong with a network that has settled; nil: nothing.
    var complaint: String? {
        let masters = nodes.indices.filter { nodes[$0].router.state == .master }
        guard masters.count == 1, let master = masters.first else {
            return "masters \(masters) of \(nodes.map { ($0.router.state, $0.router.priority) })"
        }
        let holders = nodes.indices.filter { nodes[$0].holds }
        guard holders == [master] else { return "master \(master), addresses held by \(holders)" }
        // RFC 5798's silent master, which `vrrp_strict` asks for, leaves hosts with the loser's address. Nobody can
        // speak below a master of priority 1, so it never learns that it has to announce.
        guard
            cache == master || !nodes[master].settings.answersLowerPriority
                || nodes[master].router.priority == 1
        else {
            return "master \(master), hosts believe \(cache.map(String.init) ?? "nobody")"
        }
        return nil
    }

    // MARK: Time

    mutating func run(for duration: Duration) {
        let end = now + duration
        while let next = nextTime(), next <= end {
            now = max(now, next)
            wake()
            deliver()
            for index in nodes.indices where isAwake(index) {
                if let due = nodes[index].router.nextDeadline, due <= now {
                    act(index) { router, now, emit in router.expire(now: now, emit: emit) }
                }
            }
        }
        now = end
    }

    private func nextTime() -> Instant? {
        var times = travels.map(\.due)
        for index in nodes.indices where nodes[index].isAlive {
            if let wakes = nodes[index].sleepsUntil {
                times.append(wakes)
            } else if let due = nodes[index].router.nextDeadline {
                times.append(due)
            }
        }
        return times.min()
    }

    private func isAwake(_ index: Int) -> Bool {
        nodes[index].isAlive && nodes[index].sleepsUntil == nil
    }

    private mutating func wake() {
        for index in nodes.indices {
            guard nodes[index].isAlive, let end = nodes[index].sleepsUntil, end <= now else {
                continue
            }
            nodes[index].sleepsUntil = nil
            // Packets before timers, as the vrrp thread does.
            let waiting = nodes[index].waiting
            nodes[index].waiting = []
            for packet in waiting { receive(index, packet.bytes, from: packet.from) }
            feed(index, .assessed(nodes[index].assessment))
        }
    }

    private mutating func deliver() {
        let due = travels.filter { $0.due <= now }
            .sorted { ($0.due, $0.order) < ($1.due, $1.order) }
        travels.removeAll { $0.due <= now }
        for travel in due {
            switch (travel.to, travel.delivery) {
            case (nil, _): cache = travel.from
            case (let to?, .packet(let bytes)):
                guard nodes[to].isAlive else { continue }
                if nodes[to].sleepsUntil == nil {
                    receive(to, bytes, from: travel.from)
                } else if nodes[to].waiting.count < VirtualLAN.queueLimit {
                    nodes[to].waiting.append((bytes, travel.from))
                }
            case (_, .announcement): continue
            }
        }
    }

    // MARK: Routers

    private mutating func receive(_ index: Int, _ bytes: [UInt8], from: Int) {
        let settings = nodes[index].settings
        let rules = ReceiveRules(
            version: settings.version, authentication: .none,
            interval: settings.advertisementInterval, maximumLearnedInterval: .seconds(10),
            transport: .multicast(group: .v4(VirtualLAN.group)),
            ownAddresses: [.v4(nodes[index].address)])
        let span = unsafe bytes.span.bytes
        guard let (header, start) = IPv4Header.decode(span),
            let heard = try? rules.accept(span.extracting(start...), header.facts)
        else { preconditionFailure("a router refused an honest packet") }
        feed(index, .advertisement(heard, from: .v4(nodes[from].address)))
    }

    private mutating func feed(_ index: Int, _ event: VirtualRouter.Event) {
        act(index) { router, now, emit in router.handle(event, now: now, emit: emit) }
    }

    private mutating func act(
        _ index: Int,
        _ body: (inout VirtualRouter, Instant, (VirtualRouter.Effect) -> Void) -> Void
    ) {
        var effects: [VirtualRouter.Effect] = []
        body(&nodes[index].router, now) { effects.append($0) }
        nodes[index].record = nodes[index].router.mayBeBelieved
        for effect in effects {
            if isTracing { print("\(now.nanoseconds / 1000) R\(index) \(effect)") }
            switch effect {
            case .advertise(let priority): send(from: index, priority)
            case .holdAddresses: nodes[index].holds = true
            case .dropAddresses: nodes[index].holds = false
            case .announceAddresses: travel(from: index, to: nil, .announcement)
            case .notify, .notifyLowerPriority, .countAddressMismatch, .log: continue
            }
        }
    }

    private mutating func send(from index: Int, _ priority: UInt8) {
        let settings = nodes[index].settings
        let packet = Advertisement(
            version: settings.version, virtualRouterID: settings.virtualRouterID,
            priority: priority, interval: settings.advertisementInterval,
            addresses: settings.addresses
        ).packet(from: nodes[index].address, to: VirtualLAN.group)
        for other in nodes.indices where other != index {
            guard sides >> UInt64(index) & 1 == sides >> UInt64(other) & 1,
                Double.random(in: 0..<1, using: &random) >= loss
            else { continue }
            travel(from: index, to: other, .packet(packet))
            // A copy that looks like an answer, while the answer itself is lost, deceives us: not drawn.
            guard loss == 0, sides == 0 else { continue }
            if Double.random(in: 0..<1, using: &random) < duplication {
                travel(from: index, to: other, .packet(packet))
            }
        }
    }

    /// A packet is on its way for up to 3 ms, so that packets overtake each other. Announcements follow
    /// their router's address at once: a switch that loses them all is not what we look for.
    private mutating func travel(from: Int, to: Int?, _ delivery: Delivery) {
        let delay = Duration.microseconds(Int.random(in: 50...3_000, using: &random))
        order += 1
        travels.append(
            Travel(due: now + delay, order: order, from: from, to: to, delivery: delivery))
    }
}

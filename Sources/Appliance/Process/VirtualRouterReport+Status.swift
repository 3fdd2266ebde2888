internal import Control
internal import Core
internal import Failover
internal import Linux
internal import VRRP

extension VirtualRouterReport {
    /// What the VRRP module says, in the words of `show vrrp`.
    internal init(_ status: FailoverStatus.Instance, now: Instant) {
        let last = status.transitions.last
        let elapsed = last.map { Linux.Clock.realtime() - $0.realtime } ?? 0
        self.init(
            name: status.name, state: status.state.word,
            since: Instant(nanoseconds: now.nanoseconds - elapsed),
            cause: last?.cause ?? "started", interface: status.interface,
            virtualRouterID: status.virtualRouterID, version: status.version.rawValue,
            basePriority: status.basePriority, effectivePriority: status.effectivePriority,
            advertisementInterval: status.advertisementInterval,
            addresses: status.addresses.map(\.text))
        if status.state == .backup {
            master = status.peer?.address
            masterPriority = status.peer?.priority
        }
        lastHeard = status.peer.map {
            Instant(nanoseconds: now.nanoseconds - $0.silence.nanoseconds)
        }
        trackers = status.trackers.map {
            Tracker(
                name: $0.subject.words, isUp: $0.isUp, weight: $0.weight.value,
                move: $0.state == .unknown ? nil : $0.move)
        }
        let realtime = Linux.Clock.realtime()
        transitions = status.transitions.map {
            Transition(
                state: $0.state.word,
                at: Instant(nanoseconds: now.nanoseconds - (realtime - $0.realtime)),
                cause: $0.cause)
        }
        counters = status.counters.named
        warning = status.doubt
    }
}

extension VRRP.Tracker {
    /// A number in a file is neither good nor bad: it is down when it means FAULT.
    fileprivate var isUp: Bool {
        if case .level = state { move != nil } else { state == .good }
    }
}

extension VirtualRouter.State {
    /// keepalived's word.
    fileprivate var word: String {
        switch self {
        case .initialize: "INIT"
        case .backup: "BACKUP"
        case .master, .releasing: "MASTER"
        case .fault: "FAULT"
        }
    }
}

extension TrackerSubject {
    fileprivate var words: String {
        switch self {
        case .ownInterface(let name), .interface(let name): "interface \(name)"
        case .ownAddress(let family): "IPv\(family) address"
        case .script(let name): "script \(name)"
        case .file(let name): "file \(name)"
        case .process(let name): "process \(name)"
        case .proxyEngine: "proxy engine"
        case .proxyBackend(let name): "backend \(name)"
        case .proxyFrontend(let name): "frontend \(name)"
        case .syncGroup(let name): "sync group \(name)"
        case .maintenance: "maintenance"
        }
    }
}

extension InstanceCounters {
    /// In the order of keepalived's statistics, then every kind of refused packet.
    fileprivate var named: [(name: String, value: UInt64)] {
        var all: [(name: String, value: UInt64)] = [
            ("advertisements_received", advertisementsReceived),
            ("advertisements_sent", advertisementsSent),
            ("became_master", becameMaster), ("released_master", releasedMaster),
            ("priority_zero_received", priorityZeroReceived),
            ("priority_zero_sent", priorityZeroSent),
            ("address_list_mismatches", addressListMismatches), ("send_failures", sendFailures),
        ]
        for kind in Rejection.Kind.allCases {
            all.append(("refused_" + InstanceCounters.snakeCase("\(kind)"), self[kind]))
        }
        return all
    }

    /// `timeToLive` as the other names of the report are written: `time_to_live`.
    private static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { result, character in
            result += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
    }
}

extension RouterMoveOutcome {
    /// What the runtime socket answers: a line for each virtual router.
    var reply: String {
        let text = lines.map { $0 + "\n" }.joined()
        return succeeded ? text : "Not done.\n" + text
    }
}

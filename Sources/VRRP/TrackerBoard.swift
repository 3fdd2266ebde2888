/// What a virtual router depends on.
package enum TrackerSubject: Sendable, Hashable {
    /// The interface that the router itself uses.
    case ownInterface(String)
    /// An address of the right family on that interface: without one nothing can be sent.
    case ownAddress(family: Int)
    case interface(String)
    case script(String)
    /// The number in a file.
    case file(String)
    /// Processes of this host.
    case process(String)
    /// The proxy engine of this process: workers that move, listeners that are bound.
    case proxyEngine
    case proxyBackend(String)
    case proxyFrontend(String)
    /// Another member of the sync group cannot be master.
    case syncGroup(String)
    /// An operator took this node out of service.
    case maintenance
}

/// What is known about a subject.
package enum TrackerState: Sendable, Equatable {
    /// Nothing yet: the virtual router waits for the first report before it leaves `initialize`.
    case unknown
    case good
    case bad
    /// The number that a file holds; its weight says what it comes to.
    case level(Int)
}

/// One subject with its weight and its last state.
package struct Tracker: Sendable, Equatable {
    package let subject: TrackerSubject
    package let weight: TrackerWeight
    package var state: TrackerState

    package init(
        _ subject: TrackerSubject, weight: TrackerWeight = .fault, state: TrackerState = .unknown
    ) {
        self.subject = subject
        self.weight = weight
        self.state = state
    }

    /// What it does to the priority now; nil when it forbids to be master.
    package var move: Int? {
        switch state {
        case .unknown: 0
        case .good: weight.move(isGood: true)
        case .bad: weight.move(isGood: false)
        case .level(let level): weight.move(level: level)
        }
    }
}

/// The sum of all trackers: everything that a virtual router has to know about its surroundings.
package struct Assessment: Sendable, Equatable {
    /// Whether a tracker has not reported yet.
    package var isAwaiting: Bool
    /// Subjects that forbid to be master; empty when all is well.
    package var faults: [TrackerSubject]
    package var priority: UInt8

    package init(isAwaiting: Bool = false, faults: [TrackerSubject] = [], priority: UInt8) {
        self.isAwaiting = isAwaiting
        self.faults = faults
        self.priority = priority
    }
}

/// The trackers of one virtual router.
package struct TrackerBoard: Sendable, Equatable {
    /// More trackers than anybody configures; the configuration refuses more.
    package static let limit = 256

    package private(set) var trackers: [Tracker]
    package var basePriority: UInt8

    package init(basePriority: UInt8, trackers: [Tracker]) {
        self.basePriority = basePriority
        self.trackers = trackers
    }

    /// Notes a report; subjects that nobody tracks are ignored.
    package mutating func report(_ subject: TrackerSubject, _ state: TrackerState) {
        for index in trackers.indices where trackers[index].subject == subject {
            trackers[index].state = state
        }
    }

    /// The last report about a subject; nil when it is not tracked.
    package func state(of subject: TrackerSubject) -> TrackerState? {
        trackers.first { $0.subject == subject }?.state
    }

    package var assessment: Assessment {
        var result = Assessment(priority: basePriority)
        var moves: [Int] = []
        for tracker in trackers {
            guard tracker.state != .unknown else {
                result.isAwaiting = true
                continue
            }
            if let move = tracker.move {
                moves.append(move)
            } else {
                result.faults.append(tracker.subject)
            }
        }
        result.priority = PriorityArithmetic.effective(base: basePriority, moves: moves)
        return result
    }
}

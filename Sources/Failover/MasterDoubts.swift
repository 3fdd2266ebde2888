package import Core
package import VRRP

/// What makes a master doubt that it is the only one, or that anybody could hear it. Counts, and says at most
/// once per kind and interval what it comes to: it moves no timer and no state.
package struct MasterDoubts: Sendable, Equatable {
    /// What is wrong, as far as one node can know.
    package enum Finding: Sendable, Equatable {
        /// A rival goes on although it ought to yield to us, or both own the address.
        /// `otherLists`: its packets whose list of addresses is not ours.
        case rival(
            from: IPAddress, priority: UInt8, lasting: Duration, packets: Int, otherLists: Int)
        /// Somebody is master of our virtual router, and we refuse what it says, mostly for `kind`.
        case refused(Rejection.Kind, from: IPAddress, lasting: Duration, packets: Int)
        /// Nobody was ever heard. `foreign`: what was heard of other virtual routers on the interface.
        /// `claimedBy`: who said all the same that our addresses are its own.
        case silence(lasting: Duration, foreign: Foreign?, claimedBy: MACAddress? = nil)
    }

    /// An advertisement of a virtual router that this node does not have.
    package struct Foreign: Sendable, Equatable {
        package var source: IPAddress
        package var virtualRouterID: UInt8

        package init(source: IPAddress, virtualRouterID: UInt8) {
            self.source = source
            self.virtualRouterID = virtualRouterID
        }
    }

    /// Packets that came without a pause.
    private struct Run: Sendable, Equatable {
        var first: Instant
        var last: Instant
        var packets = 0
    }

    /// Two masters that met need an interval or two to part.
    package static let intervals = 5
    package static let shortest = Duration.seconds(2)
    /// A peer that starts with us has this time to say something.
    package static let silenceLimit = Duration.seconds(10)
    /// How often the same is said.
    package static let pause = Duration.seconds(600)
    /// A pause of so many intervals ends a run.
    private static let gap = 3

    private var interval: Duration
    private var masterSince: Instant?
    private var heardAnybody = false
    private var rival: Run?
    private var rivalFacts: Rival?
    private var refusals: Run?
    private var refusedKinds = [Int](repeating: 0, count: Rejection.Kind.allCases.count)
    private var refusedSource: IPAddress?
    private var foreign: Foreign?
    private var claimant: MACAddress?
    private var rivalSaid: Instant?
    private var refusalSaid: Instant?
    private var saidSilence = false

    private struct Rival: Sendable, Equatable {
        var source: IPAddress
        var priority: UInt8
        var otherLists = 0
    }

    /// `interval`: between two advertisements.
    package init(interval: Duration) { self.interval = interval }

    /// The interval was configured anew, or learned.
    package mutating func setInterval(_ interval: Duration) { self.interval = interval }

    /// How long something lasts until it is worth a line.
    private var patience: Duration {
        max(MasterDoubts.shortest, interval * MasterDoubts.intervals)
    }

    // MARK: What happens

    /// Once a turn: whether this node is master.
    package mutating func note(isMaster: Bool, now: Instant) {
        if !isMaster {
            masterSince = nil
            rival = nil
            refusals = nil
            claimant = nil
        } else if masterSince == nil {
            masterSince = now
            saidSilence = false
        }
    }

    /// An accepted advertisement. `isOtherList`: its addresses are not ours.
    package mutating func heard(
        from source: IPAddress, priority: UInt8, isOtherList: Bool, now: Instant
    ) {
        heardAnybody = true
        // 0 and 1 are the last words of one that gives way, which is repeated until it is answered.
        guard masterSince != nil, priority > 1 else { return }
        extend(&rival, now)
        if rival?.packets == 1 || rivalFacts == nil {
            rivalFacts = Rival(source: source, priority: priority)
        }
        rivalFacts?.source = source
        rivalFacts?.priority = priority
        if isOtherList { rivalFacts?.otherLists += 1 }
    }

    package mutating func refused(_ kind: Rejection.Kind, from source: IPAddress, now: Instant) {
        // Our own packets, and what nobody can have sent, are no sign of another master.
        guard kind != .ownSource, kind != .impossibleSource else { return }
        heardAnybody = true
        guard masterSince != nil else { return }
        extend(&refusals, now)
        if refusals?.packets == 1 {
            for index in refusedKinds.indices { refusedKinds[index] = 0 }
        }
        refusedKinds[kind.rawValue] += 1
        refusedSource = source
    }

    package mutating func heardForeign(_ foreign: Foreign) { self.foreign = foreign }

    /// Another host announced one of our addresses.
    package mutating func claimed(by hardware: MACAddress) { claimant = hardware }

    private func extend(_ run: inout Run?, _ now: Instant) {
        var longer = run ?? Run(first: now, last: now)
        if now - longer.last > interval * MasterDoubts.gap { longer = Run(first: now, last: now) }
        longer.last = now
        longer.packets += 1
        run = longer
    }

    // MARK: What it comes to

    /// Something that ought to be said now.
    package mutating func finding(now: Instant) -> Finding? {
        guard let masterSince else { return nil }
        if let run = rival, let facts = rivalFacts, isWorthALine(run, said: rivalSaid, now) {
            rivalSaid = now
            return .rival(
                from: facts.source, priority: facts.priority, lasting: run.last - run.first,
                packets: run.packets, otherLists: facts.otherLists)
        }
        if let run = refusals, let source = refusedSource, isWorthALine(run, said: refusalSaid, now)
        {
            refusalSaid = now
            let most = Rejection.Kind.allCases.max {
                refusedKinds[$0.rawValue] < refusedKinds[$1.rawValue]
            }
            guard let most else { return nil }
            return .refused(
                most, from: source, lasting: run.last - run.first, packets: run.packets)
        }
        let limit = max(MasterDoubts.silenceLimit, patience)
        if !heardAnybody, !saidSilence, now - masterSince >= limit {
            saidSilence = true
            return .silence(
                lasting: now - masterSince, foreign: foreign, claimedBy: claimant)
        }
        return nil
    }

    /// Whether what was found lasts.
    package func last(now: Instant) -> Bool {
        guard masterSince != nil else { return false }
        let isAlive = { (run: Run?) in
            run.map { now - $0.last <= interval * MasterDoubts.gap } ?? false
        }
        return isAlive(rival) || isAlive(refusals) || !heardAnybody
    }

    private func isWorthALine(_ run: Run, said: Instant?, _ now: Instant) -> Bool {
        if let said, now - said < MasterDoubts.pause { return false }
        return run.last - run.first >= patience && now - run.last <= interval * MasterDoubts.gap
    }
}

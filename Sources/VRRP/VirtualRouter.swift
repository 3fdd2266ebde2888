package import Core

/// One virtual router: RFC 9568 section 6.4 and RFC 3768 section 6.4. RFC 9568 says "Active" where we, like
/// keepalived, say "master". Knows no sockets and no clock: whoever owns it carries out the effects.
package struct VirtualRouter: Sendable {
    package enum State: Sendable, Equatable {
        /// Not started, or waiting for the first report of a tracker, or stopped.
        case initialize
        case backup
        case master
        /// Something that it needs is missing.
        case fault
        /// Said priority 0 and still serves, until a peer has taken over.
        case releasing
    }

    package enum Event: Sendable {
        case startup(Past)
        /// `graceful`: serve until a peer advertises, at most one interval and a bit.
        case shutdown(graceful: Bool)
        /// A packet that the receive rules accepted.
        case advertisement(Advertisement, from: IPAddress)
        case masterDownTimer
        case advertisementTimer
        case announcementTimer
        case releaseTimer
        /// The surroundings changed: trackers, links, health.
        case assessed(Assessment)
        /// The address that our packets come from.
        case primaryAddress(IPAddress)
        /// The addresses may have gone astray: a foreign claim was seen, an address was put back.
        case addressesDisturbed
        case reconfigured(Settings)
        /// An operator wants a peer to be master: as a graceful shutdown, but without a peer we stay what we are.
        case handOver
        /// This node is to be master at once: an operator wants it, or its sync group is.
        case takeOver
        /// The sync group is no master any more.
        case giveWay
    }

    /// What this node was before the router started.
    package enum Past: Sendable, Equatable {
        case none
        /// It was master, or nobody knows: hosts may still believe in it.
        case wasMaster
        /// It was master a moment ago, nobody can have noticed that it is not, and it still has its addresses.
        case isStillMaster
    }

    package enum Effect: Sendable, Equatable {
        case advertise(priority: UInt8)
        case holdAddresses
        case dropAddresses
        /// Gratuitous ARP or unsolicited neighbour advertisement, that many times for each address.
        case announceAddresses(Int)
        /// The state changed; scripts want to know. `initialize` means that the router has stopped.
        case notify(State)
        /// A lower advertisement reached the master: `notify_master_rx_lower_pri`.
        case notifyLowerPriority
        /// A list of addresses that is not ours was heard, for its counter.
        case countAddressMismatch
        case log(Message)
    }

    /// The master that a backup follows, or the rival that a master heard last.
    package struct Peer: Sendable, Equatable {
        package var address: IPAddress
        package var priority: UInt8
        package var interval: Duration
        package var heard: Instant
    }

    package internal(set) var settings: Settings
    package private(set) var state = State.initialize
    package internal(set) var assessment: Assessment
    package internal(set) var peer: Peer?
    /// When the state was entered.
    package private(set) var since: Instant

    /// False while other members of the sync group do not want to be master, too.
    package var mayLead = true
    /// The master is gone, and only `mayLead` keeps this router from being it.
    package internal(set) var wantsToLead = false

    private var isStarted = false
    private var resumes = false
    /// How often to tell a master that hosts may believe in us; 0 when it knows.
    var farewells = 0
    /// When a master last spoke, since we are no master any more, and which one.
    var masterSpoke: Speech?
    /// Whether that packet had not waited for us.
    var knowsPace = false
    var primaryAddress: IPAddress?
    var masterDownDeadline: Instant?
    var advertisementDeadline: Instant?
    private var releaseDeadline: Instant?
    /// What `releasing` ends in when a peer has taken over: backup, not the end of the router.
    private var isHandingOver = false
    var announcements = AnnouncementSchedule()
    var preemptDelay = PreemptDelay.idle
    var lastAnswer: Instant?
    var said: Set<Once> = []

    struct Speech: Sendable, Equatable {
        let time: Instant
        let speaker: IPAddress
    }

    /// `preempt_delay`: a lower master is left alone while it runs.
    enum PreemptDelay: Sendable, Equatable { case idle, running(until: Instant), over }

    /// Messages that are worth one line until the master changes.
    enum Once: Sendable, Hashable { case addressList, discarding, election, interval, form }

    /// A peer that takes over needs its skew, a packet's way and some slowness.
    static let releaseGrace = Duration.milliseconds(150)
    /// Answers to rivals and to priority 0 are no closer than this: 100 packets a second cannot be multiplied.
    static let answerPause = Duration.milliseconds(10)
    /// Rounds of announcements that rivals cause are no closer than this.
    static let announcementPause = Duration.milliseconds(100)
    /// Below every master that tracking leaves above its limit.
    static let farewellPriority: UInt8 = 1
    /// A master that never answers (RFC 5798) is left in peace.
    static let farewellLimit = 10
    /// No answer over a network comes sooner.
    static let answerTime = Duration.microseconds(50)

    package init(settings: Settings, assessment: Assessment, now: Instant) {
        self.settings = settings
        self.assessment = assessment
        since = now
    }

    /// The priority after tracking.
    package var priority: UInt8 { assessment.priority }

    /// Whether hosts may believe in this node, master or not: worth a record that outlives it.
    package var mayBeBelieved: Bool {
        state == .master || state == .releasing || resumes || farewells > 0
    }

    /// When `expire` wants to be called; nil: not before the next event.
    package var nextDeadline: Instant? {
        [masterDownDeadline, advertisementDeadline, releaseDeadline, announcements.deadline]
            .compactMap { $0 }.min()
    }

    /// Handles every timer that is due. Packets that wait in a socket must be handled before: after a
    /// pause they tell that the master is alive.
    package mutating func expire(now: Instant, emit: (Effect) -> Void) {
        if let due = masterDownDeadline, due <= now {
            handle(.masterDownTimer, now: now, emit: emit)
        }
        if let due = advertisementDeadline, due <= now {
            handle(.advertisementTimer, now: now, emit: emit)
        }
        if let due = announcements.deadline, due <= now {
            handle(.announcementTimer, now: now, emit: emit)
        }
        if let due = releaseDeadline, due <= now {
            handle(.releaseTimer, now: now, emit: emit)
        }
    }

    // MARK: Transitions

    package mutating func handle(_ event: Event, now: Instant, emit: (Effect) -> Void) {
        switch (state, event) {
        case (.initialize, .startup(let past)):
            isStarted = true
            resumes = past == .isStillMaster
            farewells = past == .wasMaster ? VirtualRouter.farewellLimit : 0
            if assessment.isAwaiting { emit(.log(.waitingForTrackers)) }
            leaveInitialize(now: now, emit: emit)
        case (.initialize, .assessed(let new)):
            reassess(new, now: now, emit: emit)
            leaveInitialize(now: now, emit: emit)
        case (.initialize, .shutdown):
            if isStarted { stop(now: now, emit: emit) }
        case (.initialize, .advertisement(let heard, _)):
            // While we were getting ready somebody took over: then there is nothing to resume.
            guard resumes, heard.priority != 0 else { return }
            resumes = false
            farewells = VirtualRouter.farewellLimit
            drop(emit)

        case (.backup, .advertisement(let heard, let source)):
            backupHears(heard, from: source, now: now, emit: emit)
        case (.backup, .masterDownTimer) where !mayLead:
            // One by one the members of a sync group would take the addresses and lose them again.
            wantsToLead = true
            masterDownDeadline =
                now + settings.masterDownTime(priority: priority, masterInterval: masterInterval)
        case (.backup, .masterDownTimer):
            emit(.log(.advertisementTimeout))
            becomeMaster(now: now, emit: emit)
        case (.fault, .advertisement(let heard, let source)):
            sayFarewell(to: heard, source, now: now, emit)
        case (.master, .advertisement(let heard, let source)):
            masterHears(heard, from: source, now: now, emit: emit)
        case (.master, .advertisementTimer): advertisementIsDue(now: now, emit: emit)
        case (.master, .announcementTimer):
            announce(announcements.expire(settings.announcements, now: now), emit)
        case (.master, .addressesDisturbed):
            announce(
                announcements.answerRival(
                    settings.announcements, pause: VirtualRouter.announcementPause, now: now), emit)

        case (.backup, .assessed(let new)), (.master, .assessed(let new)):
            reassess(new, now: now, emit: emit)
            if !new.faults.isEmpty { becomeFaulty(initial: false, now: now, emit: emit) }
        case (.fault, .assessed(let new)):
            reassess(new, now: now, emit: emit)
            if new.faults.isEmpty && !new.isAwaiting { start(initial: false, now: now, emit: emit) }

        case (.master, .shutdown(let graceful)):
            sendPriorityZero(emit)
            if graceful { release(now: now) } else { stop(now: now, emit: emit) }
        case (.master, .handOver):
            sendPriorityZero(emit)
            release(now: now)
            isHandingOver = true
        case (.master, .giveWay):
            becomeBackup(
                interval: settings.advertisementInterval, initial: false, now: now, emit: emit)
        case (.backup, .takeOver):
            emit(.log(.takingOver))
            becomeMaster(now: now, emit: emit)
        case (.backup, .shutdown), (.fault, .shutdown): stop(now: now, emit: emit)
        case (.releasing, .shutdown(let graceful)):
            isHandingOver = false
            if !graceful { stop(now: now, emit: emit) }
        case (.releasing, .advertisement(let heard, let source)):
            // Another router that also gives up is no successor.
            guard heard.priority != 0 else { return }
            emit(.log(.peerTookOver(from: source)))
            if isHandingOver {
                follow(heard, source, now: now, emit: emit)
                becomeBackup(interval: masterInterval, initial: false, now: now, emit: emit)
                masterSpoke = Speech(time: now, speaker: source)
            } else {
                stop(now: now, emit: emit)
            }
            // It may have been master all the time, unheard by us; hearing this it announces again.
            emit(.advertise(priority: 0))
        case (.releasing, .releaseTimer):
            if isHandingOver {
                emit(.log(.nobodyToHandOverTo))
                enter(.master, now: now)
                advertisementIsDue(now: now, emit: emit)
                // Simulation found it: a peer may have taken over and given up again, unheard by us, and hosts believe
                // in it. Later rounds begin anew, too.
                announce(announcements.start(settings.announcements, now: now), emit)
            } else {
                emit(.log(.noPeerTookOver))
                stop(now: now, emit: emit)
            }
        case (.releasing, .assessed(let new)):
            assessment = new
            if new.faults.isEmpty { return }
            if isHandingOver {
                becomeFaulty(initial: false, now: now, emit: emit)
            } else {
                emit(.log(.noPeerTookOver))
                stop(now: now, emit: emit)
            }

        case (_, .primaryAddress(let address)): primaryAddress = address
        case (_, .reconfigured(let new)): reconfigure(new, now: now, emit: emit)

        // A state without that timer, or one that does not listen: RFC 9568 section 6.4.1.
        case (_, .startup), (_, .advertisement), (_, .masterDownTimer), (_, .advertisementTimer),
            (_, .announcementTimer), (_, .releaseTimer), (_, .addressesDisturbed), (_, .handOver),
            (_, .takeOver), (_, .giveWay):
            return
        }
    }

    private mutating func leaveInitialize(now: Instant, emit: (Effect) -> Void) {
        guard isStarted, !assessment.isAwaiting else { return }
        if assessment.faults.isEmpty {
            start(initial: true, now: now, emit: emit)
        } else {
            becomeFaulty(initial: true, now: now, emit: emit)
        }
    }

    /// From `initialize` or out of a fault.
    private mutating func start(initial: Bool, now: Instant, emit: (Effect) -> Void) {
        if resumes {
            resumes = false
            emit(.log(.resuming))
            becomeMaster(now: now, emit: emit)
        } else if priority == PriorityArithmetic.owner {
            becomeMaster(now: now, emit: emit)
        } else {
            peer = nil
            becomeBackup(
                interval: settings.advertisementInterval, initial: initial, now: now, emit: emit)
        }
    }

    private mutating func becomeMaster(now: Instant, emit: (Effect) -> Void) {
        enter(.master, now: now)
        peer = nil
        farewells = 0
        emit(.log(.enteringMaster))
        // The old master must hear us and drop its addresses before we claim them.
        emit(.advertise(priority: priority))
        emit(.log(.settingAddresses))
        emit(.holdAddresses)
        advertisementDeadline = now + settings.advertisementInterval
        announce(announcements.start(settings.announcements, now: now), emit)
        emit(.notify(.master))
    }

    mutating func becomeBackup(
        interval: Duration, initial: Bool, now: Instant, emit: (Effect) -> Void
    ) {
        let wasMaster = state == .master || state == .releasing
        enter(.backup, now: now)
        if wasMaster { farewells = VirtualRouter.farewellLimit }
        masterDownDeadline =
            now + settings.masterDownTime(priority: priority, masterInterval: interval)
        emit(.log(.enteringBackup(initial: initial)))
        if wasMaster { drop(emit) }
        emit(.notify(.backup))
    }

    private mutating func becomeFaulty(initial: Bool, now: Instant, emit: (Effect) -> Void) {
        let wasMaster = state == .master || state == .releasing || resumes
        resumes = false
        for subject in assessment.faults { emit(.log(.fault(subject))) }
        if wasMaster {
            farewells = VirtualRouter.farewellLimit
            sendPriorityZero(emit)
        }
        enter(.fault, now: now)
        peer = nil
        emit(.log(.enteringFault(initial: initial)))
        if wasMaster { drop(emit) }
        emit(.notify(.fault))
    }

    private mutating func stop(now: Instant, emit: (Effect) -> Void) {
        let holds = state == .master || state == .releasing || resumes
        // Simulation found it: whoever is master then may not have heard our last word. The next start says it again.
        if holds { farewells = VirtualRouter.farewellLimit }
        isStarted = false
        resumes = false
        peer = nil
        enter(.initialize, now: now)
        if holds { drop(emit) }
        emit(.notify(.initialize))
    }

    /// Ends everything that belonged to the old state.
    private mutating func enter(_ new: State, now: Instant) {
        state = new
        since = now
        masterDownDeadline = nil
        advertisementDeadline = nil
        releaseDeadline = nil
        isHandingOver = false
        wantsToLead = false
        announcements = AnnouncementSchedule()
        preemptDelay = .idle
        lastAnswer = nil
        masterSpoke = nil
        knowsPace = false
        said = []
    }

    /// Serves on until a peer advertises, or its time is over.
    private mutating func release(now: Instant) {
        enter(.releasing, now: now)
        releaseDeadline = now + settings.advertisementInterval + VirtualRouter.releaseGrace
    }

    // MARK: Small parts

    private func sendPriorityZero(_ emit: (Effect) -> Void) {
        emit(.advertise(priority: 0))
        emit(.log(.sentPriorityZero))
    }

    private func drop(_ emit: (Effect) -> Void) {
        emit(.log(.removingAddresses))
        emit(.dropAddresses)
    }

    func announce(_ count: Int, _ emit: (Effect) -> Void) {
        if count > 0 { emit(.announceAddresses(count)) }
    }

    mutating func say(_ once: Once, _ message: Message, _ emit: (Effect) -> Void) {
        if said.insert(once).inserted { emit(.log(message)) }
    }
}

internal import Core

/// What a virtual router makes of the packets that it hears.
extension VirtualRouter {
    mutating func backupHears(
        _ heard: Advertisement, from source: IPAddress, now: Instant, emit: (Effect) -> Void
    ) {
        compareAddresses(heard, source, emit)
        if heard.priority == 0 {
            emit(.log(.backupReceivedPriorityZero))
            let skew =
                settings.takesOverAtOnce
                ? .zero : settings.skewTime(priority: priority, masterInterval: masterInterval)
            // Never later than it was: forged packets must not keep us waiting for ever.
            masterDownDeadline = min(masterDownDeadline ?? .distantFuture, now + skew)
            return
        }
        if heard.priority < priority && preempts(heard, now: now, emit: emit) {
            // RFC 9568 6.4.2: a lower advertisement is dropped, and dropping must not restart the timer;
            // otherwise the lower router would stay master for as long as it keeps talking.
            say(.discarding, .discardingLower(from: source, priority: heard.priority), emit)
            return
        }
        wantsToLead = false
        sayFarewell(to: heard, source, now: now, emit)
        if heard.priority >= priority { preemptDelay = .idle }
        follow(heard, source, now: now, emit: emit)
        masterDownDeadline =
            now + settings.masterDownTime(priority: priority, masterInterval: masterInterval)
    }

    mutating func masterHears(
        _ heard: Advertisement, from source: IPAddress, now: Instant, emit: (Effect) -> Void
    ) {
        if settings.ownerIgnoresRivals, priority == PriorityArithmetic.owner { return }
        compareAddresses(heard, source, emit)
        if heard.priority == 0 {
            emit(.log(.masterReceivedPriorityZero))
            answer(now: now, emit)
            announce(
                announcements.answerRival(
                    settings.announcements, pause: VirtualRouter.announcementPause, now: now), emit)
            return
        }
        if heard.priority > priority || heard.priority == priority && isAboveOurs(source) {
            emit(
                .log(
                    heard.priority > priority
                        ? .yieldingToHigher(from: source, priority: heard.priority, ours: priority)
                        : .yieldingToEqual(from: source, priority: heard.priority)))
            // The winner may not know that it has a rival. It announces its addresses when it hears one.
            if settings.advertisesBeforeYielding { emit(.advertise(priority: priority)) }
            peer = nil
            follow(heard, source, now: now, emit: emit)
            becomeBackup(interval: masterInterval, initial: false, now: now, emit: emit)
            masterSpoke = Speech(time: now, speaker: source)
            return
        }
        peer = Peer(
            address: source, priority: heard.priority, interval: heard.interval, heard: now)
        emit(.notifyLowerPriority)
        say(
            .election,
            .forcingElection(from: source, priority: heard.priority, ours: priority), emit)
        if settings.answersLowerPriority { answer(now: now, emit) }
        announce(
            announcements.answerRival(
                settings.announcements, pause: VirtualRouter.announcementPause, now: now), emit)
    }

    /// Simulation found it: a partition in which we were master, too, may heal without our successor ever
    /// hearing us, and hosts keep our address. An advertisement below its own makes it announce again;
    /// other backups discard that. It is repeated until the master answers between two intervals.
    mutating func sayFarewell(
        to heard: Advertisement, _ source: IPAddress, now: Instant, _ emit: (Effect) -> Void
    ) {
        guard farewells > 0, settings.advertisesBeforeYielding,
            heard.priority > VirtualRouter.farewellPriority
        else { return }
        // Simulation found it: a packet that comes late may have waited for this node to wake, and the next one soon after
        // it is no answer.
        var isOnTime = true
        if let last = masterSpoke {
            // Simulation found it: of two masters one may speak soon after the other, and answers nobody.
            guard last.speaker == source else {
                masterSpoke = Speech(time: now, speaker: source)
                knowsPace = false
                return
            }
            // Simulation found it: packets that waited while this node stood still come all at once. None of them is an
            // answer, which needs its way there and back, and the next one comes when it comes.
            guard now - last.time >= VirtualRouter.answerTime else { return }
            if knowsPace, now - last.time < heard.interval * 3 / 4 {
                farewells = 0
                return
            }
            isOnTime = now - last.time <= heard.interval * 5 / 4
        }
        masterSpoke = Speech(time: now, speaker: source)
        knowsPace = isOnTime
        farewells -= 1
        emit(.advertise(priority: VirtualRouter.farewellPriority))
    }

    /// Whether a lower master is to be thrown over now.
    private mutating func preempts(
        _ heard: Advertisement, now: Instant, emit: (Effect) -> Void
    ) -> Bool {
        guard settings.preempts else { return false }
        guard settings.preemptDelay > .zero else { return true }
        switch preemptDelay {
        case .idle:
            emit(.log(.preemptDelayStarted(settings.preemptDelay)))
            preemptDelay = .running(until: now + settings.preemptDelay)
            return false
        case .running(let end) where now < end: return false
        case .running, .over:
            preemptDelay = .over
            return true
        }
    }

    mutating func follow(
        _ heard: Advertisement, _ source: IPAddress, now: Instant, emit: (Effect) -> Void
    ) {
        if let peer, peer.address != source { said = [] }
        if settings.version == .v3 && heard.interval != settings.advertisementInterval {
            say(
                .interval,
                .learnedInterval(
                    from: source, received: heard.interval, ours: settings.advertisementInterval),
                emit)
        }
        if settings.version == .v3 && source.isIPv4 && heard.checksumForm == .messageOnly {
            say(.form, .checksumForm(.messageOnly, from: source), emit)
        }
        peer = Peer(
            address: source, priority: heard.priority, interval: heard.interval, heard: now)
    }

    /// The interval of the master that we follow: VRRPv3 learns it, VRRPv2 knows only one.
    var masterInterval: Duration {
        settings.version == .v3
            ? peer?.interval ?? settings.advertisementInterval : settings.advertisementInterval
    }

    private func isAboveOurs(_ source: IPAddress) -> Bool {
        switch (source, primaryAddress) {
        case (.v4(let theirs), .v4(let ours)): theirs > ours
        case (.v6(let theirs), .v6(let ours)): theirs > ours
        default: false
        }
    }

    /// A list that differs makes no second master: it is told and counted, and the packet is believed.
    private mutating func compareAddresses(
        _ heard: Advertisement, _ source: IPAddress, _ emit: (Effect) -> Void
    ) {
        let ours = settings.addresses
        guard settings.comparesAddresses, heard.priority != 0, heard.addresses != ours,
            Set(heard.addresses) != Set(ours)
        else { return }
        emit(.countAddressMismatch)
        guard heard.addresses.count == ours.count,
            let missing = ours.first(where: { !heard.addresses.contains($0) })
        else {
            say(
                .addressList,
                .addressCountDiffers(ours: ours.count, received: heard.addresses.count), emit)
            return
        }
        say(
            .addressList,
            .addressMissing(
                virtualRouterID: settings.virtualRouterID, from: source, missing), emit)
    }

    private mutating func answer(now: Instant, _ emit: (Effect) -> Void) {
        if let lastAnswer, now < lastAnswer + VirtualRouter.answerPause { return }
        lastAnswer = now
        emit(.advertise(priority: priority))
        advertisementDeadline = now + settings.advertisementInterval
    }
}

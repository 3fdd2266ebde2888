import Core
import Testing
import VRRP

@Suite struct VirtualRouterTests {
    typealias State = VirtualRouter.State

    /// Master down time of priority 100 at 200 ms: 0.6 s and 156/256 of 0.2 s.
    let masterDown = Duration.nanoseconds(721_875_000)
    let skew = Duration.nanoseconds(121_875_000)

    /// `vrrp failover`: a peer that takes over makes a backup of us, and without one nothing is lost.
    @Test func handingOver() {
        var bench = Bench.reaching(.master)
        bench.send(.handOver)
        bench.hear(90)
        #expect(bench.router.state == .backup)
        #expect(
            bench.deeds() == [
                .advertise(priority: 0), .dropAddresses, .notify(.backup), .advertise(priority: 0),
            ])

        bench = Bench.reaching(.master)
        bench.send(.handOver)
        bench.pass(.milliseconds(400))
        #expect(bench.router.state == .master)
        #expect(bench.deeds() == [.advertise(priority: 0), .advertise(priority: 100)])

        bench = Bench.reaching(.master)
        bench.send(.handOver)
        bench.send(.assessed(Assessment(faults: [.script("chk")], priority: 100)))
        #expect(bench.router.state == .fault)
        #expect(bench.deeds().contains(.dropAddresses))

        bench = Bench.reaching(.master)
        bench.send(.handOver)
        bench.send(.shutdown(graceful: true))
        bench.pass(.milliseconds(400))
        #expect(bench.router.state == .initialize)
    }

    /// A member of a sync group waits until the others would be master, too.
    @Test func waitingForTheGroup() {
        var bench = Bench.reaching(.backup)
        bench.router.mayLead = false
        bench.pass(.seconds(3))
        #expect(bench.router.state == .backup)
        #expect(bench.router.wantsToLead)
        bench.hear(200)
        #expect(!bench.router.wantsToLead)
        bench.router.mayLead = true
        #expect(bench.timeToMaster() != nil)
        #expect(!bench.router.wantsToLead)
    }

    /// With one peer there is nobody to race with: no skew.
    @Test func takingOverAtOnce() {
        for (isFast, expected) in [(true, Duration.zero), (false, skew)] {
            var bench = Bench.reaching(.backup) { $0.takesOverAtOnce = isFast }
            bench.hear(200)
            bench.hear(0)
            #expect(bench.timeToMaster() == expected)
        }
    }

    /// Every input in every state: the state that follows, and what is done.
    @Test func everyInputInEveryState() {
        let fault = Assessment(faults: [.script("chk")], priority: 100)
        let inputs: [(String, VirtualRouter.Event)] = [
            ("startup", .startup(.none)),
            ("resume", .startup(.isStillMaster)),
            ("stop", .shutdown(graceful: false)),
            ("graceful", .shutdown(graceful: true)),
            ("higher", .advertisement(.v3(priority: 200), from: peerAddress)),
            ("lower", .advertisement(.v3(priority: 50), from: peerAddress)),
            ("zero", .advertisement(.v3(priority: 0), from: peerAddress)),
            ("equal above", .advertisement(.v3(), from: peerAddress)),
            ("equal below", .advertisement(.v3(), from: ip("10.0.0.0"))),
            ("down timer", .masterDownTimer), ("advert timer", .advertisementTimer),
            ("announce timer", .announcementTimer), ("release timer", .releaseTimer),
            ("fault", .assessed(fault)), ("fine", .assessed(Assessment(priority: 100))),
            ("awaiting", .assessed(Assessment(isAwaiting: true, priority: 100))),
            ("hand over", .handOver), ("take over", .takeOver),
            ("give way", .giveWay),
            ("disturbed", .addressesDisturbed), ("address", .primaryAddress(peerAddress)),
        ]
        // What differs from "the state stays and nothing is done".
        let becomesMaster: [VirtualRouter.Effect] = [
            .advertise(priority: 100), .holdAddresses, .announceAddresses(5), .notify(.master),
        ]
        let answers: [VirtualRouter.Effect] = [
            .notifyLowerPriority, .advertise(priority: 100), .announceAddresses(5),
        ]
        let yields: [VirtualRouter.Effect] = [
            .advertise(priority: 100), .dropAddresses, .notify(.backup),
        ]
        let stops: [VirtualRouter.Effect] = [.dropAddresses, .notify(.initialize)]
        let expected: [String: (State, [VirtualRouter.Effect])] = [
            "initialize/startup": (.backup, [.notify(.backup)]),
            "initialize/resume": (.master, becomesMaster),
            "backup/stop": (.initialize, [.notify(.initialize)]),
            "backup/graceful": (.initialize, [.notify(.initialize)]),
            "backup/down timer": (.master, becomesMaster),
            "backup/fault": (.fault, [.notify(.fault)]),
            "backup/take over": (.master, becomesMaster),
            "master/hand over": (.releasing, [.advertise(priority: 0)]),
            "master/give way": (.backup, [.dropAddresses, .notify(.backup)]),
            "master/stop": (.initialize, [.advertise(priority: 0)] + stops),
            "master/graceful": (.releasing, [.advertise(priority: 0)]),
            "master/higher": (.backup, yields),
            "master/equal above": (.backup, yields),
            "master/equal below": (.master, answers),
            "master/lower": (.master, answers),
            "master/zero": (.master, [.advertise(priority: 100), .announceAddresses(5)]),
            "master/advert timer": (.master, [.advertise(priority: 100)]),
            "master/disturbed": (.master, [.announceAddresses(5)]),
            "master/fault": (.fault, [.advertise(priority: 0), .dropAddresses, .notify(.fault)]),
            "fault/stop": (.initialize, [.notify(.initialize)]),
            "fault/graceful": (.initialize, [.notify(.initialize)]),
            "fault/fine": (.backup, [.notify(.backup)]),
            "releasing/stop": (.initialize, stops),
            "releasing/higher": (.initialize, stops + [.advertise(priority: 0)]),
            "releasing/lower": (.initialize, stops + [.advertise(priority: 0)]),
            "releasing/equal above": (.initialize, stops + [.advertise(priority: 0)]),
            "releasing/equal below": (.initialize, stops + [.advertise(priority: 0)]),
            "releasing/release timer": (.initialize, stops),
            "releasing/fault": (.initialize, stops),
        ]
        for state in State.all {
            for (name, event) in inputs {
                var bench = Bench.reaching(state)
                #expect(bench.router.state == state)
                bench.send(event)
                let (next, deeds) = expected["\(state)/\(name)"] ?? (state, [])
                #expect(bench.router.state == next, "\(state)/\(name)")
                #expect(bench.deeds() == deeds, "\(state)/\(name)")
            }
        }
    }

    @Test func startsAsBackupAndWaitsTheWholeTime() {
        var bench = Bench()
        bench.send(.startup(.none))
        #expect(bench.words() == ["(VI_1) Entering BACKUP STATE (init)"])
        #expect(bench.timeToMaster() == masterDown)
        #expect(
            bench.words() == [
                "(VI_1) Receive advertisement timeout", "(VI_1) Entering MASTER STATE",
                "(VI_1) setting VIPs.",
            ])
    }

    @Test func version2SkewDoesNotScale() {
        var bench = Bench {
            $0.version = .v2
            $0.advertisementInterval = .seconds(1)
        }
        bench.send(.startup(.none))
        #expect(bench.timeToMaster() == .nanoseconds(3_609_375_000))
    }

    @Test func ownerIsMasterAtOnce() {
        var bench = Bench(priority: 255)
        bench.send(.startup(.none))
        #expect(bench.router.state == .master)
        #expect(bench.deeds().first == .advertise(priority: 255))
    }

    @Test func waitsForTheFirstReportOfEveryTracker() {
        var board = TrackerBoard(
            basePriority: 100,
            trackers: [
                Tracker(.script("a")), Tracker(.script("b"), weight: TrackerWeight(2)),
            ])
        var bench = Bench()
        bench.send(.assessed(board.assessment))
        bench.send(.startup(.none))
        board.report(.script("a"), .good)
        bench.send(.assessed(board.assessment))
        #expect(bench.router.state == .initialize)
        #expect(bench.router.nextDeadline == nil)
        board.report(.script("b"), .good)
        bench.send(.assessed(board.assessment))
        #expect(bench.router.state == .backup)
        #expect(bench.router.priority == 102)
    }

    @Test func faultAtTheStart() {
        var bench = Bench()
        bench.send(.assessed(Assessment(faults: [.ownInterface("eth0")], priority: 100)))
        bench.send(.startup(.none))
        #expect(
            bench.words() == [
                "(VI_1) entering FAULT state (interface eth0 down)",
                "(VI_1) Entering FAULT STATE (init)",
            ])
        bench.send(.assessed(Assessment(priority: 100)))
        #expect(bench.router.state == .backup)
        #expect(bench.timeToMaster() == masterDown)
    }

    @Test func priorityZeroShortensTheWaitToTheSkew() {
        var bench = Bench.reaching(.backup)
        bench.hear(200)
        bench.hear(0)
        #expect(bench.timeToMaster() == skew)
    }

    /// Forged packets of priority 0 must not keep a backup waiting.
    @Test func priorityZeroNeverLengthensTheWait() {
        var bench = Bench.reaching(.backup)
        var waited = Duration.zero
        while bench.router.state == .backup && waited < .seconds(5) {
            bench.hear(0)
            bench.pass(.milliseconds(50))
            waited += .milliseconds(50)
        }
        #expect(waited <= .milliseconds(150))
    }

    @Test func lowerAdvertisementsDoNotTouchTheTimer() {
        var bench = Bench.reaching(.backup)
        bench.hear(200)
        let deadline = bench.router.nextDeadline
        bench.pass(.milliseconds(100))
        bench.hear(50)
        bench.hear(50)
        #expect(bench.router.nextDeadline == deadline)
        #expect(
            bench.words() == [
                "(VI_1) received lower priority (50) advert from 10.0.0.2 - discarding"
            ])
    }

    @Test func withoutPreemptionALowerMasterStays() {
        var bench = Bench.reaching(.backup) { $0.preempts = false }
        for _ in 0..<50 {
            bench.hear(50)
            bench.pass(.milliseconds(200))
        }
        #expect(bench.router.state == .backup)
        #expect(bench.timeToMaster() == masterDown - .milliseconds(200))
    }

    @Test func preemptDelay() {
        var bench = Bench.reaching(.backup) { $0.preemptDelay = .seconds(2) }
        let start = bench.now
        while bench.router.state == .backup && bench.now < start + .seconds(10) {
            bench.hear(50)
            bench.pass(.milliseconds(200))
        }
        #expect(bench.now - start >= .milliseconds(2_500))
        #expect(bench.now - start <= .milliseconds(3_000))
    }

    /// RFC 5798: a backup waits at the master's pace, a master speaks at its own.
    @Test func learnsTheIntervalOfTheMaster() {
        var bench = Bench.reaching(.backup)
        bench.hear(200, interval: .milliseconds(500))
        #expect(bench.timeToMaster() == .nanoseconds(1_804_687_500))
        _ = bench.take()
        bench.pass(.milliseconds(1_000))
        #expect(bench.deeds().filter { $0 == .advertise(priority: 100) }.count == 5)
    }

    @Test func aChangedPriorityShiftsTheRunningTimer() {
        var bench = Bench.reaching(.backup)
        bench.pass(.milliseconds(300))
        bench.send(.assessed(Assessment(priority: 200)))
        #expect(bench.words() == ["(VI_1) Changing effective priority from 100 to 200"])
        // 0.6 s and 56/256 of 0.2 s after the start.
        #expect(bench.timeToMaster() == .nanoseconds(643_750_000) - .milliseconds(300))
    }

    @Test func advertisesAtItsIntervalWithoutDrift() {
        var bench = Bench.reaching(.master)
        let first = bench.router.nextDeadline ?? bench.now
        for index in 1...20 {
            // Each wake-up comes 3 ms late.
            bench.now = (bench.router.nextDeadline ?? bench.now) + .milliseconds(3)
            var sent = 0
            bench.router.expire(now: bench.now) { if case .advertise = $0 { sent += 1 } }
            #expect(sent == 1)
            #expect(bench.router.nextDeadline == first + .milliseconds(200) * index)
        }
    }

    @Test func aStallMakesTheMasterAnnounceAgain() {
        var bench = Bench.reaching(.master)
        bench.now = bench.now + .seconds(3)
        var effects: [VirtualRouter.Effect] = []
        bench.router.expire(now: bench.now) { effects.append($0) }
        #expect(effects.contains(.announceAddresses(5)))
        #expect(effects.filter { $0 == .advertise(priority: 100) }.count == 1)
        #expect(bench.router.nextDeadline == bench.now + .milliseconds(200))
    }

    @Test func announcesAgainAfterTheDelayAndAtEachRefresh() {
        var bench = Bench.reaching(.backup) {
            $0.announcements.refresh = .seconds(60)
            $0.announcements.refreshRounds = 2
        }
        _ = bench.timeToMaster()
        let start = bench.now
        var seen: [(Int64, Int)] = []
        _ = bench.take()
        while bench.now < start + .seconds(130) {
            let due = bench.router.nextDeadline ?? bench.now + .seconds(1)
            bench.now = due
            let now = bench.now
            bench.router.expire(now: now) {
                if case .announceAddresses(let count) = $0 {
                    seen.append(((now - start).milliseconds, count))
                }
            }
        }
        #expect(seen.map(\.0) == [5_000, 60_000, 120_000])
        #expect(seen.map(\.1) == [5, 2, 2])
    }

    /// A flood of lower advertisements must not be answered packet by packet.
    @Test func answersToRivalsAreLimited() {
        var bench = Bench.reaching(.master)
        for _ in 0..<1_000 {
            bench.hear(50)
            bench.pass(.milliseconds(1))
        }
        let deeds = bench.deeds()
        #expect(deeds.filter { $0 == .announceAddresses(5) }.count <= 11)
        #expect((50...101).contains(deeds.filter { $0 == .advertise(priority: 100) }.count))
        #expect(bench.router.state == .master)
    }

    @Test func theAnswerToARivalIsPutOffNotDropped() {
        var bench = Bench.reaching(.master)
        bench.pass(.seconds(10))
        _ = bench.take()
        bench.hear(50)
        bench.pass(.milliseconds(50))
        bench.hear(50)
        #expect(bench.deeds().filter { $0 == .announceAddresses(5) }.count == 1)
        bench.pass(.milliseconds(51))
        #expect(bench.deeds().filter { $0 == .announceAddresses(5) }.count == 1)
    }

    @Test func strictSettingsAreSilent() {
        var bench = Bench.reaching(.master) {
            $0.answersLowerPriority = false
            $0.advertisesBeforeYielding = false
            $0.announcements.lowerPriorityRounds = 0
        }
        bench.hear(50)
        #expect(bench.deeds() == [.notifyLowerPriority])
        bench.hear(200)
        #expect(bench.deeds() == [.dropAddresses, .notify(.backup)])
    }

    @Test(arguments: [VirtualRouter.State.backup, .master])
    func aDifferentListOfAddressesIsToldOnceAndBelieved(state: VirtualRouter.State) {
        var bench = Bench.reaching(state)
        for _ in 0..<3 { bench.hear(200, addresses: ["10.0.0.99"]) }
        #expect(bench.router.state == .backup)
        let effects = bench.take()
        #expect(effects.filter { $0 == .countAddressMismatch }.count == 3)
        let words = effects.compactMap { effect -> String? in
            if case .log(let message) = effect { message.text("VI_1") } else { nil }
        }
        let line =
            "(VI_1) ip address associated with VRID 51 not present in advert from 10.0.0.2:"
            + " 10.0.0.50"
        #expect(words.filter { $0 == line }.count == (state == .backup ? 1 : 2))
    }

    @Test func gracefulStopKeepsTheAddressUntilAPeerSpeaks() {
        var bench = Bench.reaching(.releasing)
        bench.pass(.milliseconds(100))
        bench.hear(0)
        #expect(bench.router.state == .releasing)
        #expect(bench.deeds().isEmpty)
        bench.hear(50)
        #expect(bench.deeds().prefix(2) == [.dropAddresses, .notify(.initialize)])

        bench = Bench.reaching(.releasing)
        bench.pass(.milliseconds(349))
        #expect(bench.router.state == .releasing)
        bench.pass(.milliseconds(1))
        #expect(bench.router.state == .initialize)
        #expect(bench.router.nextDeadline == nil)
    }

    /// The master must learn that hosts may believe in us, and be left alone once it knows.
    @Test func saysFarewellUntilTheMasterAnswers() {
        var bench = Bench.reaching(.master)
        bench.hear(200)
        #expect(bench.deeds().contains(.advertise(priority: 100)))
        for _ in 0..<2 {
            bench.pass(.milliseconds(200))
            bench.hear(200)
            #expect(bench.deeds() == [.advertise(priority: 1)])
        }
        bench.pass(.milliseconds(1))
        bench.hear(200)
        bench.pass(.milliseconds(200))
        bench.hear(200)
        #expect(bench.deeds() == [])

        bench = Bench.reaching(.master)
        bench.send(.assessed(Assessment(faults: [.script("chk")], priority: 100)))
        _ = bench.take()
        bench.hear(50)
        #expect(bench.deeds() == [.advertise(priority: 1)])
        for _ in 0..<30 {
            bench.pass(.milliseconds(200))
            bench.hear(50)
        }
        #expect(bench.deeds().count == 9)
    }

    /// A process that follows a dead one goes on as master, unless it may not or somebody else did.
    @Test func resumesOnlyWhenNothingSpeaksAgainstIt() {
        let awaiting = Assessment(isAwaiting: true, priority: 100)
        func resuming() -> Bench {
            var bench = Bench()
            bench.send(.assessed(awaiting))
            bench.send(.startup(.isStillMaster))
            return bench
        }
        var bench = resuming()
        bench.hear(0)
        bench.send(.assessed(Assessment(priority: 100)))
        #expect(bench.router.state == .master)
        #expect(!bench.take().contains(.dropAddresses))

        bench = resuming()
        bench.hear(50)
        #expect(bench.deeds() == [.dropAddresses])
        bench.send(.assessed(Assessment(priority: 100)))
        #expect(bench.router.state == .backup)
        bench.hear(200)
        #expect(bench.deeds() == [.notify(.backup), .advertise(priority: 1)])

        bench = resuming()
        bench.send(.assessed(Assessment(faults: [.proxyEngine], priority: 100)))
        #expect(bench.deeds() == [.advertise(priority: 0), .dropAddresses, .notify(.fault)])

        bench = resuming()
        bench.send(.shutdown(graceful: true))
        #expect(bench.deeds() == [.dropAddresses, .notify(.initialize)])
    }

    @Test func reconfigurationKeepsTheState() {
        var bench = Bench.reaching(.master)
        var settings = bench.router.settings
        bench.send(.reconfigured(settings))
        #expect(bench.take().isEmpty)
        settings.addresses.append(ip("10.0.0.51"))
        settings.advertisementInterval = .milliseconds(100)
        bench.send(.reconfigured(settings))
        #expect(bench.deeds() == [.holdAddresses, .announceAddresses(5)])
        #expect(bench.router.state == .master)
        bench.pass(.milliseconds(1_000))
        #expect(bench.deeds().count >= 9)
    }

    /// Any events in any order and at any time: no trap, a deadline never stays in the past, and addresses
    /// are held exactly in the states that own them.
    @Test(arguments: 1...20)
    func noiseKeepsTheInvariants(seed: UInt64) {
        var random = SplitMix(seed: seed)
        var bench = Bench { $0.preemptDelay = seed % 2 == 0 ? .milliseconds(300) : .zero }
        var holds = false
        for step in 0..<3_000 {
            switch Int.random(in: 0..<14, using: &random) {
            case 0:
                bench.send(
                    .startup(
                        [.none, .wasMaster, .isStillMaster].randomElement(using: &random) ?? .none))
            case 1 where step % 7 == 0: bench.send(.shutdown(graceful: Bool.random(using: &random)))
            case 2:
                bench.send(
                    .assessed(
                        Assessment(
                            isAwaiting: Int.random(in: 0..<9, using: &random) == 0,
                            faults: Int.random(in: 0..<4, using: &random) == 0
                                ? [.script("x")] : [],
                            priority: UInt8.random(in: 1...254, using: &random))))
            case 3...6:
                bench.hear(
                    UInt8.random(in: 0...255, using: &random),
                    from: "10.0.0.\(Int.random(in: 0...9, using: &random))",
                    interval: .milliseconds(10 * Int.random(in: 1...200, using: &random)))
            case 7: bench.send(.addressesDisturbed)
            case 8: bench.now = bench.now + .seconds(Int.random(in: 0...5, using: &random))
            default: bench.pass(.milliseconds(Int.random(in: 0...400, using: &random)))
            }
            for effect in bench.take() {
                if effect == .holdAddresses { holds = true }
                if effect == .dropAddresses { holds = false }
            }
            #expect(
                holds == (bench.router.state == .master || bench.router.state == .releasing),
                "seed \(seed)")
            bench.pass(.zero)
            _ = bench.router.nextDeadline.map { #expect($0 > bench.now, "seed \(seed)") }
            for effect in bench.take() {
                if effect == .holdAddresses { holds = true }
                if effect == .dropAddresses { holds = false }
            }
        }
    }
}

import Core
import Testing
import VRRP

/// Every input in every state, and what starts, stops and changes a virtual router.
@Suite struct VirtualRouterTests {
    typealias State = VirtualRouter.State

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
        #expect(bench.timeToMaster() == Bench.masterDown)
        #expect(
            bench.words() == [
                "(VI_1) Receive advertisement timeout", "(VI_1) Entering MASTER STATE",
                "(VI_1) setting VIPs.",
            ])
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
        #expect(bench.timeToMaster() == Bench.masterDown)
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

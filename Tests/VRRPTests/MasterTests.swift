import Core
import Testing
import VRRP

/// A master: its interval, its announcements, and what it does about rivals.
@Suite struct MasterTests {
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
        // Once more soon: what a rival announced may be on its way.
        #expect(bench.router.nextDeadline == bench.now + .milliseconds(100))
        bench.pass(.milliseconds(100))
        #expect(bench.router.nextDeadline == bench.now + .milliseconds(100))
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
        #expect(words.filter { $0.hasPrefix(line) }.count == (state == .backup ? 1 : 2))
    }

    /// `owner_ignore_adverts`: only an owner is deaf, and only when it is told to be.
    @Test(arguments: [(UInt8(255), true, VirtualRouter.State.master), (255, false, .backup)])
    func anOwnerBesideAnotherOwner(
        priority: UInt8, isDeaf: Bool, expected: VirtualRouter.State
    ) {
        var bench = Bench.reaching(.master, priority: priority) { $0.ownerIgnoresRivals = isDeaf }
        bench.hear(255)
        #expect(bench.router.state == expected)
        var lower = Bench.reaching(.master) { $0.ownerIgnoresRivals = isDeaf }
        lower.hear(200)
        #expect(lower.router.state == .backup)
    }
}

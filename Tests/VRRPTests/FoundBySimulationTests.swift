import Core
import Testing
import VRRP

/// What the simulation found, one scenario each. Seeds change with the simulation; these stay.
@Suite struct FoundBySimulationTests {
    /// The rival's own announcement may reach hosts behind the answer to it.
    @Test func aMasterThatAnsweredARivalAnnouncesOnceMoreSoon() {
        var bench = Bench.reaching(.master, priority: 200)
        bench.hear(100)
        #expect(bench.deeds().contains(.announceAddresses(5)))
        bench.pass(.milliseconds(99))
        #expect(!bench.deeds().contains(.announceAddresses(5)))
        bench.pass(.milliseconds(1))
        #expect(bench.deeds().contains(.announceAddresses(5)))
        bench.pass(.seconds(2))
        #expect(!bench.deeds().contains(.announceAddresses(5)))
    }

    /// A node stands still while it is master; what waited in its socket is no answer to the last word that it says
    /// when it yields.
    @Test func packetsThatWaitedAreNoAnswerToAFarewell() {
        var bench = Bench.reaching(.master)
        for _ in 0..<3 { bench.hear(200) }
        #expect(bench.router.state == .backup)
        _ = bench.take()
        // The next one comes soon, because those before it had waited: the master has not answered.
        bench.pass(.milliseconds(100))
        bench.hear(200)
        #expect(bench.deeds() == [.advertise(priority: 1)])
        // This is an answer.
        bench.pass(.milliseconds(1))
        bench.hear(200)
        bench.pass(.milliseconds(200))
        bench.hear(200)
        #expect(bench.deeds().isEmpty)
    }

    @Test func aFaultWhileGivingUpIsToldAsNobodyTookOver() {
        var bench = Bench.reaching(.releasing)
        bench.send(.assessed(Assessment(faults: [.script("chk")], priority: 100)))
        #expect(bench.words().contains { $0.contains("nobody took over in time") })
        #expect(bench.router.state == .initialize)
    }

    /// A peer took over, announced and ended before we heard a word of it (seeds 59322, 68882, 79577).
    @Test func aHandOverThatNobodyAnsweredEndsWithAnnouncements() {
        var bench = Bench.reaching(.master) {
            $0.announcements.refresh = .seconds(20)
            $0.announcements.delay = .zero
        }
        bench.send(.handOver)
        bench.pass(.milliseconds(350))
        #expect(bench.router.state == .master)
        #expect(bench.deeds().suffix(2) == [.advertise(priority: 100), .announceAddresses(5)])
        // Refreshing goes on, too.
        bench.pass(.seconds(20))
        #expect(bench.deeds().contains(.announceAddresses(1)))
    }

    /// The last word of a router that ends may be lost. Only a record tells the next process that hosts may believe in
    /// this node (seed 4207; seeds 218 and 236 without that record).
    @Test func whoEndsAsMasterOwesAFarewellUntilTheNextMasterAnswers() {
        for graceful in [false, true] {
            var bench = Bench.reaching(.master)
            #expect(bench.router.mayBeBelieved)
            bench.send(.shutdown(graceful: graceful))
            bench.hear(50)
            #expect(bench.router.state == .initialize)
            #expect(bench.router.mayBeBelieved)

            bench.send(.startup(.wasMaster))
            #expect(bench.router.state == .backup)
            _ = bench.take()
            bench.hear(200)
            #expect(bench.deeds() == [.advertise(priority: 1)])
            bench.pass(.milliseconds(1))
            bench.hear(200)
            #expect(!bench.router.mayBeBelieved)
            bench.send(.shutdown(graceful: graceful))
            #expect(!bench.router.mayBeBelieved)
        }
    }

    /// A node yields to one of two masters; the other one's packets are no answer of the first (seed 61760).
    @Test func whatAnotherMasterSaysIsNoAnswerToAFarewell() {
        var bench = Bench.reaching(.master)
        bench.hear(200)
        _ = bench.take()
        // The second one is about to yield to the first, too.
        bench.pass(.milliseconds(4))
        bench.hear(150, from: "10.0.0.3")
        bench.pass(.milliseconds(13))
        bench.hear(200)
        #expect(bench.deeds().isEmpty)
        #expect(bench.router.mayBeBelieved)
        bench.pass(.milliseconds(200))
        bench.hear(200)
        #expect(bench.deeds() == [.advertise(priority: 1)])
        bench.pass(.milliseconds(1))
        bench.hear(200)
        #expect(!bench.router.mayBeBelieved)
    }

    /// A node stands still soon after it yielded; the one packet that waited says nothing about the next (seed 185334).
    @Test func thePacketBehindALateOneIsNoAnswerToAFarewell() {
        var bench = Bench.reaching(.master)
        bench.hear(200)
        _ = bench.take()
        bench.pass(.milliseconds(290))
        bench.hear(200)
        #expect(bench.deeds() == [.advertise(priority: 1)])
        bench.pass(.milliseconds(110))
        bench.hear(200)
        #expect(bench.deeds() == [.advertise(priority: 1)])
        bench.pass(.milliseconds(1))
        bench.hear(200)
        #expect(!bench.router.mayBeBelieved)
    }
}

import Core
import Testing
import VRRP

/// Giving the addresses to another router, and the wait of a group.
@Suite struct HandOverTests {
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
        #expect(
            bench.deeds() == [
                .advertise(priority: 0), .advertise(priority: 100), .announceAddresses(5),
            ])

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
}

import Core
import Failover
import Testing
import VRRP

@Suite struct MasterDoubtsTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)
    let peer = IPAddress.v4(IPv4Address(rawValue: 0x0a00_0002))

    /// Findings of a master with an interval of 1 s, with `packet` called once a second; the second of each.
    func findings(
        seconds: Int, isMaster: (Int) -> Bool = { _ in true },
        packet: (inout MasterDoubts, Int, Instant) -> Void
    ) -> [(second: Int, finding: MasterDoubts.Finding)] {
        var doubts = MasterDoubts(interval: .seconds(1))
        var found: [(Int, MasterDoubts.Finding)] = []
        for second in 0..<seconds {
            let now = start + .seconds(second)
            doubts.note(isMaster: isMaster(second), now: now)
            packet(&doubts, second, now)
            if let finding = doubts.finding(now: now) { found.append((second, finding)) }
        }
        return found
    }

    @Test func aRivalThatGoesOnIsToldOnceInTenMinutes() {
        let found = findings(seconds: 1210) { doubts, second, now in
            doubts.heard(from: peer, priority: 90, isOtherList: second % 2 == 0, now: now)
        }
        #expect(found.map(\.second) == [5, 605, 1205])
        #expect(
            found.first?.finding
                == .rival(
                    from: peer, priority: 90, lasting: .seconds(5), packets: 6, otherLists: 3))
    }

    @Test func anElectionAndLastWordsAreNoSecondMaster() {
        let election = findings(seconds: 60) { doubts, second, now in
            if second % 10 < 3 {
                doubts.heard(from: peer, priority: 90, isOtherList: false, now: now)
            }
        }
        #expect(election.isEmpty)
        for words in [UInt8(0), 1] {
            let farewell = findings(seconds: 60) { doubts, _, now in
                doubts.heard(from: peer, priority: words, isOtherList: false, now: now)
            }
            #expect(farewell.isEmpty)
        }
        let backup = findings(seconds: 60, isMaster: { _ in false }) { doubts, _, now in
            doubts.heard(from: peer, priority: 90, isOtherList: false, now: now)
            doubts.refused(.wrongPassword, from: peer, now: now)
        }
        #expect(backup.isEmpty)
    }

    @Test func refusedPacketsNameTheirMostFrequentKind() {
        let found = findings(seconds: 30) { doubts, second, now in
            doubts.refused(second == 0 ? .checksum : .wrongPassword, from: peer, now: now)
        }
        #expect(found.count == 1)
        #expect(
            found.first?.finding
                == .refused(.wrongPassword, from: peer, lasting: .seconds(5), packets: 6))
    }

    @Test func ourOwnPacketsAreNobody() {
        let found = findings(seconds: 30) { doubts, _, now in
            doubts.refused(.ownSource, from: peer, now: now)
        }
        #expect(found.map(\.finding) == [.silence(lasting: .seconds(10), foreign: nil)])
    }

    /// Somebody else says that the address is its own: nobody is not the word for it.
    @Test func silenceOfOneWhoHasTheAddress() throws {
        let hardware = try #require(MACAddress(octets: [2, 0, 0, 0, 0, 9]))
        var doubts = MasterDoubts(interval: .seconds(1))
        let start = Instant(nanoseconds: 0)
        doubts.note(isMaster: true, now: start)
        doubts.claimed(by: hardware)
        #expect(doubts.finding(now: start + .seconds(9)) == nil)
        let later = start + .seconds(10)
        #expect(
            doubts.finding(now: later)
                == .silence(lasting: .seconds(10), foreign: nil, claimedBy: hardware))
        #expect(doubts.last(now: later))
        doubts.heard(
            from: try #require(IPAddress("10.0.0.2")), priority: 50, isOtherList: false, now: later)
        #expect(doubts.last(now: later + .seconds(1)))
        #expect(!doubts.last(now: later + .seconds(9)))
        doubts.note(isMaster: false, now: later)
        #expect(!doubts.last(now: later))
    }

    @Test func silenceIsToldOnceForEachTimeAsMaster() {
        let foreign = MasterDoubts.Foreign(source: peer, virtualRouterID: 52)
        let found = findings(seconds: 60, isMaster: { $0 != 30 }) { doubts, second, _ in
            if second == 20 { doubts.heardForeign(foreign) }
        }
        #expect(found.map(\.second) == [10, 41])
        #expect(found.last?.finding == .silence(lasting: .seconds(10), foreign: foreign))
        let heardOnce = findings(seconds: 60) { doubts, second, now in
            if second == 0 { doubts.heard(from: peer, priority: 0, isOtherList: false, now: now) }
        }
        #expect(heardOnce.isEmpty)
    }
}

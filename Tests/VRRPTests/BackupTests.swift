import Core
import Testing
import VRRP

/// A backup: whom it follows, and how long it waits.
@Suite struct BackupTests {
    @Test func version2SkewDoesNotScale() {
        var bench = Bench {
            $0.version = .v2
            $0.advertisementInterval = .seconds(1)
        }
        bench.send(.startup(.none))
        #expect(bench.timeToMaster() == .nanoseconds(3_609_375_000))
    }

    @Test func priorityZeroShortensTheWaitToTheSkew() {
        var bench = Bench.reaching(.backup)
        bench.hear(200)
        bench.hear(0)
        #expect(bench.timeToMaster() == Bench.skew)
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

    /// With one peer there is nobody to race with: no Bench.skew.
    @Test func takingOverAtOnce() {
        for (isFast, expected) in [(true, Duration.zero), (false, Bench.skew)] {
            var bench = Bench.reaching(.backup) { $0.takesOverAtOnce = isFast }
            bench.hear(200)
            bench.hear(0)
            #expect(bench.timeToMaster() == expected)
        }
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
        #expect(bench.timeToMaster() == Bench.masterDown - .milliseconds(200))
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
}

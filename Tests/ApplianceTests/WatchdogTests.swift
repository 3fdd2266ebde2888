import Core
import Testing

@testable import Appliance

@Suite struct WatchdogTests {
    func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }
    let interval = Duration.milliseconds(100)

    /// Ticks every 100 ms from `start` until the watchdog bites or `end`; the time of the bite.
    func bite(_ watchdog: inout Watchdog, from start: Int64, to end: Int64) -> Int64? {
        stride(from: start, through: end, by: 100).first { time in
            watchdog.tick(now: at(time), interval: interval)
        }
    }

    @Test func silenceAfterTheFirstSignOfLife() {
        var watchdog = Watchdog()
        let early = bite(&watchdog, from: 0, to: 5000)
        #expect(early == nil)
        watchdog.heard(stalled: [], now: at(5000))
        let late = bite(&watchdog, from: 5100, to: 9000)
        #expect(late == 6000)
    }

    @Test func theDeadlineIsExact() {
        var watchdog = Watchdog()
        #expect(watchdog.deadline == nil)
        watchdog.heard(stalled: [], now: at(5030))
        #expect(watchdog.deadline == at(6030))
        let early = bite(&watchdog, from: 5100, to: 6000)
        let exact = watchdog.tick(now: at(6030), interval: interval)
        #expect(early == nil && exact)
    }

    @Test func aNamedThreadCountsAtOnce() {
        var watchdog = Watchdog()
        watchdog.heard(stalled: [], now: at(0))
        watchdog.heard(stalled: ["worker 1"], now: at(200))
        let bites = watchdog.tick(now: at(200), interval: interval)
        #expect(bites)
    }

    @Test func aStallOfOurOwnIsForgiven() {
        var watchdog = Watchdog()
        watchdog.heard(stalled: [], now: at(0))
        let early = bite(&watchdog, from: 0, to: 500)
        let forgiven = !watchdog.tick(now: at(60_000), interval: interval)
        let late = bite(&watchdog, from: 60_100, to: 62_000)
        #expect(early == nil && forgiven && late == 61_000)
    }

    @Test func threeDeathsInTenSecondsResign() {
        var record = DeathRecord()
        var verdicts = [0, 9000, 9500, 11_000].map { record.died(now: at($0)) }
        record.forget(before: at(60_000))
        verdicts.append(record.died(now: at(60_000)))
        #expect(
            verdicts == [
                .restart, .restart, .resign(pause: .seconds(1)), .resign(pause: .seconds(2)),
                .restart,
            ])
    }
}

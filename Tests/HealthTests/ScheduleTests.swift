import Checking
import Configuration
import Core
import Testing

@testable import Proxy

@Suite struct ScheduleTests {
    @Test func intervals() {
        var settings = ServerCheckSettings()
        settings.interval = .milliseconds(1000)
        var counter = HealthCounter(rise: 3, fall: 3)
        counter.makeUp()
        #expect(CheckSchedule.interval(settings, counter) == .milliseconds(1000))
        settings.fastInterval = .milliseconds(200)
        settings.downInterval = .milliseconds(500)
        #expect(CheckSchedule.interval(settings, counter) == .milliseconds(1000))
        _ = counter.fail()
        #expect(CheckSchedule.interval(settings, counter) == .milliseconds(200))
        _ = counter.fail()
        _ = counter.fail()
        #expect(CheckSchedule.interval(settings, counter) == .milliseconds(500))
        _ = counter.pass()
        #expect(CheckSchedule.interval(settings, counter) == .milliseconds(200))
    }

    @Test func limits() {
        var settings = ServerCheckSettings()
        settings.interval = .milliseconds(600)
        var timeouts = TimeoutSettings()
        timeouts.connect = .milliseconds(400)
        #expect(CheckSchedule.connectLimit(settings, timeouts) == .milliseconds(600))
        timeouts.check = .milliseconds(2500)
        #expect(CheckSchedule.connectLimit(settings, timeouts) == .milliseconds(400))
        timeouts.connect = .seconds(5)
        #expect(CheckSchedule.connectLimit(settings, timeouts) == .milliseconds(600))
    }

    /// Checks share their moments: a hundredth of an interval later at most, 20 ms at most, never earlier.
    @Test func moments() {
        for (interval, slot): (Int64, Int64) in [(2000, 20), (500, 5), (60_000, 20), (100, 1)] {
            for start: Int64 in [1, 999_999, 1_000_000, 123_456_789, 5_000_000_001] {
                let moment = CheckSchedule.aligned(
                    Instant(nanoseconds: start), interval: .milliseconds(interval))
                #expect(moment.nanoseconds % (slot * 1_000_000) == 0)
                #expect((0..<slot * 1_000_000).contains(moment.nanoseconds - start))
            }
        }
        let last = Instant(nanoseconds: .max)
        #expect(CheckSchedule.aligned(last, interval: .seconds(2)) == last)
    }

    @Test func spreading() {
        for random in [0, 1, 12345, UInt64.max] {
            let spread = CheckSchedule.spread(.seconds(10), percent: 10, random: random)
            #expect(spread >= .seconds(9) && spread <= .seconds(11))
        }
        #expect(CheckSchedule.spread(.seconds(10), percent: 0, random: 7) == .seconds(10))
        let delays = (0..<4).map {
            CheckSchedule.firstDelay(.seconds(2), shortest: .seconds(2), position: $0, of: 4)
        }
        #expect(delays == [0, 500, 1000, 1500].map { .milliseconds($0) })
    }
}

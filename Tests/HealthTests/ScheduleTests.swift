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

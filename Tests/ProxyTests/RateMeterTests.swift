import Core
import Testing

@testable import Proxy

@Suite struct RateMeterTests {
    /// Milliseconds after the start of the clock, far from a whole second.
    private func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: 1_700_000_000 + milliseconds * 1_000_000)
    }

    /// What happens within a second is counted whole, wherever the clock's seconds begin.
    @Test func aSecondBeginsWithItsFirstEvent() {
        let meter = RateMeter()
        for step in 0..<100 { meter.count(now: at(Int64(step * 5))) }
        #expect(meter.rate(now: at(500)) == 100)
        #expect(meter.maximum == 100)
    }

    @Test func slides() {
        let meter = RateMeter()
        for _ in 0..<100 { meter.count(now: at(0)) }
        #expect(meter.rate(now: at(999)) == 100)
        #expect(meter.rate(now: at(1250)) == 75)
        meter.count(now: at(1500))
        #expect(meter.rate(now: at(1500)) == 51)
        #expect(meter.rate(now: at(1990)) == 2)
        #expect(meter.rate(now: at(4000)) == 0)
        #expect(meter.maximum == 100)
    }

    /// A pause forgets what was before; an event from another thread may be a little older than the last one.
    @Test func forgets() {
        let meter = RateMeter()
        meter.count(now: at(0))
        meter.count(now: at(10_000))
        meter.count(now: at(9_990))
        #expect(meter.rate(now: at(10_000)) == 2)
        #expect(meter.rate(now: at(9_000)) == 2)
    }
}

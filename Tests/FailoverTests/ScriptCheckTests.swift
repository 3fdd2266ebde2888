import Configuration
import Core
import Diagnostics
import Failover
import Testing
import VRRP

@Suite struct ScriptCheckTests {
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func check(_ change: (inout VRRPScriptSettings) -> Void = { _ in }) -> ScriptCheck {
        var settings = VRRPScriptSettings(
            name: "chk", command: ["/bin/true"], range: SourceRange(file: "test", line: 1))
        settings.interval = .seconds(2)
        change(&settings)
        return ScriptCheck(settings, now: start)
    }

    @Test func theFirstResultCountsAtOnce() {
        for (status, state, message) in [
            (0, TrackerState.good, "VRRP_Script(chk) succeeded"),
            (3, .bad, "VRRP_Script(chk) failed (exited with status 3)"),
        ] {
            var check = check {
                $0.rise = 3
                $0.fall = 3
            }
            #expect(check.state == .unknown)
            #expect(check.expire(now: start) == .start)
            #expect(check.expire(now: start) == nil)
            let outcome = check.ended(status: status, now: start + .milliseconds(10))
            #expect(outcome == ScriptCheck.Outcome(messages: [message], changed: true))
            #expect(check.state == state)
            #expect(check.deadline == start + .seconds(2))
        }
    }

    @Test func riseAndFallCountInARow() {
        var check = check {
            $0.rise = 2
            $0.fall = 3
        }
        var now = start
        var states: [TrackerState] = []
        for status in [0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0] {
            #expect(check.expire(now: now) == .start)
            _ = check.ended(status: status, now: now)
            states.append(check.state)
            now = now + .seconds(2)
        }
        let expected = [TrackerState](repeating: .good, count: 6) + [.bad, .bad, .bad, .bad, .good]
        #expect(states == expected)
    }

    @Test func aScriptThatHangsIsEndedAndCountsAsFailed() {
        var check = check { $0.timeout = .seconds(5) }
        #expect(check.expire(now: start) == .start)
        #expect(check.expire(now: start + .seconds(4)) == nil)
        #expect(check.expire(now: start + .seconds(5)) == .terminate)
        #expect(check.expire(now: start + .seconds(6)) == .kill)
        #expect(check.expire(now: start + .seconds(60)) == nil)
        // Even if it says that all was well.
        let outcome = check.ended(status: 0, now: start + .seconds(6))
        #expect(outcome.messages == ["VRRP_Script(chk) timed_out"])
        #expect(check.state == .bad)
        #expect(check.expire(now: start + .seconds(6)) == .start)
    }

    @Test func initFailAndChangedStatus() {
        var check = check { $0.initFail = true }
        #expect(check.state == .bad)
        _ = check.expire(now: start)
        #expect(check.ended(status: 1, now: start).messages == [])
        _ = check.expire(now: start + .seconds(2))
        #expect(
            check.ended(status: 2, now: start + .seconds(2)).messages
                == ["Script `chk` now returning 2"])
    }
}

import Core
import Foundation
import Linux
import Testing

@testable import Appliance

/// What is left of scripts that were told to end.
@Suite struct ScriptChildrenTests {
    /// Waits until `look` gives something, at most ten seconds.
    private static func awaited<Value>(_ look: () -> Value?) -> Value? {
        let deadline = Clock.now() + .seconds(10)
        while Clock.now() < deadline {
            if let value = look() { return value }
            usleep(5000)
        }
        return nil
    }

    /// The letter of proc_pid_stat(5); nil: there is no such process.
    private static func state(_ pid: Int32) -> Character? {
        guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = line.lastIndex(of: ")")
        else { return nil }
        return line[end...].dropFirst(2).first
    }

    /// The shell of a check obeys the signal, and its child does not: it ends with the shell.
    @Test func childOfToldScriptEnds() throws {
        let place = NSTemporaryDirectory() + "script-children-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: place) }
        let text =
            "sh -c 'trap \"\" TERM; echo $PPID $$ > \(place).new; mv \(place).new \(place);"
            + " while :; do sleep 1; done' & wait"
        let command = ["/bin/sh", "-c", text]
        var scripts = ScriptChildren()
        let script = GuardPermissions.Script(
            command: command, user: -1, group: -1, takesTransition: false)
        let isStarted = scripts.start(id: 1, command: command, script, environment: [])
        try #require(isStarted)
        let pids = try #require(
            Self.awaited { () -> [Int32]? in
                let words = try? String(contentsOfFile: place, encoding: .utf8)
                return words?.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            })
        try #require(pids.count == 2)
        defer { Processes.signal(-pids[0], Signals.kill) }
        scripts.signal(id: 1, Signals.terminate, now: Clock.now())
        _ = Processes.wait(pids[0])
        #expect(Self.state(pids[1]) != nil)
        let ended = scripts.ended(pids[0])
        #expect(ended == 1)
        let isGone = Self.awaited {
            let state = Self.state(pids[1])
            return state == nil || state == "Z" ? true : nil
        }
        #expect(isGone == true)
    }
}

import Configuration
import Core
import Diagnostics
import Testing
import VRRP

@testable import Failover

@Suite struct WatchTests {
    private static let range = SourceRange(file: "k.conf", line: 1, columns: 0..<1)

    @Test(arguments: [
        ("5\n", 5), (" \t-17 rest", -17), ("+3", 3), ("", 0), ("x", 0), ("-", 0), ("0012", 12),
        ("99999999999999999999", 2_147_483_647), ("-99999999999", -2_147_483_648),
    ])
    func numberInAFile(text: String, expected: Int) {
        #expect(FileWatch.number(Array(text.utf8)[...]) == expected)
    }

    /// Value times weight, or FAULT.
    @Test(
        arguments: [
            (5, 2, false, 10), (5, 2, true, -10), (0, 0, false, 0), (1, 0, false, nil),
            (1, 0, true, 0), (0, 0, true, nil), (-127, 2, false, nil), (-253, 1, false, -253),
            (1000, 1, false, 253), (.max, 3, false, 253), (.min, 3, false, nil),
        ] as [(Int, Int, Bool, Int?)])
    func weightOfANumber(level: Int, weight: Int, reversed: Bool, expected: Int?) {
        #expect(TrackerWeight(weight, reversed: reversed).move(level: level) == expected)
    }

    private func settings(
        _ command: [String], _ change: (inout TrackProcessSettings) -> Void = { _ in }
    ) -> TrackProcessSettings {
        var settings = TrackProcessSettings(name: "p", command: command, range: Self.range)
        change(&settings)
        return settings
    }

    @Test(
        arguments: [
            (["nginx"], nil, false, "nginx", ["nginx:", "master"], true),
            (["nginx"], nil, true, "nginx", ["nginx", "-g"], false),
            (["nginx"], nil, true, "nginx", ["nginx"], true),
            (["a-very-long-name-of-it"], nil, false, "a-very-long-nam", ["x"], true),
            (["s", "1"], nil, false, "s", ["s", "1"], true),
            (["s", "1"], nil, false, "s", ["s", "1", "2"], false),
            (["s", "1"], .partial, false, "s", ["s", "1", "2"], true),
            (["s", "1"], .partial, false, "s", ["s", "12"], false),
            (["s", "1"], .initial, false, "s", ["s", "12", "x"], true),
            (["s", "1"], .initial, false, "s", ["s"], false),
            (["s"], .partial, false, "s", ["s"], true),
            (["s"], .partial, false, "s", ["s", "1"], false),
            (["s"], nil, true, "s", [], false),
        ] as [([String], TrackProcessSettings.ParameterMatch?, Bool, String, [String], Bool)])
    func whichProcessesCount(
        command: [String], match: TrackProcessSettings.ParameterMatch?, full: Bool, name: String,
        words: [String], expected: Bool
    ) {
        let quorum = ProcessQuorum(
            settings(command) {
                $0.parameterMatch = match
                $0.usesFullCommand = full
            })
        let found = quorum.matches(name: Array(name.utf8)[...]) {
            words.map { Array($0.utf8)[...] }
        }
        #expect(found == expected)
    }

    @Test func delaysOfAQuorum() {
        var quorum = ProcessQuorum(
            settings(["p"]) {
                $0.quorum = 2
                $0.quorumMaximum = 3
                $0.forkDelay = .seconds(1)
                $0.terminateDelay = .seconds(2)
            })
        let start = Instant(nanoseconds: 0)
        #expect(quorum.state == .unknown)
        #expect(quorum.counted(1, now: start) != nil)
        #expect(quorum.state == .bad)
        #expect(quorum.counted(2, now: start) == nil)
        #expect(quorum.deadline == start + .seconds(1))
        // It fell back meanwhile: nothing happened.
        #expect(quorum.counted(1, now: start + .milliseconds(500)) == nil)
        #expect(quorum.deadline == nil)
        _ = quorum.counted(3, now: start + .seconds(1))
        #expect(quorum.expire(now: start + .seconds(2)) != nil)
        #expect(quorum.state == .good)
        _ = quorum.counted(4, now: start + .seconds(3))
        #expect(quorum.expire(now: start + .milliseconds(4999)) == nil)
        #expect(quorum.expire(now: start + .seconds(5)) != nil)
        #expect(quorum.state == .bad)
    }
}

import Core
import Testing
import VRRP

@Suite struct TrackerTests {
    @Test func weights() {
        let table: [(Int, Bool, Bool, Int?)] = [
            (0, false, true, 0), (0, false, false, nil), (0, true, true, nil), (0, true, false, 0),
            (20, false, true, 20), (20, false, false, 0), (20, true, true, 0),
            (20, true, false, 20),
            (-20, false, true, 0), (-20, false, false, -20), (-20, true, true, -20),
        ]
        for (weight, reversed, good, move) in table {
            #expect(TrackerWeight(weight, reversed: reversed).move(isGood: good) == move)
        }
    }

    @Test func prioritiesAreClampedAndTheOwnerStays() {
        #expect(PriorityArithmetic.effective(base: 100, moves: [2, -30]) == 72)
        #expect(PriorityArithmetic.effective(base: 100, moves: [253, 253]) == 254)
        #expect(PriorityArithmetic.effective(base: 100, moves: [-253, .min]) == 1)
        #expect(PriorityArithmetic.effective(base: 1, moves: [.max, .max]) == 254)
        #expect(PriorityArithmetic.effective(base: 255, moves: [-100]) == 255)
    }

    /// The tutorial's pair: 101 and 100 with `weight 2`, where a dead haproxy turns the order round.
    @Test func tutorialPair() {
        func board(_ base: UInt8, _ state: TrackerState) -> Assessment {
            var board = TrackerBoard(
                basePriority: base,
                trackers: [Tracker(.script("chk_haproxy"), weight: TrackerWeight(2))])
            #expect(board.assessment.isAwaiting)
            board.report(.script("chk_haproxy"), state)
            board.report(.script("nobody asked"), .bad)
            return board.assessment
        }
        #expect(board(101, .good) == Assessment(priority: 103))
        #expect(board(101, .bad) == Assessment(priority: 101))
        #expect(board(100, .good) == Assessment(priority: 102))
    }

    @Test func aBadTrackerWithoutWeightIsAFault() {
        var board = TrackerBoard(
            basePriority: 100,
            trackers: [Tracker(.interface("eth1")), Tracker(.ownAddress(family: 4), state: .good)])
        board.report(.interface("eth1"), .bad)
        #expect(board.assessment.faults == [.interface("eth1")])
        #expect(board.state(of: .ownAddress(family: 4)) == .good)
    }
}

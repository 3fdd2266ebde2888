import Testing

@testable import Checking

@Suite struct HealthCounterTests {
    /// As HAProxy 2.6 with `rise 3 fall 3`: what `option log-health-checks` wrote after each check; `-`: nothing.
    @Test func riseAndFall() {
        var counter = HealthCounter(rise: 3, fall: 3)
        let results: [(passes: Bool, change: HealthCounter.Change, text: String)] = [
            (true, .moved, "3/3 UP"), (true, .none, "3/3 UP"), (false, .moved, "2/3 UP"),
            (false, .moved, "1/3 UP"), (true, .moved, "3/3 UP"), (false, .moved, "2/3 UP"),
            (false, .moved, "1/3 UP"), (false, .wentDown, "0/3 DOWN"), (false, .none, "0/3 DOWN"),
            (true, .moved, "1/3 DOWN"), (true, .moved, "2/3 DOWN"), (false, .moved, "0/3 DOWN"),
            (true, .moved, "1/3 DOWN"), (true, .moved, "2/3 DOWN"), (true, .wentUp, "3/3 UP"),
        ]
        for (index, result) in results.enumerated() {
            let change = result.passes ? counter.pass() : counter.fail()
            #expect(change == result.change, "check \(index)")
            #expect(counter.logText == result.text, "check \(index)")
        }
    }

    @Test func theFirstFailureTakesAnUncheckedServerDown() {
        var counter = HealthCounter(rise: 3, fall: 2)
        #expect(counter.isUp)
        #expect(counter.fail() == .wentDown)
        #expect(counter.logText == "0/3 DOWN")
    }

    /// Every numbers, every state, every input: the health stays in its range and the change is told truly.
    @Test func exhaustive() {
        for rise in 0...4 {
            for fall in 0...4 {
                var counter = HealthCounter(rise: rise, fall: fall)
                for step in 0..<200 {
                    let wasUp = counter.isUp
                    let passes = step * 7919 % 5 < 2
                    let change = passes ? counter.pass() : counter.fail()
                    #expect((0..<counter.rise + counter.fall).contains(counter.health))
                    #expect((change == .wentUp) == (!wasUp && counter.isUp))
                    #expect((change == .wentDown) == (wasUp && !counter.isUp))
                    if step % 50 == 49 {
                        let before = counter.isUp
                        counter.adopt(rise: step % 3 + 1, fall: step % 4 + 1)
                        #expect(counter.isUp == before)
                        #expect((0..<counter.rise + counter.fall).contains(counter.health))
                    }
                }
            }
        }
    }

    @Test func commands() {
        var counter = HealthCounter(rise: 2, fall: 3)
        counter.makeDown()
        #expect(counter.progress == (0, 2) && !counter.isUp)
        counter.makeUp()
        #expect(counter.isFull)
        counter.clear()
        #expect(counter.isEmpty)
        counter.restart()
        #expect(counter.progress == (1, 3) && counter.isUp)
    }

    @Test func wordsAreUniqueAndFound() {
        for status in CheckStatus.allCases { #expect(CheckStatus(word: status.word) == status) }
        #expect(CheckStatus.layer7Passed.rawValue == 15)
        #expect(CheckStatus.layer7WrongStatus.rawValue == 17)
        #expect(
            CheckVerdict(.layer7WrongStatus, code: 503, text: "Down").explanation
                == "Layer7 wrong status, code: 503, info: \"Down\"")
        #expect(CheckVerdict(.layer4Problem, code: 111).explanation == "Layer4 connection problem")
    }
}

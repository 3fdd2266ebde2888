import Core
import Testing

@testable import Checking

/// What agents say, good and bad; the texts are what HAProxy 2.6 shows.
@Suite struct AgentReplyTests {
    private func reply(_ line: String, isFinal: Bool = false) -> AgentReply? {
        Array(line.utf8).withBytes { AgentReply($0, isFinal: isFinal) }
    }

    @Test func lineIsAwaited() {
        #expect(reply("up") == nil)
        #expect(reply("up", isFinal: true)?.isUp == true)
        #expect(reply("") == nil)
        #expect(reply("\n")?.verdict == CheckVerdict(.checked))
    }

    @Test(
        arguments: [
            ("up", CheckStatus.layer7Passed, "via agent : up"),
            ("UP 20%", .layer7Passed, "via agent : UP"),
            ("down", .layer7WrongStatus, "via agent : down"),
            ("stopped # a b", .layer7WrongStatus, "via agent : stopped (a b)"),
            ("fail", .layer7WrongStatus, "via agent : fail"),
            ("failed", .checked, "agent reports an error : failed"),
            ("garbage", .checked, "agent reports an error : garbage"),
            ("up garbage", .layer7Passed, "via agent : up (garbage)"),
            ("up down", .layer7WrongStatus, "via agent : down"),
            ("down#reason", .checked, "agent reports an error : down#reason"),
            ("12", .checked, "agent reports an error : 12"),
            ("-5%", .checked, "agent reports an error : -5%"),
            ("75%", .checked, ""),
            ("ready #x up", .checked, ""),
            ("1.5% up", .layer7Passed, "via agent : up (Trailing garbage in weight string)"),
            (
                "up,drain\tmaxconn:x", .layer7Passed,
                "via agent : up (maxconn string empty or preceded by garbage)"
            ),
        ] as [(String, CheckStatus, String)])
    func verdicts(_ line: String, _ status: CheckStatus, _ text: String) {
        #expect(reply(line + "\n")?.verdict == CheckVerdict(status, text: text))
    }

    @Test func everythingAtOnce() throws {
        let said = try #require(reply("75%,maxconn:30,maint,down\r\nmore"))
        #expect(said.weightPercent == 75)
        #expect(said.maxConnections == 30)
        #expect(said.administration == .maintenance)
        #expect(said.isUp == false)
        let numbers = try #require(reply("99999999999999999999% maxconn:99999999999999999999\n"))
        #expect(numbers.weightPercent == nil)
        #expect(numbers.maxConnections == nil)
    }
}

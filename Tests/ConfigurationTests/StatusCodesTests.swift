import Configuration
import Testing

@Suite struct StatusCodesTests {
    @Test(arguments: [
        (
            ["400,402-444,446-480,490"], [400, 402, 444, 446, 480, 490],
            [401, 445, 481, 489, 491, 500]
        ),
        (["400-499", "-450", "+500"], [400, 449, 451, 499, 500], [399, 450, 501]),
        (["-450-459"], [449, 460], [450, 459]),
        (["+501,505"], [400, 499, 501, 505], [500, 502, 504]),
        (["100-599"], [100, 163, 164, 599], [99, 600, 0, -1]),
    ])
    func ranges(words: [String], inside: [Int], outside: [Int]) {
        var codes = StatusCodes.errors
        for word in words {
            let isTaken = codes.change(by: word)
            #expect(isTaken)
        }
        #expect(inside.allSatisfy(codes.contains))
        #expect(!outside.contains(where: codes.contains))
    }

    @Test(arguments: [
        "", "+", "-", "99", "600", "500-499", "400-", "400,", ",400", "400--401", "4x", "+-400",
        "400-401-402", "99999999999999999999",
    ])
    func nonsense(word: String) {
        var codes = StatusCodes.failures
        let isTaken = codes.change(by: word)
        #expect(!isTaken)
        #expect(codes == .failures)
    }
}

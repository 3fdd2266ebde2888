import Core
import Expressions
import Testing

@Suite struct RegexTests {
    private func outcome(_ pattern: String, _ text: String, ignoringCase: Bool = false) throws
        -> String
    {
        let regex = try Expressions.Regex(pattern, ignoringCase: ignoringCase)
        let scratch = Expressions.Regex.Scratch()
        let bytes = Array(text.utf8)
        switch unsafe regex.match(bytes.span.bytes, with: scratch) {
        case .differs: return "differs"
        case .tooCostly: return "too costly"
        case .matches:
            return (0...regex.groupCount).map { index in
                scratch.group(index).map { String(decoding: bytes[$0], as: UTF8.self) } ?? "nil"
            }.joined(separator: "|")
        }
    }

    @Test(arguments: [
        ("^[23]", "200", "2"), ("^[23]", "404", "differs"), ("(2..|3..)", "301", "301|301"),
        ("(.*):8080", "a.test:8080", "a.test:8080|a.test"), ("(a)|(b)", "b", "b|nil|b"),
        ("", "", ""), ("^$", "", ""), ("\\d+\\K", "12", ""),
    ])
    func matchesAndRemembers(pattern: String, text: String, expected: String) throws {
        #expect(try outcome(pattern, text) == expected)
    }

    /// What has to stand in a subject is looked for first; no pattern may lose a match by that.
    @Test(arguments: [
        ("a?b", "b"), ("(abc)?def", "def"), ("[]a]b", "]b"), ("[^]a]b", "cb"), ("x|y", "y"),
        ("\\Qa+\\E", "a+"), ("a{0}b", "b"), ("(?i)abc", "ABC"), ("(?x)a b", "ab"), ("^a*bc", "bc"),
        ("^ab?c", "ac"), ("ab+c", "abbc"), ("ab+?c", "abbc"), ("\\.js$", "x.js"),
        ("a\\x41", "aA"), ("(a)\\1", "aa"), ("a\\tb", "a\tb"), ("[a\\]]b", "]b"),
        ("[[:alpha:]]b", "ab"), ("[\\Q]\\E]b", "]b"), ("[\\c]]abc", "\u{1d}abc"),
        ("^/admin(/|$)", "/admin"),
        ("(.*)debug=[^;]*(.*)", "a=1; debug=2; b"), ("(a|b)cd", "bcd"), ("(?!x)ab", "ab"),
        ("^(a|b)", "b"), ("abcabd", "abcabcabd"), ("aab", "aaab"), ("a.c", "abc"), ("ab*", "a"),
    ])
    func matchesAreNotLost(pattern: String, text: String) throws {
        #expect(try outcome(pattern, text) != "differs")
        #expect(try outcome(pattern, "") == "differs")
    }

    @Test(arguments: [
        ("^/admin(/|$)", "/adm"), ("^/admin(/|$)", "x/admin"), ("^/admin(/|$)", "/administrator"),
        ("(.*)debug=[^;]*(.*)", "sid=0123; debu=1"), ("\\.js$", "xjs"), ("abd", "abcabcab"),
    ])
    func othersAreNotFound(pattern: String, text: String) throws {
        #expect(try outcome(pattern, text) == "differs")
    }

    @Test func caseIsIgnoredOnRequest() throws {
        #expect(try outcome("ABC", "xabcx", ignoringCase: true) == "abc")
        #expect(try outcome("ABC", "xabcx") == "differs")
    }

    @Test func badPatternsSayWhereAndWhy() {
        let problem = #expect(throws: Expressions.Regex.Problem.self) {
            try Expressions.Regex("a(b")
        }
        #expect(problem?.offset == 3)
        #expect(problem?.message.contains("parenthesis") == true)
        #expect(throws: Expressions.Regex.Problem.self) {
            try Expressions.Regex(String(repeating: "a", count: 20_000))
        }
    }

    @Test func aPatternWithoutEndIsStopped() throws {
        let text = String(repeating: "a", count: 60) + "!"
        #expect(try outcome("^(a|a)*$", text) == "too costly")
    }

    @Test func invalidTextIsMatchedAsBytes() throws {
        let regex = try Expressions.Regex("^.\\xff.$")
        let bytes: [UInt8] = [0, 0xff, 0x80]
        let outcome = unsafe regex.match(bytes.span.bytes, with: Expressions.Regex.Scratch())
        #expect(outcome == .matches)
    }
}

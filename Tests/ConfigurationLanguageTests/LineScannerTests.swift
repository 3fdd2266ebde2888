import ConfigurationLanguage
import Diagnostics
import Testing

@Suite struct LineScannerTests {
    static let variables = Variables(inherited: {
        ["HOME": "/root", "LIST": "a b  c", "EMPTY": ""][$0]
    })

    static func scan(_ text: String) -> Result<[Word], LineScanner.Failure> {
        var secrets = SecretValues()
        return LineScanner.words(
            of: SourceFile(name: "f", bytes: Array(text.utf8)), line: 1, section: "www",
            variables: variables, secrets: &secrets)
    }

    /// What Debian's HAProxy 2.6 makes of the same lines.
    static let lines: [(String, [String])] = [
        (#"A"b c"d"#, ["Ab cd"]),
        (##"A\ b\x41\#x\"q"##, [##"A bA#x"q"##]),
        (#""A\ b\$c\nx""#, ["A b$c\nx"]),
        (#"'A\ b\$c'"#, [#"A\ b\$c"#]),
        ("x#y", ["x"]), ("# all", []), ("", []), (" \t ", []),
        (#""$HOME|${HOME}|${NOPE-def}|${NOPE}|""#, ["/root|/root|def||"]),
        ("$HOME ${HOME}", ["$HOME", "${HOME}"]),
        (#""A"B'C'"#, ["ABC"]), ("\"\"", [""]), ("''", [""]),
        (#"A\qb "A\qb""#, [#"A\qb"#, #"A\qb"#]),
        (#""\"\'\\""#, [#""'\"#]),
        (#""${HOME-a b}""#, ["/root"]), (#""$HOME-x""#, ["/root-x"]),
        (#"abc\"#, [#"abc\"#]),
        (#""${LIST[*]}" z"#, ["a", "b", "c", "z"]), (#"x"${LIST[*]}"y"#, ["xa", "b", "cy"]),
        (#""${NOPE[*]}" b"#, ["b"]), (#""${EMPTY-x}""#, [""]),
        (#""${.LINE}" "${.SECTION}" "${.FILE}""#, ["1", "www", "f"]),
        (##"a\#  b"##, ["a#", "b"]), (#"\1 (.*)\.x"#, [#"\1"#, #"(.*)\.x"#]),
    ]

    @Test(arguments: lines) func cuts(text: String, words: [String]) throws {
        #expect(try Self.scan(text).get().map(\.text) == words)
    }

    @Test(arguments: [
        (#" "unfinished"#, "unmatched quote at position 2"),
        (#" 'unfinished"#, "unmatched quote at position 2"),
        (#" "bad ${HOME"#, "unmatched brace in environment variable name at position 8"),
        (#" "bad \xZZ""#, "truncated or invalid hexadecimal sequence at position 7"),
        (#" "$-x""#, "forbidden first char in environment variable name at position 4"),
        (#" "${1A}""#, "forbidden first char in environment variable name at position 5"),
        (#" "${A B}""#, "unmatched brace in environment variable name at position 4"),
        (
            String(repeating: "a ", count: 70),
            "too many words, truncating after word 64 at position 129"
        ),
        (String(repeating: "a", count: 70_000), "line too long, limit: 65536"),
        ("a\0b", "a NUL byte is not permitted at position 2"),
    ]) func refuses(text: String, message: String) {
        guard case .failure(let failure) = Self.scan(text) else {
            Issue.record("cut: \(text)")
            return
        }
        #expect(failure.message == message)
    }

    @Test func knowsColumns() throws {
        let words = try Self.scan("  a \"b c\" d#").get()
        #expect(words.map(\.range.columns) == [2..<3, 4..<9, 10..<11])
    }

    @Test func keepsBytesThatAreNotText() throws {
        let source = SourceFile(name: "f", bytes: [0x61, 0xff, 0x62])
        var secrets = SecretValues()
        let words = try LineScanner.words(
            of: source, line: 1, section: "", variables: Self.variables, secrets: &secrets
        ).get()
        #expect(words[0].bytes == [0x61, 0xff, 0x62])
    }
}

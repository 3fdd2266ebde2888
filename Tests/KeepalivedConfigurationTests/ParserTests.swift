import Configuration
import ConfigurationLanguage
import Core
import Diagnostics
import Testing

/// Statements as text: words joined by `|`, blocks in braces.
private func shape(_ statements: [KeepalivedStatement]) -> String {
    statements.map { statement in
        let words = statement.words.map(\.text).joined(separator: "|")
        return statement.block.map { "\(words){\(shape($0))}" } ?? words
    }.joined(separator: " ")
}

@Suite struct ParserTests {
    @Test(
        arguments: [
            ("a b\nc", "a|b c"),
            ("a {\n b\n}\nc", "a{b} c"),
            ("a\n{\n b\n}", "a{b}"),
            ("a { b }", "a{b}"),
            ("a { b c\n d }", "a{b|c d}"),
            ("a{b}c", "a{b} c"),
            ("a { }", "a{}"),
            ("a { b { c } d }", "a{b{c} d}"),
            ("a # b\n! c\nd !e", "a d"),
            ("a#b", "a"),
            ("  \t\na\r\n", "a"),
            ("a \"b c\" 'd e'", "a|b c|d e"),
            ("abcd\" efg h jkl \"mnop", "abcd efg h jkl mnop"),
            ("abcd \"efg h jkl\" mnop", "abcd|efg h jkl|mnop"),
            ("a \"b'c\" 'd\"e'", "a|b'c|d\"e"),
            ("a \"b # c ! { }\"", "a|b # c ! { }"),
            ("a b\\ c \\\"d \\#e", "a|b c|\"d|#e"),
            ("a \\x41\\102\\n\\t.", "a|AB\n\t."),
            ("a \\cA \\x", "a|\u{1}|x"),
            ("a \\", "a|\\"),
            ("a \"\"", "a|"),
            ("a ${UNKNOWN}b $C", "a|${UNKNOWN}b|$C"),
        ])
    func reads(text: String, expected: String) {
        let reading = Reading(text)
        #expect(shape(reading.statements) == expected)
    }

    @Test(
        arguments: [
            ("$A=1\nx $A ${A}2 $A3", "x|1|12|$A3"),
            ("$A=\nx ${A}y", "x|y"),
            ("$A=1 2\nx $A", "x|1|2"),
            // keepalived.conf(5): replaced when used, not when defined.
            ("$B=10.2.${S}\n$S=0\n${B}.100\n$S=10\n${B}.100", "10.2.0.100 10.2.10.100"),
            ("$A=\"b c\"\nx $A", "x|b c"),
            // Measured: a quote is no blank.
            ("$A=b\nx \"$A\" \"${A}\"", "x|$A|b"),
            ("$I= \\\n a $N { \\\n  b \\\n }\n$N=1\n$I\n$N=2\n$I", "a|1{b} a|2{b}"),
            (
                "$R= \\\n r $N { \\\n }\n$V= \\\n v { \\\n $N=1 \\\n $R \\\n $N=2 \\\n $R \\\n }\n$V",
                "v{r|1{} r|2{}}"
            ),
            ("@lb1 a\n@lb2 b\n@^lb1 c\n@^lb2 d", "a d"),
            ("$IF=@lb1\n$IF a\n$IFN=@lb2\n$IFN b", "a"),
            ("@lb1 $A=1\n@lb2 $A=2\nx $A", "x|1"),
            ("@lb2 $A= \\\n a \\\n b\nx", "x"),
            ("@lb2 v {\n@lb1 w {\n a\n}", "w{a}"),
            ("x ${_PWD} ${_INSTANCE} ${_HASH} ${_BANG}", "x|/etc|lb1|#|!"),
            ("x ${_ENV PRIO}", "x|77"),
        ])
    func substitutes(text: String, expected: String) {
        let reading = Reading(text)
        #expect(shape(reading.statements) == expected)
    }

    @Test func includes() {
        let files = [
            "/etc/a.conf": "a\ninclude sub/*.conf\n",
            "/etc/sub/1.conf": "one ${_PWD}\n",
            "/etc/sub/2.conf": "two {\n",
            "/etc/sub/.hidden.conf": "hidden\n",
            "/etc/sub/x.txt": "no\n",
        ]
        let reading = Reading("include a.conf\n inside\n}\nend", files: files)
        #expect(shape(reading.statements) == "a one|/etc/sub two{inside} end")
        #expect(
            reading.includedFiles.map(\.name) == [
                "/etc/a.conf", "/etc/sub/1.conf", "/etc/sub/2.conf",
            ]
        )
    }

    @Test(
        arguments: [
            ("include none.conf", "1: cannot read '/etc/none.conf': No such file or directory"),
            ("include none/*.conf", "1: Config files missing '/etc/none/*.conf'."),
            ("includer none/*.conf", "1: Config files missing '/etc/none/*.conf'."),
            ("include */x.conf", "1: patterns in a directory's name are not read in 'include'"),
            ("include {a,b}.conf", "1: braces in 'include' are not read"),
            ("include", "1: 'include' needs the name of a file"),
            ("include self.conf", "1: '/etc/self.conf' includes itself"),
            ("~SEQ(A,1,3) a $A", "1: '~SEQ' blocks are not read"),
            ("~LST(A,1,3) a $A", "1: '~LST' blocks are not read"),
            ("@(lb1|lb2) a", "1: '@(expression)' is not read"),
            ("$A=1\nx ${_RANDOM 1 2}", "2: '${_RANDOM}' is not known here"),
            ("$A=$A \nx $A", "2: the definitions in this line have no end"),
            ("global_defs {", "1: missing '}' of 'global_defs'"),
            ("}", "1: Extra '}' found"),
            ("{\na\n}", "1: Unexpected '{' - ignoring"),
            ("global_defs {\n router_id \"a\n}", "2: Unterminated quote"),
        ])
    func reports(text: String, expected: String) {
        let reading = Reading(text, files: ["/etc/self.conf": "include self.conf"])
        #expect(reading.messages.contains(expected), "\(reading.messages)")
    }

    @Test func goesOnBehindAMissingBrace() {
        let text =
            "vrrp_instance A {\n state BACKUP\n virtual_ipaddress {\n 10.0.0.1\n\n" + instance()
        let reading = Reading(text)
        #expect(reading.settings?.instances.map(\.name) == ["VI_1"])
        #expect(
            reading.messages.contains("6: missing '}' of 'virtual_ipaddress'"),
            "\(reading.messages)")
        #expect(reading.messages.contains("6: missing '}' of 'vrrp_instance A'"))
    }

    @Test func placesSurviveSubstitution() throws {
        let reading = Reading("$P=300\n" + instance("  priority ${P} x"))
        let finding = try #require(
            reading.findings.all.first { $0.diagnostic.message.contains("Priority") })
        #expect(
            finding.diagnostic.range == SourceRange(file: "/etc/k.conf", line: 10, columns: 11..<15)
        )
    }

    @Test func aPartOfAFileIsReadAlone() {
        let source = SourceFile(
            name: "mixed.cfg",
            bytes: Array("global\n  daemon\nvrrp_script a {\n script x\n}\nlisten b\n".utf8))
        var parser = KeepalivedParser(environment: KeepalivedEnvironment(hostID: "x"))
        let statements = parser.read(source, lines: 3..<6)
        #expect(shape(statements) == "vrrp_script|a{script|x}")
        #expect(statements.first?.range.line == 3)
        #expect(parser.findings.all.isEmpty)
    }

    @Test(
        arguments: [
            ("a.conf", "*.conf", true), ("a.conf", "*", true), ("a.conf", "?.conf", true),
            ("ab.conf", "?.conf", false), ("a1", "a[0-9]", true), ("ax", "a[0-9]", false),
            ("ax", "a[^0-9]", true), ("aab", "*a*b", true), ("a", "a*b", false), ("[", "[", true),
            ("", "*", true), ("x", "", false),
        ])
    func matchesPatterns(name: String, pattern: String, expected: Bool) {
        // A pattern without a directory is looked up in the one of the file.
        let files = ["/etc/d/\(name)": "found\n"]
        guard !name.isEmpty, !pattern.isEmpty else { return }
        let reading = Reading("include d/\(pattern)", files: files)
        #expect((shape(reading.statements) == "found") == expected)
    }
}

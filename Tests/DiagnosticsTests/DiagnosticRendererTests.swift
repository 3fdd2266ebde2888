import Diagnostics
import Testing

@Suite struct DiagnosticRendererTests {
    static let source = SourceFile(
        name: "site.cfg", bytes: Array("backend app\n    ballance leastconn\n\tmöde \u{1b}x\n".utf8)
    )

    static func place(_ line: Int, _ columns: Range<Int> = 0..<0) -> SourceRange {
        SourceRange(file: "site.cfg", line: line, columns: columns)
    }

    @Test func tellsToolsOneLineAndPeopleMore() {
        var list = DiagnosticList()
        list.alert(nil, "Fatal errors found in configuration.")
        list.warn(Self.place(1), "first line\nsecond line")
        list.alert(
            Self.place(2, 4..<12),
            "unknown keyword 'ballance' in 'backend' section; did you mean 'balance' maybe ?",
            fix: "write balance")
        let tools = DiagnosticRenderer(processID: 4711).render(list, sources: [Self.source])
        #expect(
            tools == """
                [WARNING]  (4711) : config : parsing [site.cfg:1] : first line
                   | second line
                [ALERT]    (4711) : config : parsing [site.cfg:2] : unknown keyword 'ballance' in 'backend' section; did you mean 'balance' maybe ?
                [ALERT]    (4711) : config : Fatal errors found in configuration.

                """)
        let people = DiagnosticRenderer(processID: 1, isTerminal: true)
            .render(list, sources: [Self.source])
        #expect(
            people.contains(
                "    2 |     ballance leastconn\n      |     ^~~~~~~~\n      = fix: write balance\n"
            ))
    }

    @Test func marksBehindTabsAndWideCharactersAndHidesControls() {
        var list = DiagnosticList()
        list.alert(Self.place(3, 1..<6), "m")
        let text = DiagnosticRenderer(processID: 1, isTerminal: true).render(
            list, sources: [Self.source])
        #expect(text.contains("    3 | \tmöde ?x\n      | \t^~~~\n"))
    }

    @Test func groupsWhatFollowsFromOneCause() {
        var list = DiagnosticList()
        list.report(Diagnostic(.alert, at: Self.place(1), "a", cause: "x"))
        list.report(Diagnostic(.alert, at: Self.place(2), "b"))
        list.report(Diagnostic(.alert, at: Self.place(3), "c", cause: "x"))
        #expect(list.sorted(files: ["site.cfg"]).map(\.message) == ["a", "c", "b"])
        let people = DiagnosticRenderer(processID: 1, isTerminal: true).render(
            list, sources: [Self.source])
        #expect(people.contains("= also: line 3\n"))
        #expect(!people.contains(": c\n"))
    }

    @Test func speaksKeepalivedsWordsAndColours() {
        var list = DiagnosticList()
        list.alert(Self.place(2), "Unknown keyword 'foo'")
        let plain = DiagnosticRenderer(style: .keepalived, processID: 1).render(list, sources: [])
        #expect(plain == "(site.cfg: Line 2) Unknown keyword 'foo'\n")
        let colour = DiagnosticRenderer(processID: 1, isTerminal: true, usesColour: true)
            .render(list, sources: [])
        #expect(colour.hasPrefix("\u{1b}[31m[ALERT]   \u{1b}[0m (1) :"))
    }

    @Test func countsWhatItDoesNotKeep() {
        var list = DiagnosticList()
        for number in 0..<1500 { list.alert(Self.place(number), "m") }
        #expect(list.all.count == DiagnosticList.limit)
        #expect(list.errorCount == 1500)
        let text = DiagnosticRenderer(processID: 1).render(list, sources: [])
        #expect(text.contains("500 more messages are not shown."))
    }

    @Test(arguments: [
        ("ballance", "balance"), ("maxcon", "maxconn"), ("timeuot", "timeout"), ("x", nil),
        ("completely", nil), ("serber", "server"), ("", nil), ("MODE", "mode"),
        ("balnace", "balance"), ("sever", "server"), ("mdoe", "mode"), ("aaaaaaa", nil),
        ("mod\u{e9}", nil),
    ]) func suggests(word: String, meant: String?) {
        let known = ["balance", "maxconn", "timeout", "server", "mode"]
        #expect(NearestWord.suggestion(for: word, among: known) == meant)
    }

    /// What is ruled out without counting edits would not have been near enough.
    @Test func suggestsTheNearestOfAll() {
        let known = [
            "abc", "abd", "xbc", "bac", "abcdefgh", "hgfedcba", "ABCDEF", "a\u{1}c", "aaaaaa",
        ]
        for word in known + ["ab", "abcdef", "bcd", "abdcefgh", "\u{1}bc", "aaabbb"] {
            let wanted = Array(word.lowercased().utf8)
            let near = known.filter {
                $0 != word
                    && NearestWord.distance(wanted, Array($0.utf8))
                        <= max(1, min(wanted.count, $0.utf8.count) / 3)
            }
            let nearest = near.map { NearestWord.distance(wanted, Array($0.utf8)) }.min()
            let first = near.first { NearestWord.distance(wanted, Array($0.utf8)) == nearest }
            #expect(NearestWord.suggestion(for: word, among: known) == first)
        }
    }
}

import ConfigurationLanguage
import Diagnostics
import Testing

@Suite struct SectionReaderTests {
    static func read(_ text: String) -> (sections: [Section], diagnostics: DiagnosticList) {
        var diagnostics = DiagnosticList()
        var variables = Variables(inherited: { _ in nil })
        let source = SourceFile(name: "f", bytes: Array(text.utf8))
        let sections = SectionReader.read(
            source, lines: 1..<source.lineCount + 1, variables: &variables,
            diagnostics: &diagnostics)
        return (sections, diagnostics)
    }

    @Test func keepsSectionsAndPlaces() {
        let (sections, diagnostics) = Self.read(
            "# comment\n\nglobal\r\n  maxconn 5 # five\n\nlisten a\n\tbind  :80 name x\n")
        #expect(diagnostics.all.isEmpty)
        #expect(sections.map(\.kind) == ["global", "listen"])
        #expect(sections[0].lines[0].words.map(\.text) == ["maxconn", "5"])
        let line = sections[1].lines[0]
        #expect(line.range == SourceRange(file: "f", line: 7, columns: 1..<17))
        #expect(line.words[3].range.columns == 16..<17)
    }

    /// Every way through `.if`, `.elif` and `.else`: which of the branches is read.
    @Test(arguments: [0, 1], [0, 1]) func takesOneBranch(first: Int, second: Int) {
        let (sections, _) = Self.read(
            """
            global
            .if \(first)
              a
              .if 0
                x
              .else
                a2
              .endif
            .elif \(second)
              b
            .else
              c
              .if 1
              .elif 1
                x
              .endif
            .endif
            z

            """)
        let expected = first == 1 ? ["a", "a2"] : second == 1 ? ["b"] : ["c"]
        #expect(sections[0].lines.map(\.keyword.text) == expected + ["z"])
    }

    @Test func variablesCountForTheLinesBelow() {
        let (sections, _) = Self.read(
            """
            global
              x "$A"
              setenv A one
              presetenv A two
              x "$A"
              setenv B b
              resetenv B
              x "$A$B"
              unsetenv B
              x "<$B>"

            """)
        let values = sections[0].lines.filter { $0.keyword.text == "x" }.map { $0.words[1].text }
        #expect(values == ["", "one", "b", "<>"])
    }

    @Test func splitsFilesOfBothLanguages() {
        let text = """
            # comment
            global
                maxconn 5
            vrrp_instance A {
                track_proxy {
                    backend app weight 20
            frontend www
                }
            }
            frontend www
                bind :80
            ! comment
            global_defs { router_id x }
            listen l
                mode tcp
            vrrp_script s
            {
                script "listen } {"
            global
                daemon

            """
        let source = SourceFile(name: "f", bytes: Array(text.utf8))
        let parts = DialectSplitter.split(source)
        #expect(
            parts == [
                DialectRange(dialect: .haproxy, lines: 1..<4),
                DialectRange(dialect: .keepalived, lines: 4..<10),
                DialectRange(dialect: .haproxy, lines: 10..<13),
                DialectRange(dialect: .keepalived, lines: 13..<14),
                DialectRange(dialect: .haproxy, lines: 14..<16),
                DialectRange(dialect: .keepalived, lines: 16..<19),
                DialectRange(dialect: .haproxy, lines: 19..<21),
            ])
    }

    @Test(arguments: ["", "\n", "x", "# only\n", "vrrp_instance A {", "}\n", "global"])
    func splitsEveryLineOnce(text: String) {
        let source = SourceFile(name: "f", bytes: Array(text.utf8))
        let parts = DialectSplitter.split(source)
        #expect(parts.flatMap { Array($0.lines) } == Array(1..<source.lineCount + 1))
    }
}

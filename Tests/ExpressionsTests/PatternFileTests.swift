import Core
import Testing

@testable import Expressions

/// Files of patterns that change while threads look things up.
@Suite struct PatternFileTests {
    private static func file(
        _ lines: [String], isMap: Bool = true, _ way: SharedPatterns.Way
    ) throws -> (PatternFile, PatternView) {
        let file = PatternFile(id: 0, path: "f", isMap: isMap, lines: lines)
        let view = PatternView(try file.patterns(for: way, user: "map at file 'c' line 1")).copy()
        return (file, view)
    }

    private static func value(_ view: PatternView, _ key: String) -> String? {
        let table = view.current
        let found = Array(key.utf8).withBytes { table.keys.find($0, with: Regex.Scratch()) }
        guard let found, case .text(let text) = table.value(at: found) else { return nil }
        return String(decoding: text, as: UTF8.self)
    }

    private static let strings = SharedPatterns.Way(method: .string, kind: .string)

    @Test func changesAreSeenByCopiesThatWereMadeBefore() throws {
        let (file, view) = try PatternFileTests.file(["a 1", "b\t 2"], PatternFileTests.strings)
        #expect(PatternFileTests.value(view, "b") == "2")
        #expect(file.add([("c", "3"), ("a", "later")]) == nil)
        #expect(PatternFileTests.value(view, "c") == "3")
        #expect(PatternFileTests.value(view, "a") == "1")
        #expect(file.remove(.number(1)))
        #expect(PatternFileTests.value(view, "a") == "later")
        _ = file.set(.key("c"), to: "4")
        #expect(PatternFileTests.value(view, "c") == "4")
        file.clear()
        #expect(PatternFileTests.value(view, "c") == nil)
        #expect(PatternFileTests.value(view.copy(), "b") == nil)
    }

    /// `set-map`, `add-acl` and their opposites.
    @Test func rulesChangeEntries() throws {
        let (map, view) = try PatternFileTests.file(
            ["a 1", "a 2", "b 3"], PatternFileTests.strings)
        #expect(map.apply(.set(value: "7"), to: "a"))
        #expect(PatternFileTests.value(view, "a") == "7")
        #expect(map.entries().map(\.value) == ["7", "7", "3"])
        #expect(map.apply(.set(value: "x y"), to: "new"))
        #expect(PatternFileTests.value(view, "new") == "x y")
        #expect(map.apply(.remove, to: "a") && map.apply(.remove, to: "none"))
        #expect(PatternFileTests.value(view, "a") == nil)
        // Commands and rules may take turns.
        _ = map.set(.key("new"), to: "z")
        #expect(map.apply(.set(value: "x y"), to: "new"))
        #expect(PatternFileTests.value(view, "new") == "x y")
        map.clear()
        #expect(map.apply(.set(value: "1"), to: "b") && map.entries().count == 1)

        let way = SharedPatterns.Way(method: .address)
        let (list, addresses) = try PatternFileTests.file(["10.0.0.0/8"], isMap: false, way)
        for _ in 0..<2 { #expect(list.apply(.add, to: "192.0.2.7")) }
        #expect(list.entries().count == 2)
        #expect(addresses.current.number(matching: "192.0.2.7") != nil)
        #expect(!list.apply(.add, to: "nonsense"))
        #expect(list.entries().count == 2)
    }

    /// What clients send fills neither the memory nor a turn of the loop.
    @Test func rulesAreBounded() throws {
        let lines = (0..<PatternFile.ruleEntryLimit - 1).map { "key\($0) v" }
        let (file, view) = try PatternFileTests.file(lines, PatternFileTests.strings)
        #expect(file.apply(.set(value: "1"), to: "last"))
        #expect(!file.apply(.set(value: "1"), to: "too many"))
        #expect(file.apply(.set(value: "2"), to: "last"))
        #expect(PatternFileTests.value(view, "last") == "2")
        let long = String(repeating: "x", count: PatternFile.ruleTextLimit + 1)
        #expect(!file.apply(.set(value: long), to: "last"))
        #expect(!file.apply(.set(value: "1"), to: long))
    }

    @Test func aVersionCountsWhenItIsCommitted() throws {
        let (file, view) = try PatternFileTests.file(["a 1"], PatternFileTests.strings)
        #expect(file.add([("x", "y")], to: 1) != nil)
        let version = file.prepare()
        #expect(file.add([("b", "2")], to: version) == nil)
        #expect(PatternFileTests.value(view, "b") == nil)
        #expect(file.entries(of: version).map(\.key) == ["b"])
        #expect(!file.commit(version + 1))
        #expect(file.commit(version))
        #expect(!file.commit(version))
        #expect(PatternFileTests.value(view, "a") == nil)
        #expect(PatternFileTests.value(view, "b") == "2")
        #expect(file.add([("x", "y")], to: 0) != nil)
    }

    /// What comes before an entry that cannot be read stays.
    @Test(arguments: [
        (MatchMethod.address, "10.0.0.0/8", "nonsense"), (.integer, "1:5", "x"),
        (.integer, "7", "gt"), (.regex, "^a", "("), (.binary, "0a", "0"), (.boolean, "1", "yes"),
        (.length, "3", "5:4"),
    ])
    func wrongPatternsAreRefused(_ method: MatchMethod, _ good: String, _ bad: String) throws {
        let (file, _) = try PatternFileTests.file(
            [good], isMap: false, SharedPatterns.Way(method: method))
        let other = method == .regex ? "^b" : good
        #expect(file.add([(other, ""), (bad, ""), (other, "")]) != nil)
        #expect(file.entries().map(\.key) == [good, other])
        #expect(throws: ExpressionProblem.self) {
            try PatternFileTests.file([bad], isMap: false, SharedPatterns.Way(method: method))
        }
    }

    @Test func foldedDoublesKeepTheOrderOfEntries() throws {
        let (file, _) = try PatternFileTests.file(
            ["Abc", "aBC", "xyz"], isMap: false,
            SharedPatterns.Way(method: .string, ignoresCase: true))
        #expect(file.answers(for: "XYZ").first?.entry?.key == "xyz")
        #expect(file.answers(for: "abc").first?.entry?.key == "Abc")
        #expect(file.answers(for: "ab").first?.entry == nil)
    }

    /// Threads that look up while another one changes see one version or the other, never half of one.
    @Test func threadsSeeWholeVersions() async throws {
        let (file, view) = try PatternFileTests.file(["a 0", "b 0"], PatternFileTests.strings)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    let own = view.copy()
                    for _ in 0..<5000 where PatternFileTests.value(own, "b") == nil { return false }
                    return true
                }
            }
            for round in 1...200 {
                let version = file.prepare()
                _ = file.add([("a", "\(round)"), ("b", "\(round)")], to: version)
                _ = file.commit(version)
            }
            for await isWhole in group { #expect(isWhole) }
        }
        #expect(PatternFileTests.value(view, "a") == "200")
    }
}

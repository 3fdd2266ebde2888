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
        let value: PatternMap.Value?
        switch Array(key.utf8).withBytes({ view.find($0, with: Regex.Scratch()) }) {
        case .index(let index): value = view.current.value(at: index)
        case .edited(let edited): value = edited
        case .nothing: return nil
        }
        guard case .text(let text) = value else { return nil }
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
        #expect(PatternFileTests.has(addresses, "192.0.2.7"))
        #expect(!PatternFileTests.has(addresses, "192.0.2.8"))
        #expect(list.answers(for: "192.0.2.7").first?.entry?.key == "192.0.2.7")
        #expect(!list.apply(.add, to: "nonsense"))
        #expect(list.entries().count == 2)
    }

    /// What clients send fills neither the memory nor a turn of the loop.
    @Test func rulesAreBounded() throws {
        let lines = (0..<20_000).map { "key\($0) v" }
        let (file, view) = try PatternFileTests.file(lines, PatternFileTests.strings)
        for number in 0..<PatternFile.ruleEntryLimit {
            #expect(file.apply(.set(value: "1"), to: "new\(number)"))
        }
        #expect(!file.apply(.set(value: "1"), to: "too many"))
        #expect(file.takeRefused() == (1, 20_000 + PatternFile.ruleEntryLimit))
        #expect(file.apply(.remove, to: "key7") && file.apply(.set(value: "1"), to: "last"))
        #expect(file.apply(.set(value: "2"), to: "last"))
        #expect(PatternFileTests.value(view, "last") == "2")
        #expect(PatternFileTests.value(view, "new7") == "1")
        #expect(PatternFileTests.value(view, "key7") == nil)
        let long = String(repeating: "x", count: PatternFile.ruleTextLimit + 1)
        #expect(!file.apply(.set(value: long), to: "last"))
        #expect(!file.apply(.set(value: "1"), to: long))
        #expect(file.takeRefused().count == 2)
    }

    /// A change costs nothing of the file's size: the table stays, and views learn of the keys that changed.
    @Test func editsOfTextsLeaveTheTableAlone() throws {
        let (file, view) = try PatternFileTests.file(
            ["a 1", "b 2", "a 3"], PatternFileTests.strings)
        let table = view.shared.latest
        let other = view.copy()
        // More often than edits are folded, and with keys that come and go.
        for round in 0..<10_000 {
            let key = "k\(round % 7)"
            #expect(file.apply(round % 3 == 0 ? .remove : .set(value: "\(round)"), to: key))
            #expect(file.apply(.set(value: "\(round)"), to: "a"))
            let wanted = round % 3 == 0 ? nil : "\(round)"
            #expect(PatternFileTests.value(view, key) == wanted)
        }
        #expect(view.shared.latest === table)
        for view in [view, other, view.copy(), PatternView(view.shared)] {
            #expect(PatternFileTests.value(view, "a") == "9999")
            #expect(PatternFileTests.value(view, "b") == "2")
        }
        #expect(file.apply(.remove, to: "b"))
        #expect(PatternFileTests.value(other, "b") == nil)
        // A command builds a table of all.
        _ = file.set(.key("a"), to: "0")
        #expect(view.shared.latest !== table)
        #expect(PatternFileTests.value(other, "a") == "0")
        #expect(PatternFileTests.value(other, "b") == nil)
    }

    /// The first of two entries of a key may have the value already.
    @Test func everyEntryOfAKeyGetsTheValue() throws {
        let (file, _) = try PatternFileTests.file(["a 1", "a 2"], PatternFileTests.strings)
        #expect(file.apply(.set(value: "1"), to: "a"))
        #expect(file.entries().map(\.value) == ["1", "1"])
    }

    /// A table that is built anew and one with edits beside it say the same, for each way of matching.
    @Test(arguments: [
        SharedPatterns.Way(method: .string), SharedPatterns.Way(method: .string, ignoresCase: true),
        SharedPatterns.Way(method: .address), SharedPatterns.Way(method: .prefix),
        SharedPatterns.Way(method: .substring), SharedPatterns.Way(method: .regex),
    ])
    func editsSayWhatANewTableSays(_ way: SharedPatterns.Way) throws {
        let isAddress = way.method == .address
        let (file, view) = try PatternFileTests.file(
            isAddress ? ["10.0.0.0/8", "192.0.2.1"] : ["ab", "ABC"], isMap: false, way)
        let keys =
            isAddress
            ? ["10.1.1.1", "10.0.0.0/8", "192.0.2.1", "192.0.2.0/31", "2001:db8::1"]
            : ["ab", "AB", "abc", "x", "ABC", "b"]
        let subjects = isAddress ? ["10.1.1.1", "192.0.2.1", "192.0.2.9", "2001:db8::1"] : keys
        var state: UInt64 = 7
        for _ in 0..<400 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = keys[Int(state >> 33) % keys.count]
            #expect(file.apply(state >> 60 & 1 == 0 ? .add : .remove, to: key))
            let fresh = PatternFile(
                id: 1, path: "g", isMap: false, lines: file.entries().map(\.key))
            let anew = PatternView(try fresh.patterns(for: way, user: "")).copy()
            for subject in subjects {
                #expect(
                    PatternFileTests.has(view, subject) == PatternFileTests.has(anew, subject),
                    "\(subject) in \(file.entries().map(\.key))")
            }
        }
    }

    private static func has(_ view: PatternView, _ subject: String) -> Bool {
        let found =
            if let address = IPAddress(subject), view.shared.way.method == .address {
                view.find(address)
            } else {
                Array(subject.utf8).withBytes { view.find($0, with: Regex.Scratch()) }
            }
        if case .nothing = found { return false }
        return true
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

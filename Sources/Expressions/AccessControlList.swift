import Core

/// One `acl` line: a sample and what it is compared with.
struct AccessTest: Sendable {
    let expression: SampleExpression
    let method: MatchMethod
    /// Those of the line itself.
    let patterns: PatternSet
    /// The line has patterns of its own. Not an optional: opening that costs a reference count.
    let hasPatterns: Bool
    let files: [PatternView]

    func copy() -> AccessTest {
        AccessTest(
            expression: expression.copy(), method: method, patterns: patterns,
            hasPatterns: hasPatterns, files: files.map { $0.copy() })
    }

    /// Whether one of the patterns matches, by what `find` finds in a set of them, and `view` in a file.
    @inline(__always)
    func matches(_ find: (PatternSet) -> Int?, _ view: (PatternView) -> PatternView.Found) -> Bool {
        if hasPatterns, find(patterns) != nil { return true }
        var index = 0
        while index < files.count {
            if case .nothing = view(files[index]) {} else { return true }
            index &+= 1
        }
        return false
    }

    /// The same for methods whose files are built anew with each change.
    @inline(__always)
    func matches(_ find: (PatternSet) -> Int?) -> Bool {
        matches(find) { view in find(view.current.keys).map { .index($0) } ?? .nothing }
    }
}

/// An ACL: true when one of its lines is.
public final class AccessControlList: Sendable {
    public let name: String
    let tests: [AccessTest]
    /// The first line, mostly the only one: an element of an array costs reference counts, a constant does not.
    let first: AccessTest

    /// `tests` must not be empty.
    init(name: String, tests: [AccessTest]) {
        self.name = name
        self.tests = tests
        first = tests[0]
    }

    func copy() -> AccessControlList {
        AccessControlList(name: name, tests: tests.map { $0.copy() })
    }

    /// What its lines read together.
    public var needs: SampleNeeds { tests.reduce(into: []) { $0.formUnion($1.expression.needs) } }

    /// Whether one of its lines asks for a password.
    var asksUsers: Bool {
        tests.contains {
            !$0.expression.userLists.isEmpty || $0.expression.condition?.asksUsers == true
        }
    }

    /// The name of the first fetch that needs what a place does not offer, when no line can do without.
    func unusableFetch(at place: RulePlace) -> String? {
        guard tests.allSatisfy({ !$0.expression.needs.isSubset(of: place.offers) })
        else { return nil }
        return first.expression.fetchName
    }
}

extension Evaluation {
    /// Whether one of the ACL's lines is true.
    @inline(__always)
    mutating func matches(_ list: AccessControlList) -> Bool {
        matches(list.first) || list.tests.count > 1 && matchesOther(list)
    }

    private mutating func matchesOther(_ list: AccessControlList) -> Bool {
        var index = 1
        while index < list.tests.count {
            if matches(list.tests[index]) { return true }
            index &+= 1
        }
        return false
    }

    private mutating func matches(_ test: AccessTest) -> Bool {
        beginValues()
        repeat {
            if let sample = value(of: test.expression, isIterating: true), matches(sample, test) {
                return true
            }
        } while hasMore
        return false
    }

    private mutating func matches(_ sample: Sample, _ test: AccessTest) -> Bool {
        switch test.method {
        case .found: return true
        case .boolean:
            guard case .bool(let value) = cast(sample, to: .bool) else { return false }
            return test.matches { $0.find(value) }
        case .integer:
            guard case .integer(let value) = cast(sample, to: .integer) else { return false }
            return test.matches { $0.find(value) }
        case .address:
            guard case .address(let address) = cast(sample, to: .address) else { return false }
            return test.matches({ $0.find(address) }, { $0.find(address) })
        case .binary:
            guard case .binary(let range) = cast(sample, to: .binary) else { return false }
            return contains(range, test)
        default:
            switch sample {
            case .string(let range), .method(let range), .binary(let range):
                return contains(range, test)
            case .bool, .integer, .address:
                let saved = arena.count
                guard let range = textRange(sample) else { return false }
                let isFound = contains(range, test)
                arena.truncate(by: arena.count - saved)
                return isFound
            }
        }
    }

    private mutating func contains(_ range: Bytes, _ test: AccessTest) -> Bool {
        Evaluation.contains(arena.bytes.extracting(range.range), test, scratch)
    }

    /// Static, because a function that borrows all of `self` may get a copy of it.
    @inline(__always)
    private static func contains(
        _ subject: RawSpan, _ test: AccessTest, _ scratch: borrowing Regex.Scratch
    ) -> Bool {
        if test.hasPatterns, test.patterns.find(subject, with: scratch) != nil { return true }
        var index = 0
        while index < test.files.count {
            if case .nothing = test.files[index].find(subject, with: scratch) {
                index &+= 1
            } else {
                return true
            }
        }
        return false
    }
}

import Core

/// Patterns of a file compiled for one way of matching, with their values where the file is a map. Never changed:
/// a change of the file makes another one.
final class PatternTable: Sendable {
    let keys: PatternSet
    private let values: [PatternMap.Value]
    /// The number of the entry behind each pattern.
    private let numbers: [Int]

    init(
        _ entries: [PatternFile.Entry], _ way: SharedPatterns.Way
    ) throws(ExpressionProblem) {
        var keys: [String] = []
        var values: [PatternMap.Value] = []
        var numbers: [Int] = []
        var seen: Set<String> = []
        let folds = way.ignoresCase || way.method == .binary
        for entry in entries {
            // The first one of equal keys counts; tables of texts do not know the others.
            guard seen.insert(folds ? entry.key.lowercased() : entry.key).inserted else { continue }
            keys.append(way.readsVersions ? VersionPattern.number(entry.key) : entry.key)
            numbers.append(entry.number)
            guard let kind = way.kind else { continue }
            values.append(try PatternMap.value(kind == .key ? entry.key : entry.value, kind))
        }
        self.keys = try PatternSet(keys, method: way.method, ignoringCase: way.ignoresCase)
        guard self.keys.count == keys.count else {
            // `gt` and its relatives are for lines of the configuration.
            throw ExpressionProblem("a pattern of a file is not a number")
        }
        self.values = values
        self.numbers = numbers
    }

    private init(copyOf other: PatternTable) {
        keys = other.keys
        values = other.values
        numbers = other.numbers
    }

    /// The same for another thread, which then counts references of its own.
    func copy() -> PatternTable { PatternTable(copyOf: self) }

    func value(at index: Int) -> PatternMap.Value? {
        values.indices.contains(index) ? values[index] : nil
    }

    /// The number of the entry that a text matches, for commands.
    func number(matching text: String) -> Int? {
        let found: Int?
        switch keys.method {
        case .found: return nil
        case .boolean: found = Int64(text).flatMap { keys.find($0 != 0) }
        case .integer: found = Int64(text).flatMap { keys.find($0) }
        case .address: found = IPAddress(text).flatMap { keys.find($0) }
        default: found = Array(text.utf8).withBytes { keys.find($0, with: Regex.Scratch()) }
        }
        return found.flatMap { numbers.indices.contains($0) ? numbers[$0] : nil }
    }
}

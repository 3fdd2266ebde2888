import Core

/// A map of a file: keys that are matched, and a value for each.
public final class PatternMap: Sendable {
    /// What a map gives.
    enum Kind: Sendable {
        case string, integer, address
        /// The key itself.
        case key
        /// A text with the groups of the regular expression in it.
        case groups
    }

    enum Value: Sendable {
        case text([UInt8])
        case integer(Int64)
        case address(IPAddress)
    }

    /// The file.
    public let path: String
    let kind: Kind
    let keys: PatternSet
    private let values: [Value]
    /// Given where no key matches.
    let standard: Value?

    public var count: Int { keys.count }

    /// `lines`: a key, blanks, a value, each.
    init(
        lines: [String], method: MatchMethod, kind: Kind, path: String
    ) throws(ExpressionProblem) {
        self.path = path
        self.kind = kind
        var keys: [String] = []
        var values: [Value] = []
        var seen: Set<String> = []
        for line in lines {
            let end = line.firstIndex { $0 == " " || $0 == "\t" } ?? line.endIndex
            let key = String(line[..<end])
            // Keys of tables of texts are there once: the first one counts.
            guard seen.insert(key).inserted else { continue }
            let value = line[end...].drop { $0 == " " || $0 == "\t" }
            keys.append(key)
            values.append(try PatternMap.value(kind == .key ? key : String(value), kind))
        }
        self.keys = try PatternSet(keys, method: method)
        self.values = values
        standard = nil
    }

    private init(_ other: PatternMap, standard: Value) {
        path = other.path
        kind = other.kind
        keys = other.keys
        values = other.values
        self.standard = standard
    }

    /// The same map with a value for what no key matches.
    func with(standard: String) throws(ExpressionProblem) -> PatternMap {
        PatternMap(self, standard: try PatternMap.value(standard, kind))
    }

    func value(at index: Int) -> Value? {
        values.indices.contains(index) ? values[index] : standard
    }

    private static func value(_ text: String, _ kind: Kind) throws(ExpressionProblem) -> Value {
        switch kind {
        case .string, .key, .groups: return .text(Array(text.utf8))
        case .integer:
            guard let number = Int64(text) else {
                throw ExpressionProblem("'\(text)' is not a number")
            }
            return .integer(number)
        case .address:
            guard let address = IPAddress(text) else {
                throw ExpressionProblem("'\(text)' is not a valid IPv4 or IPv6 address")
            }
            return .address(address)
        }
    }
}

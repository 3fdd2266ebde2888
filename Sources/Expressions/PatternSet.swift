import Core

/// The patterns of an ACL or the keys of a map, in the form that their method is fastest with.
public final class PatternSet: Sendable {
    /// Most patterns of a set.
    public static let limit = 4_000_000

    public let method: MatchMethod
    public let count: Int
    private let texts: ByteTable
    /// Patterns that have to be tried one by one.
    private let list: [[UInt8]]
    private let ignoresCase: Bool
    private let regexes: [Regex]
    private let ranges: [ClosedRange<Int64>]
    private let exactNumbers: [Int64: Int32]
    private let networks: AddressTable
    private let booleans: [Bool]

    /// Compiles patterns. Throws HAProxy's words.
    public init(
        _ patterns: [String], method: MatchMethod, ignoringCase: Bool = false
    ) throws(ExpressionProblem) {
        self.method = method
        ignoresCase = ignoringCase
        guard patterns.count <= PatternSet.limit else {
            throw ExpressionProblem("more than \(PatternSet.limit) patterns")
        }
        var texts = ByteTable(ignoringCase: ignoringCase, backward: method == .suffix)
        var list: [[UInt8]] = []
        var regexes: [Regex] = []
        var ranges: [ClosedRange<Int64>] = []
        var networks = AddressTable()
        var booleans: [Bool] = []
        var comparison = NumberPattern.Comparison.equal
        var count = 0
        for pattern in patterns {
            switch method {
            case .found: break
            case .boolean:
                guard let number = Int64(pattern) else {
                    throw ExpressionProblem("'\(pattern)' is not a number")
                }
                booleans.append(number != 0)
            case .integer, .length:
                if let next = NumberPattern.Comparison(rawValue: pattern) {
                    comparison = next
                    continue
                }
                ranges.append(try NumberPattern.parse(pattern, comparison))
            case .address:
                guard let (address, mask) = NetworkText.parse(pattern) else {
                    throw ExpressionProblem("'\(pattern)' is not a valid IPv4 or IPv6 address")
                }
                networks.insert(address, mask: mask)
            case .binary:
                guard let bytes = HexText.bytes(pattern) else {
                    throw ExpressionProblem("'\(pattern)' is not a list of hexadecimal digits")
                }
                _ = texts.insert(bytes)
            case .string, .prefix, .suffix: _ = texts.insert(Array(pattern.utf8))
            case .substring, .directory, .domain:
                list.append(
                    ignoringCase ? pattern.utf8.map(\.asciiLowercased) : Array(pattern.utf8))
            case .regex:
                do throws(Regex.Problem) {
                    regexes.append(try Regex(pattern, ignoringCase: ignoringCase))
                } catch {
                    throw ExpressionProblem(
                        "regex '\(pattern)' is invalid (error=\(error.message), erroffset=\(error.offset))"
                    )
                }
            }
            count += 1
        }
        var exact: [Int64: Int32] = [:]
        // A few ranges are compared faster than looked up.
        if ranges.count > 8, ranges.allSatisfy({ $0.lowerBound == $0.upperBound }) {
            for (index, range) in ranges.enumerated() where exact[range.lowerBound] == nil {
                exact[range.lowerBound] = Int32(clamping: index)
            }
        }
        exactNumbers = exact
        self.texts = texts
        self.list = list
        self.regexes = regexes
        self.ranges = ranges
        self.networks = networks
        self.booleans = booleans
        self.count = count
    }

    /// The index of the pattern that bytes match, among those that are not doubles.
    func find(_ subject: RawSpan, with scratch: borrowing Regex.Scratch) -> Int? {
        switch method {
        case .string, .binary: return texts.exact(subject)
        case .prefix: return texts.longest(subject)
        case .suffix: return texts.first(subject)
        case .length: return find(Int64(subject.byteCount))
        case .substring:
            for index in list.indices
            where PatternSearch.contains(subject, list[index], ignoresCase) { return index }
            return nil
        case .directory:
            for index in list.indices
            where PatternSearch.hasPiece(subject, list[index], ignoresCase, isDomain: false) {
                return index
            }
            return nil
        case .domain:
            for index in list.indices
            where PatternSearch.hasPiece(subject, list[index], ignoresCase, isDomain: true) {
                return index
            }
            return nil
        case .regex:
            for index in regexes.indices
            where regexes[index].match(subject, with: scratch) == .matches {
                return index
            }
            return nil
        case .found, .boolean, .integer, .address: return nil
        }
    }

    func find(_ number: Int64) -> Int? {
        if !exactNumbers.isEmpty { return exactNumbers[number].map(Int.init) }
        return ranges.firstIndex { $0.contains(number) }
    }

    func find(_ address: IPAddress) -> Int? { networks.find(address) }

    func find(_ value: Bool) -> Int? {
        booleans.isEmpty ? (value ? 0 : nil) : booleans.firstIndex(of: value)
    }
}

/// `10`, `10:20`, `10-20`, `:20`, `10:`, with `eq`, `ge`, `gt`, `le`, `lt` before it.
enum NumberPattern {
    enum Comparison: String {
        case equal = "eq"
        case greaterOrEqual = "ge"
        case greater = "gt"
        case lessOrEqual = "le"
        case less = "lt"
    }

    /// What a range is from and to: `:` is between them, or `-`, which may also be a sign.
    static func ends(of text: String) -> [Substring] {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 1, let dash = text.dropFirst().firstIndex(of: "-") else {
            return parts
        }
        return [text[..<dash], text[text.index(after: dash)...]]
    }

    static func parse(
        _ text: String, _ comparison: Comparison
    ) throws(ExpressionProblem) -> ClosedRange<Int64> {
        var bounds: (Int64?, Int64?)
        let parts = ends(of: text)
        guard parts.count <= 2, !text.isEmpty, text != ":" else {
            throw ExpressionProblem("'\(text)' is not a number")
        }
        for (index, part) in parts.enumerated() where !part.isEmpty {
            guard let number = Int64(part) else {
                throw ExpressionProblem("'\(text)' is not a number")
            }
            if index == 0 { bounds.0 = number } else { bounds.1 = number }
        }
        if parts.count == 1 { bounds.1 = bounds.0 }
        let (low, high) = (bounds.0 ?? .min, bounds.1 ?? .max)
        guard low <= high else { throw ExpressionProblem("invalid range '\(text)'") }
        switch comparison {
        case .equal: return low...high
        case .greaterOrEqual: return low...Int64.max
        case .greater: return (high == .max ? .max : high + 1)...Int64.max
        case .lessOrEqual: return Int64.min...high
        case .less: return Int64.min...(low == .min ? .min : low - 1)
        }
    }
}

/// Hexadecimal digits in pairs.
enum HexText {
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.map(value)
        guard !digits.contains(nil), digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map {
            (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0)
        }
    }

    @inline(__always)
    static func value(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let lower = byte | 0x20
        return lower &- 0x61 < 6 ? lower &- 0x57 : nil
    }
}

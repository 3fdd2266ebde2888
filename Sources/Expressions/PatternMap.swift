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

        /// HAProxy's name of a value's type.
        func typeName(of value: String) -> String {
            switch self {
            case .string, .key, .groups: SampleType.string.name
            case .integer: SampleType.integer.name
            case .address:
                (IPAddress(value)?.isIPv4 == false ? SampleType.ipv6 : SampleType.ipv4).name
            }
        }
    }

    enum Value: Sendable {
        case text([UInt8])
        case integer(Int64)
        case address(IPAddress)
    }

    let kind: Kind
    let method: MatchMethod
    let patterns: PatternView
    /// Given where no key matches.
    let standard: Value?

    /// `standard`: as text.
    convenience init(
        _ patterns: SharedPatterns, kind: Kind, standard: String?
    ) throws(ExpressionProblem) {
        var value: Value?
        if let standard { value = try PatternMap.value(standard, kind) }
        self.init(PatternView(patterns), kind: kind, standard: value)
    }

    private init(_ patterns: PatternView, kind: Kind, standard: Value?) {
        self.patterns = patterns
        self.kind = kind
        self.standard = standard
        method = patterns.shared.way.method
    }

    /// The same for another thread, which then counts references of its own.
    func copy() -> PatternMap { PatternMap(patterns.copy(), kind: kind, standard: standard) }

    static func value(_ text: String, _ kind: Kind) throws(ExpressionProblem) -> Value {
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

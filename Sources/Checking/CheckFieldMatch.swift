internal import Core

/// `http-check expect hdr` and `fhdr`: what a field of a response must look like.
public struct CheckFieldMatch: Sendable {
    /// A field of a head.
    struct Field: Sendable {
        let name: String
        let value: String
    }

    /// `-m`: how a text is compared; names without regard to case.
    public enum Text: Sendable {
        case equal(String)
        case begins(String)
        case ends(String)
        case contains(String)
        case expression(CheckPattern)
        /// `name-lf`, `value-lf`: compared as `how` says; never a regular expression.
        case format(CheckFormat, Comparison)
    }

    /// `-m` of a text that is made anew for each check.
    public enum Comparison: Sendable { case equal, begins, ends, contains }

    private let name: Text
    private let value: Text?
    /// `fhdr`: the value as a whole; `hdr`: any of its parts between commas.
    private let isFull: Bool

    public init(name: Text, value: Text?, isFull: Bool) {
        self.name = name
        self.value = value
        self.isFull = isFull
    }

    /// Whether a text of it is a format.
    var usesSamples: Bool { name.isFormat || value?.isFormat == true }

    /// The same with each format's text in its place; nil: one gives nothing.
    func resolved(_ bytes: (CheckFormat) -> [UInt8]?) -> CheckFieldMatch? {
        guard let name = name.resolved(bytes) else { return nil }
        guard let value else { return CheckFieldMatch(name: name, value: nil, isFull: isFull) }
        return value.resolved(bytes).map { CheckFieldMatch(name: name, value: $0, isFull: isFull) }
    }

    func matches(_ fields: [Field]) -> Bool {
        fields.contains { field in
            guard name.matches(field.name, ignoringCase: true) else { return false }
            guard let value else { return true }
            if isFull { return value.matches(field.value, ignoringCase: false) }
            return field.value.split(separator: ",", omittingEmptySubsequences: false).contains {
                value.matches(CheckFieldMatch.trimmed($0), ignoringCase: false)
            }
        }
    }

    private static func trimmed(_ part: Substring) -> String {
        var part = part.drop { $0 == " " || $0 == "\t" }
        while part.last == " " || part.last == "\t" { part.removeLast() }
        return String(part)
    }
}

extension CheckFieldMatch.Text {
    fileprivate var isFormat: Bool { if case .format = self { true } else { false } }

    fileprivate func resolved(_ bytes: (CheckFormat) -> [UInt8]?) -> CheckFieldMatch.Text? {
        guard case .format(let format, let comparison) = self else { return self }
        guard let made = bytes(format), !made.isEmpty else { return nil }
        let text = String(decoding: made, as: UTF8.self)
        return switch comparison {
        case .equal: .equal(text)
        case .begins: .begins(text)
        case .ends: .ends(text)
        case .contains: .contains(text)
        }
    }

    fileprivate func matches(_ text: String, ignoringCase: Bool) -> Bool {
        let text = ignoringCase ? text.lowercased() : text
        func folded(_ wanted: String) -> String { ignoringCase ? wanted.lowercased() : wanted }
        switch self {
        case .equal(let wanted): return text == folded(wanted)
        case .begins(let wanted): return text.hasPrefix(folded(wanted))
        case .ends(let wanted): return text.hasSuffix(folded(wanted))
        case .contains(let wanted):
            let wanted = folded(wanted)
            return wanted.isEmpty || text.contains(wanted)
        case .expression(let pattern): return Array(text.utf8).withBytes(pattern.matches)
        case .format: return false
        }
    }
}

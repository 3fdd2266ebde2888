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
    }

    private let name: Text
    private let value: Text?
    /// `fhdr`: the value as a whole; `hdr`: any of its parts between commas.
    private let isFull: Bool

    public init(name: Text, value: Text?, isFull: Bool) {
        self.name = name
        self.value = value
        self.isFull = isFull
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
        }
    }
}

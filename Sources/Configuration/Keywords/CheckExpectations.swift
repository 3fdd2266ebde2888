import ConfigurationLanguage
import Core
import Diagnostics

/// `http-check expect …` and `tcp-check expect …`
enum CheckExpectations {
    /// Words that change how a check's end is reported; they come with the rest of the checks.
    private static let reporting: Set<String> = [
        "ok-status", "error-status", "tout-status", "on-success", "on-error", "status-code",
    ]

    static func rule(_ statement: inout Statement, isHTTP: Bool) -> CheckDraft.Rule? {
        let name = isHTTP ? "http-check expect" : "tcp-check expect"
        var isNegated = false
        var minimum: Int?
        var comment: String?
        while let word = statement.nextKeyword() {
            var kind = word.text
            if kind.hasPrefix("!") {
                isNegated.toggle()
                kind.removeFirst()
                if kind.isEmpty { continue }
            }
            switch kind {
            case "comment":
                comment =
                    statement.argument(or: "'\(name)' : 'comment' expects a string as argument.")?
                    .text
            case "min-recv":
                statement.name = "min-recv"
                guard let count = statement.integer(in: -1...Int(Int32.max)) else { break }
                minimum = count < 0 ? nil : count
            case let option where reporting.contains(option):
                return refuse(kind, name, fix: Reason.operatorsWayOut, &statement)
            default:
                guard var expectation = expectation(kind, name, isHTTP, &statement) else {
                    statement.skipRest()
                    return nil
                }
                expectation.isNegated = isNegated
                expectation.minimumReceived = minimum
                statement.name = name
                var rule = statement.rule(.expect(expectation))
                rule.comment = rule.comment ?? comment
                return rule
            }
        }
        statement.alert("'\(name)' : expects at least a matching pattern as arguments.")
        return nil
    }

    private static func expectation(
        _ kind: String, _ name: String, _ isHTTP: Bool, _ statement: inout Statement
    ) -> CheckDraft.Expectation? {
        switch (kind, isHTTP) {
        case ("status", true), ("rstatus", true), ("string", _), ("rstring", _), ("binary", false):
            let missing = "'\(name)' : '\(kind)' expects a <pattern> as argument."
            guard let value = statement.argument(or: missing),
                let pattern = pattern(kind, value, name, statement)
            else { return nil }
            return CheckDraft.Expectation(pattern: pattern)
        case ("hdr", true), ("fhdr", true), ("string-lf", _), ("binary-lf", false),
            ("rbinary", false):
            _ = refuse(kind, name, fix: "use 'status', 'string' or 'rstring'", &statement)
        default:
            statement.alert(
                isHTTP
                    ? "'http-check expect' : 'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '\(kind)' as argument."
                    : "'tcp-check expect' : 'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '\(kind)' as argument."
            )
        }
        return nil
    }

    private static func refuse(
        _ kind: String, _ name: String, fix: String, _ statement: inout Statement
    ) -> CheckDraft.Rule? {
        statement.alert("'\(name) \(kind)' is not supported: \(Reason.operators).", fix: fix)
        statement.skipRest()
        return nil
    }

    private static func pattern(
        _ kind: String, _ value: Word, _ name: String, _ statement: Statement
    ) -> CheckDraft.Expectation.Pattern? {
        switch kind {
        case "string": return .string(value.bytes)
        case "rstring": return .expression(value.text)
        case "rstatus": return .statusExpression(value.text)
        case "binary":
            if let bytes = hex(value.text) { return .binary(bytes) }
            statement.alert("'\(name)' : '\(value.text)' invalid binary string.", at: value)
        default:
            if let ranges = statuses(value.text) { return .statuses(ranges) }
            let wrong = value.text.first { !"0123456789-,".contains($0) } ?? value.text.first
            statement.alert(
                "'\(name)' : invalid character '\(wrong ?? " ")' in the list of status codes.",
                at: value)
        }
        return nil
    }

    /// `200-399,500`
    private static func statuses(_ text: String) -> [ClosedRange<Int>]? {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                .map { Int($0) }
            guard let low = bounds.first ?? nil, let high = bounds.last ?? nil, low <= high,
                low >= 0, high <= 999
            else { return nil }
            ranges.append(low...high)
        }
        return ranges
    }

    static func hex(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
            guard pair.allSatisfy(\.isHexDigit), let byte = UInt8(pair, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

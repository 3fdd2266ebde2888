import Checking
import ConfigurationLanguage
import Core
import Diagnostics

/// `http-check expect …` and `tcp-check expect …`
enum CheckExpectations {
    static func rule(_ statement: inout Statement, isHTTP: Bool) -> CheckDraft.Rule? {
        let name = isHTTP ? "http-check expect" : "tcp-check expect"
        var isNegated = false
        var minimum: Int?
        var comment: String?
        var report = CheckDraft.Expectation(pattern: .string([]))
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
            case "ok-status":
                report.passedStatus = status(kind, name, .passed, &statement)
            case "error-status":
                report.failedStatus = status(kind, name, .failed, &statement)
            case "tout-status":
                report.timeoutStatus = status(kind, name, .failed, &statement)
            case "on-success": report.passedText = text(kind, name, &statement)
            case "on-error": report.failedText = text(kind, name, &statement)
            case "status-code":
                guard let code = CheckSampleKeywords.expression(&statement) else { return nil }
                report.code = code
            default:
                guard var expectation = expectation(kind, name, isHTTP, &statement) else {
                    statement.skipRest()
                    return nil
                }
                expectation.isNegated = isNegated
                expectation.minimumReceived = minimum
                expectation.passedStatus = report.passedStatus
                expectation.failedStatus = report.failedStatus
                expectation.timeoutStatus = report.timeoutStatus
                expectation.passedText = report.passedText
                expectation.failedText = report.failedText
                expectation.code = report.code
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
        case ("status", true), ("rstatus", true), ("string", _), ("rstring", _), ("binary", false),
            ("rbinary", false):
            let missing = "'\(name)' : '\(kind)' expects a <pattern> as argument."
            guard let value = statement.argument(or: missing),
                let pattern = pattern(kind, value, name, statement)
            else { return nil }
            return CheckDraft.Expectation(pattern: pattern)
        case ("hdr", true), ("fhdr", true):
            return field(name, isFull: kind == "fhdr", &statement)
        case ("string-lf", _), ("binary-lf", false):
            let missing = "'\(name)' : '\(kind)' expects a <pattern> as argument."
            guard let value = statement.argument(or: missing),
                let format = CheckSampleKeywords.format(
                    value, statement, isHexadecimal: kind == "binary-lf")
            else { return nil }
            return CheckDraft.Expectation(pattern: .format(format))
        default:
            statement.alert(
                isHTTP
                    ? "'http-check expect' : 'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '\(kind)' as argument."
                    : "'tcp-check expect' : 'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '\(kind)' as argument."
            )
        }
        return nil
    }

    /// One of the words that a check may end with.
    private static func status(
        _ kind: String, _ name: String, _ result: CheckStatus.Result, _ statement: inout Statement
    ) -> CheckStatus? {
        let missing = "'\(name)' : '\(kind)' expects a string as argument."
        guard let word = statement.argument(or: missing) else { return nil }
        let allowed =
            result == .passed
            ? ["L7OK", "L7OKC", "L6OK", "L4OK"]
            : kind == "tout-status"
                ? ["L7TOUT", "L6TOUT", "L4TOUT"] : ["L7RSP", "L7STS", "L6RSP", "L4CON"]
        guard allowed.contains(word.text), let status = CheckStatus(word: word.text) else {
            let words = allowed.map { "'\($0)'" }
            let last = words.last ?? ""
            statement.alert(
                "'\(name)' : '\(kind)' only supports \(words.dropLast().joined(separator: ", ")) and \(last) status (got '\(word.text)').",
                at: word)
            return nil
        }
        return status
    }

    /// What is reported: a log format.
    private static func text(
        _ kind: String, _ name: String, _ statement: inout Statement
    ) -> CheckText? {
        let missing = "'\(name)' : '\(kind)' expects a log-format string as argument."
        guard let word = statement.argument(or: missing),
            let part = CheckSampleKeywords.part(word, statement)
        else { return nil }
        switch part {
        case .literal(let bytes): return .literal(String(decoding: bytes, as: UTF8.self))
        case .format(let format): return .format(format)
        }
    }

    /// `{ hdr | fhdr } name [ -m <method> ] <name> [ value [ -m <method> ] <value> ]`
    private static func field(
        _ name: String, isFull: Bool, _ statement: inout Statement
    ) -> CheckDraft.Expectation? {
        let kind = isFull ? "fhdr" : "hdr"
        let missing = "'\(name)' : '\(kind)' expects at least a keyword as argument."
        guard let word = statement.argument(or: missing) else { return nil }
        guard word.text == "name" || word.text == "name-lf" else {
            statement.alert(
                "'\(name)' : '\(kind)' expects 'name' or 'name-lf' as first argument.", at: word)
            return nil
        }
        let isFormat = word.text == "name-lf"
        guard let field = fieldText(name, kind, isFormat: isFormat, &statement) else { return nil }
        var value: CheckDraft.Expectation.FieldText?
        if let next = statement.peek, next.text == "value" || next.text == "value-lf" {
            statement.skip(1)
            guard
                let text = fieldText(name, kind, isFormat: next.text == "value-lf", &statement)
            else { return nil }
            value = text
        }
        return CheckDraft.Expectation(pattern: .field(name: field, value: value, isFull: isFull))
    }

    private static func fieldText(
        _ name: String, _ kind: String, isFormat: Bool, _ statement: inout Statement
    ) -> CheckDraft.Expectation.FieldText? {
        var method = CheckDraft.Expectation.FieldText.Method.str
        if statement.peek?.text == "-m" {
            statement.skip(1)
            let missing = "'\(name)' : '\(kind)' : unsupported matching method ''."
            guard let word = statement.argument(or: missing) else { return nil }
            guard let known = CheckDraft.Expectation.FieldText.Method(rawValue: word.text),
                !isFormat || known != .reg
            else {
                statement.alert(
                    isFormat && word.text == "reg"
                        ? "'\(name)' : '\(kind)' : log-format is not supported with 'reg' matching method."
                        : "'\(name)' : '\(kind)' : unsupported matching method '\(word.text)'.",
                    at: word)
                return nil
            }
            method = known
        }
        let missing = "'\(name)' : '\(kind)' expects a <pattern> as argument."
        guard let word = statement.argument(or: missing) else { return nil }
        var result = CheckDraft.Expectation.FieldText(method: method, text: word.text)
        if isFormat {
            guard let format = CheckSampleKeywords.format(word, statement) else { return nil }
            result.format = format
        }
        return result
    }

    private static func pattern(
        _ kind: String, _ value: Word, _ name: String, _ statement: Statement
    ) -> CheckDraft.Expectation.Pattern? {
        switch kind {
        case "string": return .string(value.bytes)
        case "rstring": return .expression(value.text)
        case "rbinary": return .binaryExpression(value.text)
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

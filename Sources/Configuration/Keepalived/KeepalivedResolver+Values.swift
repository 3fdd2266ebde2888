import ConfigurationLanguage
import Core
import Diagnostics

extension KeepalivedResolver {
    /// The word behind the keyword; without one, keepalived does not start.
    mutating func argument(
        _ statement: KeepalivedStatement, of count: Int = 1, fix: String? = nil
    ) -> Word? {
        guard let word = statement.arguments.first else {
            let name = statement.keyword
            findings.refuse(
                statement.range,
                "*** Configuration line starting `\(name)` is missing a parameter after keyword "
                    + "`\(name)` at word position 2",
                fix: "add the value, or remove the line")
            return nil
        }
        expectEnd(statement, after: count + 1, fix: fix)
        return word
    }

    /// A whole number in a range; what is not one is reported with `message` and left out.
    mutating func number(
        _ statement: KeepalivedStatement, in range: ClosedRange<Int>,
        orSay message: (String) -> String
    ) -> Int? {
        guard let word = argument(statement) else { return nil }
        return number(word, in: range, orSay: message)
    }

    mutating func number(
        _ word: Word, in range: ClosedRange<Int>, orSay message: (String) -> String
    ) -> Int? {
        if let value = Int(word.text), range.contains(value) { return value }
        findings.report(
            word.range, message(word.text),
            fix: hint(for: word) ?? "a number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// Seconds with up to six decimals, in a range.
    mutating func seconds(
        _ statement: KeepalivedStatement, in range: ClosedRange<Duration>,
        orSay message: (String) -> String
    ) -> Duration? {
        guard let word = argument(statement) else { return nil }
        if let value = KeepalivedResolver.duration(word.text), range.contains(value) {
            return value
        }
        findings.report(
            word.range, message(word.text),
            fix: hint(for: word)
                ?? "seconds from \(range.lowerBound.decimal) to \(range.upperBound.decimal)")
        return nil
    }

    /// `12`, `0.5`, `.5`; finer than microseconds is cut off.
    static func duration(_ text: String) -> Duration? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, !text.isEmpty, text != "." else { return nil }
        let digits = parts.dropFirst().first ?? ""
        guard whole.count <= 9, (whole + digits).utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        let micros = digits.prefix(6)
        let padded = micros + String(repeating: "0", count: 6 - micros.count)
        guard let seconds = whole.isEmpty ? 0 : Int64(whole), let fraction = Int64(padded) else {
            return nil
        }
        return .seconds(seconds) + .microseconds(fraction)
    }

    /// The value of a switch: alone, or with a BOOL behind it; nil and a report when it is none.
    mutating func flag(_ statement: KeepalivedStatement, _ owner: String? = nil) -> Bool? {
        expectEnd(statement, after: 2)
        guard let word = statement.arguments.first else { return true }
        if let value = readBoolean(statement) { return value }
        findings.report(
            word.range,
            "\(owner.map { "(\($0)) " } ?? "")invalid \(statement.keyword) \(word.text) specified",
            fix: hint(for: word) ?? "on or off")
        return nil
    }

    func readBoolean(_ statement: KeepalivedStatement) -> Bool? {
        switch statement.arguments.first?.text.lowercased() {
        case "on", "true", "yes": true
        case "off", "false", "no": false
        default: nil
        }
    }

    /// A user and a group from two words.
    func user(_ words: ArraySlice<Word>) -> ScriptUser? {
        guard let name = words.first?.text, let user = loader.user(name) else { return nil }
        var groupID = user.groupID
        if let groupName = words.dropFirst().first?.text {
            guard let group = loader.group(groupName) else { return nil }
            groupID = group
        }
        return ScriptUser(name: name, userID: user.userID, groupID: groupID)
    }

    /// The name behind the keyword of a block.
    mutating func name(of statement: KeepalivedStatement) -> Word? {
        guard let word = statement.arguments.first else {
            findings.report(statement.range, "\(statement.keyword) must have a name")
            return nil
        }
        expectEnd(statement, after: 2)
        return word
    }

    /// `N [reverse|noreverse]`; nil, after a report, when it is not that.
    mutating func weight(
        _ words: ArraySlice<Word>, of statement: KeepalivedStatement, _ owner: String,
        in range: ClosedRange<Int> = -253...253
    ) -> (value: Int, isReversed: Bool)? {
        guard let word = words.first else {
            findings.report(statement.range, "\(owner) has no number")
            return nil
        }
        let value = number(word, in: range) {
            "\(owner) \($0) must be in [\(range.lowerBound), \(range.upperBound)]"
        }
        guard let value else { return nil }
        var isReversed = false
        for option in words.dropFirst() {
            switch option.text {
            case "reverse": isReversed = true
            case "noreverse", "no_reverse": isReversed = false
            default:
                findings.report(
                    option.range, "\(owner) has an unknown option '\(option.text)'",
                    fix: "reverse or noreverse")
            }
        }
        return (value, isReversed)
    }

    /// What helps where a value is wrong because a definition is missing.
    func hint(for word: Word) -> String? {
        word.text.hasPrefix("$") ? "define it before: '$NAME=value'" : nil
    }

    /// The words of a command: blanks separate them, quotes of both kinds hold them together.
    static func command(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isWord = false
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { word.append(character) }
            } else if character == "\"" || character == "'" {
                quote = character
                isWord = true
            } else if character == " " || character == "\t" || character == "\n" {
                if isWord { words.append(word) }
                word = ""
                isWord = false
            } else {
                word.append(character)
                isWord = true
            }
        }
        if isWord { words.append(word) }
        return words
    }
}

extension Duration {
    /// Seconds with as many decimals as there are, at most six.
    var decimal: String {
        let microseconds = nanoseconds / 1000
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        if rest == 0 { return "\(whole)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}

import ConfigurationLanguage
import Core
import Diagnostics

/// `virtual_rules`, `static_rules`: lines as `ip rule add` takes them.
extension KeepalivedResolver {
    /// keepalived's first number for rules that name none.
    private static let firstPreference: UInt32 = 16384

    mutating func rules(_ statement: KeepalivedStatement) -> [RuleSettings] {
        var rules: [RuleSettings] = []
        for item in statement.block ?? [] {
            guard rules.count < KeepalivedResolver.routeLimit else {
                findings.refuse(
                    item.range, "more than \(KeepalivedResolver.routeLimit) lines in a block")
                return rules
            }
            if let rule = rule(item) { rules.append(rule) }
        }
        return rules
    }

    private mutating func rule(_ item: KeepalivedStatement) -> RuleSettings? {
        var reader = OptionReader(item.words)
        var preference: UInt32?
        var family: Bool?
        var rule = RuleSettings(preference: 0)
        while let word = reader.next() {
            switch word.text {
            case "not": rule.isInverted = true
            case "blackhole": rule.action = .blackhole
            case "unreachable": rule.action = .unreachable
            case "prohibit": rule.action = .prohibit
            case "inet": family = true
            case "inet6": family = false
            default:
                guard let keyword = KeepalivedKeyword.find(word.text, in: .rule) else {
                    findings.report(word.range, "Unknown rule option \(word.text)")
                    return nil
                }
                guard isKnown(KeepalivedStatement(words: [word]), in: .rule) else {
                    if case .accepted = keyword.status { continue }
                    return nil
                }
                guard let value = reader.value(of: word, &findings) else { return nil }
                if ["priority", "preference", "order"].contains(word.text) {
                    preference = unsigned(value)
                    guard preference != nil else { return wrong(word, value) }
                    continue
                }
                guard apply(word, value, to: &rule) else { return nil }
            }
        }
        let prefixes = [rule.source, rule.destination].compactMap { $0 }
        rule.isIPv4 = family ?? prefixes.first?.address.isIPv4 ?? true
        guard prefixes.allSatisfy({ $0.address.isIPv4 == rule.isIPv4 }) else {
            findings.report(item.range, "rule with addresses of two families - ignoring")
            return nil
        }
        rule.preference = preference ?? assignedPreference(item)
        return rule
    }

    private mutating func assignedPreference(_ item: KeepalivedStatement) -> UInt32 {
        let taken = nextPreference ?? KeepalivedResolver.firstPreference
        nextPreference = taken - 1
        findings.report(
            item.range,
            "Rule has no preference specified - setting to \(taken). This is probably not what you "
                + "want.", fix: "add 'preference NUMBER'")
        return taken
    }

    private mutating func apply(_ option: Word, _ value: Word, to rule: inout RuleSettings) -> Bool
    {
        switch option.text {
        case "from", "to":
            let isAll = value.text == "all" || value.text == "any" || value.text == "default"
            let prefix = IPPrefix(text: value.text)
            guard isAll || prefix != nil else { return wrong(option, value) != nil }
            if option.text == "from" { rule.source = prefix } else { rule.destination = prefix }
        case "table", "lookup":
            guard let table = table(value) else { return false }
            rule.table = table
        case "iif", "dev": rule.inputInterface = interface(value, of: "rule")
        case "oif": rule.outputInterface = interface(value, of: "rule")
        case "fwmark":
            let parts = value.text.split(separator: "/", maxSplits: 1)
            func number(_ text: Substring?) -> UInt32? {
                guard let text else { return nil }
                return text.hasPrefix("0x")
                    ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
            }
            guard let mark = number(parts.first), parts.count == 1 || number(parts.last) != nil
            else { return wrong(option, value) != nil }
            rule.mark = mark
            rule.markMask = parts.count == 2 ? number(parts.last) : nil
        default:
            sayUnhandled(KeepalivedStatement(words: [option]))
            return false
        }
        return true
    }

    /// Always nil: the line is left out.
    private mutating func wrong(_ option: Word, _ value: Word) -> RuleSettings? {
        findings.report(value.range, "Invalid rule \(option.text) \(value.text) specified")
        return nil
    }
}

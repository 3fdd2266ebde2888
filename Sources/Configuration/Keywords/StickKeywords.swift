import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules
import StickTables

/// `stick-table` and `stick …` (HAProxy manual, sections 4.2 and 11).
enum StickKeywords {
    static let table = Keyword<ProxyDraft>(
        "stick-table", in: .namedProxies,
        "type <type> [ len <length> ] size <size> [ expire <time> ] [ nopurge ] [ store <data>,… ]",
        "A table of keys and what is known about them, named like the section."
    ) { proxy, statement in table(&proxy, &statement) }

    static let rule = Keyword<ProxyDraft>(
        "stick", in: .backends,
        "{ on | match | store-request | store-response } <key> [ table <table> ] [ if | unless <condition> ]",
        "Keeps those with the same key on the same server."
    ) { proxy, statement in stick(&proxy, &statement) }

    // MARK: Tables

    private struct TableDraft {
        var keyType: StickTableSettings.KeyType?
        var keyLength = 0
        var size = 0
        var lifetime: Int64 = 0
        var keepsOld = false
        var columns: [StickTableSettings.Column] = []
    }

    private static func table(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var draft = TableDraft()
        if let first = proxy.stickTable {
            statement.alert(
                "stick-table name '\(first.name)' conflicts with table declared in the same section.",
                fix: "keep one 'stick-table' line")
            return statement.skipRest()
        }
        while let word = statement.next() {
            guard take(word, &draft, &statement) else { return statement.skipRest() }
        }
        guard let keyType = draft.keyType else {
            return statement.alert("stick-table: missing type.")
        }
        guard draft.size > 0 else { return statement.alert("stick-table: missing size.") }
        proxy.stickTable = StickTableSettings(
            name: proxy.settings.name, keyType: keyType, keyLength: draft.keyLength,
            size: draft.size, lifetime: draft.lifetime, keepsOld: draft.keepsOld,
            columns: draft.columns)
    }

    /// False: a complaint was made.
    private static func take(
        _ word: Word, _ draft: inout TableDraft, _ statement: inout Statement
    ) -> Bool {
        switch word.text {
        case "type": return takeType(&draft, &statement)
        case "size":
            guard let value = argument(of: word, &statement) else { return false }
            guard case .success(let size) = SizeFormat.parse(value.text), size > 0,
                size <= StickTableSettings.sizeLimit
            else {
                statement.alert(
                    "stick-table: invalid size '\(value.text)', expects 1 to \(StickTableSettings.sizeLimit).",
                    at: value)
                return false
            }
            draft.size = size
        case "expire":
            statement.name = "stick-table expire"
            guard let time = statement.duration() else { return false }
            draft.lifetime = time.nanoseconds
        case "nopurge": draft.keepsOld = true
        case "store":
            guard let value = argument(of: word, &statement) else { return false }
            return takeColumns(value, &draft, &statement)
        case "peers", "recv-only", "write-to":
            statement.alert(
                "stick-table: '\(word.text)' is not supported: tables are not shared with other nodes in this version.",
                at: word,
                fix: "remove '\(word.text)' and its argument: the table works on this node")
            // The table is there all the same: who names it has nothing to be told.
            _ = statement.next()
        case "srvkey":
            guard let value = argument(of: word, &statement) else { return false }
            guard value.text == "name" else {
                statement.alert(
                    "stick-table: 'srvkey \(value.text)' is not supported: servers are told by their numbers.",
                    at: value, fix: "remove 'srvkey'")
                return false
            }
        default:
            statement.alert("stick-table: unknown argument '\(word.text)'.", at: word)
            return false
        }
        return true
    }

    private static func argument(of word: Word, _ statement: inout Statement) -> Word? {
        if let value = statement.next() { return value }
        statement.alert("stick-table: missing argument after '\(word.text)'.", at: word)
        return nil
    }

    private static func takeType(_ draft: inout TableDraft, _ statement: inout Statement) -> Bool {
        guard let word = statement.next(),
            let type = StickTableSettings.KeyType(rawValue: word.text)
        else {
            statement.alert(
                "stick-table: unknown type, expects 'ip', 'ipv6', 'integer', 'string' or 'binary'.")
            return false
        }
        draft.keyType = type
        draft.keyLength =
            switch type {
            case .ip, .integer: 4
            case .ipv6: 16
            case .string, .binary: 32
            }
        guard type == .string || type == .binary, statement.peek?.text == "len" else { return true }
        statement.skip(1)
        guard let word = statement.next(), let length = Int(word.text), length > 0,
            length <= StickTableSettings.keyLimit
        else {
            statement.alert(
                "stick-table: 'len' expects 1 to \(StickTableSettings.keyLimit) bytes.")
            return false
        }
        draft.keyLength = length
        return true
    }

    /// `gpc0,conn_rate(10s),gpc(3),gpc_rate(2,1m)`
    private static func takeColumns(
        _ word: Word, _ draft: inout TableDraft, _ statement: inout Statement
    ) -> Bool {
        for text in items(word.text) {
            let name = String(text.prefix { $0 != "(" })
            let inner = text.drop { $0 != "(" }.dropFirst().dropLast()
            let arguments =
                inner.isEmpty ? [] : inner.split(separator: ",", omittingEmptySubsequences: false)
            guard let data = StickData.allCases.first(where: { $0.name == name }) else {
                let isKnown = name == "glitch_cnt" || name == "glitch_rate"
                statement.alert(
                    isKnown
                        ? "stick-table: data type '\(name)' is not supported: glitches are not counted in this version."
                        : "stick-table: unknown data type '\(name)'.", at: word)
                return false
            }
            let wanted = (data.isRate ? 1 : 0) + (data.isArray ? 1 : 0)
            guard arguments.count == wanted, wanted == 0 || text.hasSuffix(")") else {
                statement.alert(
                    "stick-table: data type '\(name)' expects \(wanted == 0 ? "no argument" : wanted == 2 ? "(<count>,<period>)" : data.isRate ? "(<period>)" : "(<count>)").",
                    at: word)
                return false
            }
            var (count, period) = (1, Int64(0))
            if data.isArray {
                guard let number = Int(arguments[0]),
                    (1...StickTableSettings.arrayLimit).contains(number)
                else {
                    statement.alert(
                        "stick-table: '\(name)' expects 1 to \(StickTableSettings.arrayLimit) elements.",
                        at: word)
                    return false
                }
                count = number
            }
            if data.isRate, let last = arguments.last {
                guard case .success(let time) = TimeFormat.parse(String(last), unit: .milliseconds),
                    time.nanoseconds >= 1_000_000
                else {
                    statement.alert("stick-table: invalid period '\(last)' of '\(name)'.", at: word)
                    return false
                }
                period = time.nanoseconds / 1_000_000
            }
            if draft.columns.contains(where: { $0.data == data }) {
                statement.warn("stick-table: '\(name)' is stored once.", at: word)
                continue
            }
            draft.columns.append(.init(data, count: count, period: period))
        }
        return true
    }

    /// Split at commas outside of parentheses.
    private static func items(_ text: String) -> [String] {
        var items = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                items.append("")
            } else {
                items[items.count - 1].append(character)
            }
        }
        return items.filter { !$0.isEmpty }
    }

    // MARK: Rules

    private static func stick(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let kind = statement.next(),
            ["on", "match", "store-request", "store-response"].contains(kind.text)
        else {
            statement.alert(
                "'stick' expects 'on', 'match', 'store-request', or 'store-response'.")
            return statement.skipRest()
        }
        let place: RulePlace = kind.text == "store-response" ? .httpResponse : .serverChoice
        var draft = RuleLines.makeDraft(proxy, statement, place)
        draft.title = "stick \(kind.text)"
        guard let expression = statement.expression(draft, or: "missing fetch method") else {
            return statement.skipRest()
        }
        var table = proxy.settings.name
        if statement.peek?.text == "table" {
            statement.skip(1)
            guard let word = statement.ruleArgument(draft, or: "missing table name") else { return }
            table = word.text
        }
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        guard
            let condition = RuleLines.condition(
                &statement, drafts.lists, place, "'\(draft.title)' : error detected in condition",
                unexpected: "'\(draft.title)' : expects 'if' or 'unless', but found")
        else { return }
        drafts.rules.sticks.append(
            StickRule(
                expression, table: draft.world.table(table),
                matches: kind.text == "on" || kind.text == "match",
                storesRequest: kind.text == "on" || kind.text == "store-request",
                storesResponse: kind.text == "store-response", if: condition.value))
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules
import StickTables

/// `track-sc*` and the actions on what is tracked, in all rule sets.
enum StickActions {
    static let keywords: [Keyword<RuleDraft>] = [
        Keyword(
            "track-sc*", in: .proxies, "<key> [ table <table> ]",
            "Tracks the entry of a key in a stick table with the counter of that number."
        ) { draft, statement in track(&draft, &statement) },
        increment("sc-inc-gpc*", .gpc, takesIndex: true), increment("sc-inc-gpc0*", .gpc0),
        increment("sc-inc-gpc1*", .gpc1),
        change(
            "sc-add-gpc*", .add, .gpc, takesIndex: true,
            "Adds to a general purpose counter of a tracked entry."),
        change(
            "sc-set-gpt*", .set, .gpt, takesIndex: true,
            "Sets a general purpose tag of a tracked entry."),
        change("sc-set-gpt0*", .set, .gpt0, "Sets the first tag of a tracked entry."),
    ]

    private static func track(_ draft: inout RuleDraft, _ statement: inout Statement) {
        let digits = statement.keyword.text.dropFirst("track-sc".count)
        let limit = draft.world.stickCounters
        guard let slot = UInt8(digits), Int(slot) < limit else {
            return statement.ruleAlert(
                draft, "invalid stick counter '\(digits)', expects 0 to \(limit - 1)",
                fix: "raise 'tune.stick-counters'")
        }
        guard let expression = statement.expression(draft, or: "missing tracking key") else {
            return statement.skipRest()
        }
        var table = draft.world.section
        if statement.peek?.text == "table" {
            statement.skip(1)
            guard let word = statement.ruleArgument(draft, or: "missing table name") else { return }
            table = word.text
        }
        draft.action = .track(
            StickTracking(expression, slot: slot, table: draft.world.table(table)))
    }

    private static func increment(
        _ name: String, _ data: StickData, takesIndex: Bool = false
    ) -> Keyword<RuleDraft> {
        Keyword(
            name, in: .proxies, "", "Counts one more in a general purpose counter that is tracked."
        ) { draft, statement in
            guard let (index, slot) = numbers(draft, &statement, takesIndex) else { return }
            draft.action = .change(
                StickChange(.increment, data, index: index, slot: slot), .number(1))
        }
    }

    private static func change(
        _ name: String, _ kind: StickChange.Kind, _ data: StickData, takesIndex: Bool = false,
        _ summary: String
    ) -> Keyword<RuleDraft> {
        Keyword(name, in: .proxies, "{ <number> | <expr> }", summary) { draft, statement in
            guard let (index, slot) = numbers(draft, &statement, takesIndex) else {
                return statement.skipRest()
            }
            let change = StickChange(kind, data, index: index, slot: slot)
            if let word = statement.peek, let number = Int64(word.text) {
                statement.skip(1)
                guard (0...Int64(UInt32.max)).contains(number) else {
                    return statement.ruleAlert(draft, "invalid integer '\(word.text)'", at: word)
                }
                draft.action = .change(change, .number(number))
                return
            }
            guard let expression = statement.expression(draft, or: "expects a number or a sample")
            else { return statement.skipRest() }
            draft.action = .change(change, .sample(expression))
        }
    }

    /// `(<index>,<counter>)` or `(<counter>)` behind the action's name.
    private static func numbers(
        _ draft: RuleDraft, _ statement: inout Statement, _ takesIndex: Bool
    ) -> (index: UInt8, slot: UInt8)? {
        let text = statement.keyword.text
        let inner = text.drop { $0 != "(" }.dropFirst().dropLast()
        let parts = inner.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard text.hasSuffix(")"), parts.count == (takesIndex ? 2 : 1),
            let slot = parts.last ?? nil, (0..<draft.world.stickCounters).contains(slot),
            let index = takesIndex ? parts[0] : 0,
            (0..<StickTableSettings.arrayLimit).contains(index)
        else {
            statement.ruleAlert(
                draft,
                "invalid stick counter in '\(text)', expects \(takesIndex ? "(<index>,<counter>)" : "(<counter>)") with a counter from 0 to \(draft.world.stickCounters - 1)",
                at: statement.keyword)
            return nil
        }
        return (UInt8(index), UInt8(slot))
    }
}

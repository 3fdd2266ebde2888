import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Actions on the request line and the status line.
enum MessageActions {
    static let request: [Keyword<RuleDraft>] = [
        Keyword("set-method", in: .proxies, "<fmt>", "Another method.") { draft, statement in
            guard
                let template = statement.template(draft, or: "expects exactly 1 argument <format>")
            else { return statement.skipRest() }
            draft.action = .setMethod(template)
        },
        set("set-path", .path, "Another path; the query stays."),
        set("set-pathq", .pathq, "Another path and query."),
        set("set-query", .query, "Another query."),
        set("set-uri", .uri, "Another target as a whole."),
        replace("replace-path", .path, "Replaces a path that a regular expression matches."),
        replace("replace-pathq", .pathq, "The same for path and query."),
        replace("replace-uri", .uri, "The same for the whole target."),
    ]

    private static func set(_ name: String, _ part: TargetPart, _ summary: String) -> Keyword<
        RuleDraft
    > {
        Keyword(name, in: .proxies, "<fmt>", summary) { draft, statement in
            guard
                let template = statement.template(draft, or: "expects exactly 1 argument <format>")
            else { return statement.skipRest() }
            draft.action = .setTarget(part, template)
        }
    }

    private static func replace(_ name: String, _ part: TargetPart, _ summary: String) -> Keyword<
        RuleDraft
    > {
        Keyword(name, in: .proxies, "<regex> <fmt>", summary) { draft, statement in
            let complaint = "expects two arguments <match-regex> and <replace-format>"
            guard let regex = statement.regex(draft, or: complaint),
                let template = statement.template(draft, or: complaint)
            else { return statement.skipRest() }
            draft.action = .replaceTarget(part, Substitution(regex, template))
        }
    }

    static let setStatus = Keyword<RuleDraft>(
        "set-status", in: .proxies, "<status> [ reason <text> ]", "Another status, and its reason."
    ) { draft, statement in
        let complaint = "expects 1 argument: <status>; or 3 arguments: <status> reason <fmt>"
        guard let word = statement.ruleArgument(draft, or: complaint) else { return }
        guard let status = UInt16(word.text), (100...999).contains(status) else {
            statement.ruleAlert(
                draft, "expects an integer status code between 100 and 999", at: word)
            return statement.skipRest()
        }
        // A status below 200 or 101 would change what the message is.
        guard (200...599).contains(status), status != 204, status != 304 else {
            statement.ruleAlert(draft, "a response cannot become '\(status)'", at: word)
            return statement.skipRest()
        }
        var reason = "\(ReasonPhrase.of(Int(status)))"
        if statement.peek?.text == "reason" {
            statement.skip(1)
            guard let text = statement.ruleArgument(draft, or: complaint) else { return }
            reason = String(
                text.text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f })
        }
        draft.action = .setStatus(StatusLine(status: status, reason: Array(reason.utf8)))
    }
}

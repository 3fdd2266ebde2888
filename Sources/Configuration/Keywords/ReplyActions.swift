import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import HTTP
import Rules

/// Actions that answer by themselves: `deny`, `return`, `tarpit`, `redirect`.
enum ReplyActions {
    static let deny = Keyword<RuleDraft>(
        "deny", in: .proxies, "[ deny_status <status> ] [ <reply> ]",
        "Refuses the message with an error."
    ) { draft, statement in
        guard let reply = reply(draft, &statement, status: draft.place == .httpRequest ? 403 : 502)
        else {
            return statement.skipRest()
        }
        draft.action = .deny(reply)
    }

    static let tarpit = Keyword<RuleDraft>(
        "tarpit", in: .proxies, "[ deny_status <status> ] [ <reply> ]",
        "Lets the client wait for 'timeout tarpit', then refuses it."
    ) { draft, statement in
        guard let reply = reply(draft, &statement, status: 500) else { return statement.skipRest() }
        draft.action = .tarpit(reply)
    }

    static let answer = Keyword<RuleDraft>(
        "return", in: .proxies, "[ status <status> ] [ <reply> ]",
        "Answers the request without a server."
    ) { draft, statement in
        guard let reply = reply(draft, &statement, status: 200) else { return statement.skipRest() }
        draft.action = .reply(reply)
    }

    /// `[status <code>] [content-type <type>] [<payload>] [hdr <name> <fmt>]…`
    static func reply(
        _ draft: RuleDraft, _ statement: inout Statement, status standard: Int
    ) -> Reply? {
        var parts = ReplyParts(status: standard)
        while let word = statement.peek, !["if", "unless"].contains(word.text) {
            statement.skip(1)
            guard parts.take(word, draft, &statement) else { return nil }
        }
        return parts.reply(draft, statement)
    }

    static let service = Keyword<RuleDraft>(
        "use-service", in: .proxies, "prometheus-exporter",
        "Answers by a service of this process: metrics in Prometheus' format."
    ) { draft, statement in
        guard let word = statement.ruleArgument(draft, or: "missing service name") else { return }
        guard let service = RuleService(rawValue: word.text) else {
            return statement.ruleAlert(draft, "'\(word.text)' unknown service name", at: word)
        }
        draft.action = .service(service)
    }

    static let redirect = Keyword<RuleDraft>(
        "redirect", in: .proxies,
        "{ location | prefix | scheme } <fmt> [ code <code> ] [ <option> ]",
        "Sends the client somewhere else."
    ) { draft, statement in redirection(&draft, &statement) }

    static func redirection(_ draft: inout RuleDraft, _ statement: inout Statement) {
        var kind: Redirect.Kind?
        var target: Template?
        var status = 302
        var cookie = ""
        var flags: Set<String> = []
        while let word = statement.peek, !["if", "unless"].contains(word.text) {
            statement.skip(1)
            switch word.text {
            case "location", "prefix", "scheme":
                guard
                    let made = statement.template(draft, or: "missing argument for '\(word.text)'")
                else {
                    return statement.skipRest()
                }
                target = made
                kind =
                    word.text == "location" ? .location : word.text == "prefix" ? .prefix : .scheme
            case "code":
                guard let number = statement.ruleArgument(draft, or: "missing argument for 'code'")
                else {
                    return
                }
                guard let value = Int(number.text), [301, 302, 303, 307, 308].contains(value) else {
                    statement.ruleAlert(
                        draft,
                        "'code': unsupported HTTP code '\(number.text)' (must be one of 301, 302, 303, 307 or 308)",
                        at: number)
                    return statement.skipRest()
                }
                status = value
            case "set-cookie", "clear-cookie":
                guard
                    let value = statement.ruleArgument(
                        draft, or: "missing argument for '\(word.text)'")
                else { return }
                cookie = cookieText(value.text, clears: word.text == "clear-cookie")
            case "drop-query", "append-slash", "ignore-empty", "keep-query": flags.insert(word.text)
            default:
                statement.ruleAlert(
                    draft,
                    "expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', 'clear-cookie', 'drop-query', 'ignore-empty' or 'append-slash' (was '\(word.text)')",
                    at: word)
                return statement.skipRest()
            }
        }
        guard let kind, let target else {
            return statement.ruleAlert(
                draft, "redirection type expected ('prefix', 'location', or 'scheme')")
        }
        draft.action = .redirect(
            Redirect(
                kind, target, status: status, dropsQuery: flags.contains("drop-query"),
                keepsQuery: flags.contains("keep-query"),
                appendsSlash: flags.contains("append-slash"),
                ignoresEmpty: flags.contains("ignore-empty"), cookie: cookie))
    }

    private static func cookieText(_ text: String, clears: Bool) -> String {
        clears
            ? "\(text); path=/; Max-Age=0;" : "\(text); path=/;"
    }
}

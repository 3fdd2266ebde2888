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

    /// `[status <code>] [content-type <type>] [string|lf-string|file|lf-file <payload>] [hdr <name> <fmt>]…`
    private static func reply(
        _ draft: RuleDraft, _ statement: inout Statement, status standard: Int
    ) -> Reply? {
        var status = standard
        var type: Word?
        var body = Reply.Body.page
        var bytes: [UInt8] = []
        var fields: [(name: [UInt8], value: Template)] = []
        var hasPayload = false
        var wantsPage = false
        while let word = statement.peek, !["if", "unless"].contains(word.text) {
            statement.skip(1)
            switch word.text {
            case "status", "deny_status":
                guard
                    let number = statement.ruleArgument(
                        draft, or: "'\(word.text)' expects <status_code> as argument")
                else { return nil }
                guard let value = Int(number.text), (200...599).contains(value) else {
                    statement.ruleAlert(
                        draft, "Unexpected status code '\(number.text)'", at: number)
                    return nil
                }
                status = value
            case "content-type":
                guard
                    let word = statement.ruleArgument(
                        draft, or: "'content-type' expects <ctype> as argument")
                else { return nil }
                type = word
            case "string", "lf-string", "file", "lf-file":
                guard
                    let payload = statement.ruleArgument(
                        draft, or: "'\(word.text)' expects <payload> as argument")
                else { return nil }
                hasPayload = true
                guard let made = content(word, payload, draft, statement) else { return nil }
                (body, bytes) = made
            case "hdr":
                guard
                    let name = statement.ruleArgument(
                        draft, or: "'hdr' expects <name> and <value> as arguments"),
                    let value = statement.template(
                        draft, or: "'hdr' expects <name> and <value> as arguments")
                else { return nil }
                fields.append((Array(name.text.utf8), value))
            case "default-errorfiles": wantsPage = true
            case "errorfile":
                guard
                    let path = statement.ruleArgument(
                        draft, or: "'errorfile' expects <file> as argument")
                else { return nil }
                statement.ruleAlert(
                    draft, "'errorfile' is not supported in replies", at: path,
                    fix: "use 'file', or an 'errorfile' line for the status")
                return nil
            case "errorfiles":
                statement.ruleAlert(
                    draft,
                    "'errorfiles' is not supported: http-errors sections are not in this version",
                    at: word, fix: "use 'string' or 'file'")
                return nil
            default:
                // HAProxy takes it for the beginning of the condition, which it is not.
                statement.alert(
                    "'\(draft.title)' expects either 'if' or 'unless' followed by a condition but found '\(word.text)'.",
                    at: word)
                return nil
            }
        }
        if hasPayload, type == nil {
            let isEmpty = if case .bytes = body { bytes.isEmpty } else { false }
            guard isEmpty else {
                statement.ruleAlert(
                    draft, "a content type must be defined when non-empty payload is configured")
                return nil
            }
        }
        if !hasPayload {
            if let type {
                statement.warn(
                    "content-type '\(type.text)' ignored by the http reply because neither errorfile nor payload defined.",
                    at: type)
            }
            // `return` answers with nothing where nothing is said, a refusal with the error page.
            let isRefusal = !draft.title.hasSuffix("return")
            let hasPage = ErrorPages.statuses.contains(status)
            body = wantsPage || isRefusal && fields.isEmpty && hasPage ? .page : .none
        }
        return Reply(
            status: status, contentType: type?.text ?? "", body: body, bytes: bytes, fields: fields)
    }

    private static func content(
        _ kind: Word, _ payload: Word, _ draft: RuleDraft, _ statement: Statement
    ) -> (Reply.Body, [UInt8])? {
        switch kind.text {
        case "string": return (.bytes, payload.bytes)
        case "lf-string": return statement.template(payload, draft).map { (.template($0), []) }
        default:
            guard case .success(let content) = statement.context.file(payload.text) else {
                statement.ruleAlert(
                    draft, "file '\(payload.text)' could not be read", at: payload)
                return nil
            }
            guard content.count <= draft.bufferBytes else {
                statement.ruleAlert(
                    draft, "file '\(payload.text)' exceeds the buffer size (\(draft.bufferBytes))",
                    at: payload)
                return nil
            }
            if kind.text == "file" { return (.bytes, content) }
            let word = Word(bytes: content, range: payload.range)
            return statement.template(word, draft).map { (.template($0), []) }
        }
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

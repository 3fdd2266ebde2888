import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Lines of proxies that hold rules, ACLs and routes (HAProxy manual, sections 4.3, 7 and 10).
enum RuleLines {
    static let keywords: [Keyword<ProxyDraft>] = [
        Keyword(
            "acl", in: .proxies, "<name> <criterion> [ <flags> ] [ <value> ] …",
            "A condition with a name."
        ) { proxy, statement in acl(&proxy, &statement) },
        Keyword(
            "http-request", in: .proxies, "<action> [ if | unless <condition> ]",
            "What is done with a request."
        ) {
            proxy, statement in
            rule(&proxy, &statement, RuleKeywords.httpRequest, .httpRequest, \.httpRequest)
        },
        Keyword(
            "http-response", in: .proxies, "<action> [ if | unless <condition> ]",
            "What is done with a server's response."
        ) {
            proxy, statement in
            rule(&proxy, &statement, RuleKeywords.httpResponse, .httpResponse, \.httpResponse)
        },
        Keyword(
            "http-after-response", in: .proxies, "<action> [ if | unless <condition> ]",
            "What is done with every response, our own ones included."
        ) {
            proxy, statement in
            rule(
                &proxy, &statement, RuleKeywords.httpAfterResponse, .httpAfterResponse,
                \.httpAfterResponse)
        },
        TCPRules.request, TCPRules.response, StickKeywords.table, StickKeywords.rule,
        PersistenceKeywords.cookie, PersistenceKeywords.dynamicKey, PersistenceKeywords.force,
        PersistenceKeywords.ignore,
        Keyword(
            "redirect", in: .namedProxies,
            "{ location | prefix | scheme } <fmt> [ code <code> ] [ if | unless <condition> ]",
            "Sends clients somewhere else, behind all 'http-request' rules."
        ) { proxy, statement in redirect(&proxy, &statement) },
        Keyword(
            "use_backend", in: .frontends, "<backend> [ if | unless <condition> ]",
            "Which backend a request goes to; the name may be a log format."
        ) { proxy, statement in useBackend(&proxy, &statement) },
        Keyword(
            "use-server", in: .backends, "<server> { if | unless } <condition>",
            "Which server a request goes to."
        ) { proxy, statement in useServer(&proxy, &statement) },
        Keyword(
            "monitor", in: .frontends, "fail { if | unless } <condition>",
            "When 'monitor-uri' answers with an error."
        ) { proxy, statement in monitor(&proxy, &statement) },
    ]

    // MARK: Rules

    static func rule(
        _ proxy: inout ProxyDraft, _ statement: inout Statement, _ table: KeywordTable<RuleDraft>,
        _ place: RulePlace, _ list: WritableKeyPath<ProxyRules, [Rule]>
    ) {
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        let family = table.prefix
        var draft = makeDraft(proxy, statement, place)
        if list == \.stats { draft.standardRealm = StatsSettings.standardRealm }
        guard let word = statement.nextKeyword() else {
            return statement.alert(
                "'\(family)' expects \(quoted(table)), but got '' (missing argument).")
        }
        draft.title = "\(family) \(word.text)"
        var isKnown = true
        statement.dispatch(word, through: table, to: &draft) { nearest, statement in
            isKnown = false
            let isOfRequests = list == \.stats && RuleKeywords.httpRequest[word.text] != nil
            statement.alert(
                "'\(family)' expects \(quoted(table)), but got '\(word.text)'.", at: word,
                fix: isOfRequests
                    ? "these decide who sees the page; anything else is 'http-request \(word.text)' with a condition on its path"
                    : nearest.map { "did you mean '\($0)' ?" })
        }
        guard isKnown, let action = draft.action else { return }
        guard
            let condition = condition(
                &statement, drafts.lists, place,
                "error detected while parsing an '\(draft.title)' condition",
                unexpected:
                    "'\(draft.title)' expects either 'if' or 'unless' followed by a condition but found"
            )
        else { return }
        if drafts.isClosed[family] == true {
            statement.warn(
                "previous '\(family)' action is final and has no condition attached, further entries are NOOP.",
                at: statement.line.keyword)
        }
        drafts.isClosed[family] = action.isFinal && condition.value == nil
        if family == "http-request", !drafts.rules.redirects.isEmpty {
            statement.warn(
                "a 'http-request' rule placed after a 'redirect' rule will still be processed before.",
                at: statement.line.keyword)
        }
        guard drafts.rules[keyPath: list].count < RuleList.limit else {
            return statement.alert("more than \(RuleList.limit) rules in one section.")
        }
        proxy.settings.logLines.captures = draft.captures
        drafts.rules[keyPath: list].append(Rule(action, if: condition.value))
    }

    static func makeDraft(
        _ proxy: ProxyDraft, _ statement: Statement, _ place: RulePlace
    ) -> RuleDraft {
        RuleDraft(
            place: place, world: statement.context.expressions, owner: proxy.title,
            standardRealm: proxy.settings.name,
            // Frontends that inherit such a line have the place; `checkHeir` keeps the rules from others.
            mayCapture: proxy.settings.isFrontend || proxy.section == .defaults,
            bufferBytes: statement.context.process.bufferBytes,
            captures: proxy.settings.logLines.captures)
    }

    private static func quoted(_ table: KeywordTable<RuleDraft>) -> String {
        table.entries.filter { $0.status == .implemented }.map {
            "'\($0.name.hasSuffix("*") ? "\($0.name.dropLast())(*)" : $0.name)'"
        }
        .joined(separator: ", ")
    }

    /// A condition, or none; wrapped, because nil means that a complaint was made.
    struct Found { let value: Condition? }

    static func condition(
        _ statement: inout Statement, _ lists: AccessLists, _ place: RulePlace, _ subject: String,
        unexpected: String
    ) -> Found? {
        guard let word = statement.next() else { return Found(value: nil) }
        guard word.text == "if" || word.text == "unless" else {
            statement.alert("\(unexpected) '\(word.text)'.", at: word)
            statement.skipRest()
            return nil
        }
        let words = statement.rest.map(\.text)
        let first = statement.peek ?? word
        statement.skipRest()
        do throws(ExpressionProblem) {
            let (condition, warnings) = try lists.condition(
                words, isNegated: word.text == "unless", at: place)
            for warning in warnings { statement.warn("\(warning)", at: first) }
            return Found(value: condition)
        } catch {
            let names = error.message.hasPrefix("no such ACL") ? lists.names : []
            let wanted = error.message.split(separator: "'").last.map(String.init) ?? ""
            let near = names.isEmpty ? nil : statement.context.suggestion(for: wanted, among: names)
            let isPunctuated = error.message.hasSuffix(".")
            statement.alert(
                "\(subject) : \(error.message)\(isPunctuated ? "" : ".")", at: first,
                fix: error.fix ?? near.map { "did you mean '\($0)' ?" })
            return nil
        }
    }

    // MARK: ACLs

    private static func acl(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        guard let name = statement.next() else {
            return statement.alert("'acl' expects a name and a criterion.")
        }
        if name.text == "or" || name.text == "||" {
            statement.warn(
                "acl name '\(name.text)' will never match. 'or' is used to express a logical OR.",
                at: name)
            return statement.skipRest()
        }
        let words = statement.rest.map(\.text)
        let first = statement.peek ?? name
        statement.skipRest()
        do throws(ExpressionProblem) {
            for warning in try drafts.lists.add(name.text, words) {
                statement.warn(warning, at: first)
            }
            statement.context.expressions.lists = drafts.lists
        } catch {
            statement.alert(
                "error detected while parsing ACL '\(name.text)' : \(error.message).", at: first,
                fix: error.fix)
        }
    }

    // MARK: Other families

    private static func redirect(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        var draft = makeDraft(proxy, statement, .httpRequest)
        draft.title = "redirect"
        ReplyActions.redirection(&draft, &statement)
        guard let action = draft.action,
            let condition = condition(
                &statement, drafts.lists, .httpRequest,
                "error detected in \(proxy.title) while parsing redirect rule : error in condition",
                unexpected: "redirect rule : expects either 'if' or 'unless' but found")
        else { return }
        drafts.rules.redirects.append(Rule(action, if: condition.value))
    }

    private static func useBackend(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        guard let name = statement.argument(or: "'use_backend' expects a backend name.") else {
            return
        }
        guard
            let condition = condition(
                &statement, drafts.lists, .routing, "error detected while parsing switching rule",
                unexpected: "only 'if' and 'unless' are allowed after a switching rule, not")
        else { return }
        var template: Template?
        if name.text.contains("%") {
            var draft = makeDraft(proxy, statement, .routing)
            draft.title = "use_backend"
            guard let made = statement.template(name, draft) else { return }
            template = made
        }
        drafts.backends.append(
            RuleDrafts.Route(name: name, template: template, condition: condition.value))
    }

    private static func useServer(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        guard let name = statement.argument(or: "'use-server' expects a server name.") else {
            return
        }
        guard let word = statement.peek, ["if", "unless"].contains(word.text) else {
            return statement.alert(
                "'use-server' requires either 'if' or 'unless' followed by a condition.")
        }
        guard
            let condition = condition(
                &statement, drafts.lists, .serverChoice,
                "error detected while parsing switching rule",
                unexpected:
                    "'use-server' requires either 'if' or 'unless' followed by a condition, not")
        else { return }
        var template: Template?
        if name.text.contains("%") {
            var draft = makeDraft(proxy, statement, .serverChoice)
            draft.title = "use-server"
            guard let made = statement.template(name, draft) else { return }
            template = made
        }
        drafts.servers.append(
            RuleDrafts.Route(name: name, template: template, condition: condition.value))
    }

    private static func monitor(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        guard let word = statement.next(), word.text == "fail" else {
            return statement.alert("'monitor' only supports 'fail'.")
        }
        guard let next = statement.peek, ["if", "unless"].contains(next.text) else {
            return statement.alert(
                "'monitor fail' requires either 'if' or 'unless' followed by a condition.")
        }
        let found = condition(
            &statement, drafts.lists, .routing,
            "error detected while parsing a 'monitor fail' condition", unexpected: "")
        if let condition = found?.value { drafts.rules.monitorFail.append(condition) }
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// `stats …` of a proxy; any of these lines switches the page on, as in HAProxy.
enum StatsKeywords {
    static let table = KeywordTable<StatsSettings>(
        prefix: "stats",
        [
            Keyword("enable", in: .proxies, "", "Shows the statistics page.") { _, statement in
                statement.skipRest()
            },
            Keyword("uri", in: .proxies, "<prefix>", "Where the page is.") { stats, statement in
                guard let word = statement.argument(or: "'uri' needs an URI prefix.") else {
                    return
                }
                stats.uri = word.text
            },
            Keyword(
                "auth", in: .proxies, "<user>:<password>",
                "Who may see the page; one line for each."
            ) { stats, statement in
                guard let word = statement.argument(or: "'auth' needs a user:password account.")
                else { return }
                let parts = word.text.split(
                    separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let password = parts.count == 2 ? String(parts[1]) : ""
                stats.credentials.append(
                    StatsCredential(user: String(parts[0]), password: password))
            },
            Keyword(
                "realm", in: .proxies, "<realm>",
                "What a browser shows when it asks for a password."
            ) {
                stats, statement in
                guard let word = statement.argument(or: "'realm' needs an realm name.") else {
                    return
                }
                stats.realm = word.text
                statement.finish()
            },
            Keyword("refresh", in: .proxies, "<delay>", "How often the page loads itself anew.") {
                stats, statement in
                statement.name = "stats refresh"
                guard let delay = statement.duration(unit: .seconds) else { return }
                stats.refresh = delay == .zero ? nil : delay
                statement.finish()
            },
            Keyword("show-node", in: .proxies, "[ <name> ]", "Shows the name of the node.") {
                stats, statement in stats.showNode = statement.next()?.text ?? ""
            },
            Keyword("show-desc", in: .proxies, "[ <text> ]", "Shows a description.") {
                stats, statement in stats.showDescription = statement.takeText()
            },
            Keyword("show-legends", in: .proxies, "", "Shows details in tool tips.") {
                stats, statement in
                stats.showLegends = true
                statement.finish()
            },
            Keyword("show-version", in: .proxies, "", "Shows our version (the default).") {
                stats, statement in
                stats.hidesVersion = false
                statement.finish()
            },
            Keyword("hide-version", in: .proxies, "", "Does not show our version.") {
                stats, statement in
                stats.hidesVersion = true
                statement.finish()
            },
            Keyword("scope", in: .proxies, "{ <name> | . }", "Shows only these proxies.") {
                stats, statement in
                guard let word = statement.argument(or: "'scope' needs a proxy name.") else {
                    return
                }
                stats.scope.append(word.text)
            },
            Keyword(
                "admin", in: .namedProxies, "{ if | unless } <condition>",
                "Lets the page change states of servers; one line that holds is enough."
            ) { _, statement in statement.skipRest() },
        ],
        [
            Keyword(
                "http-request", in: .proxies,
                "{ allow | deny | auth [ realm <realm> ] } [ if | unless <condition> ]",
                "Who may see the page."
            ) { _, statement in statement.skipRest() }
        ])

    /// Carries out a `stats` line of a proxy.
    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        if word?.text == "http-request" {
            if proxy.settings.stats == nil { proxy.settings.stats = StatsSettings() }
            return RuleLines.rule(
                &proxy, &statement, RuleKeywords.stats, .httpRequest, \.stats)
        }
        if word?.text == "admin", proxy.section != .defaults { return admin(&proxy, &statement) }
        var stats = proxy.settings.stats ?? StatsSettings()
        statement.dispatch(
            word ?? statement.keyword, through: table, to: &stats
        ) { nearest, statement in
            statement.alert(
                "unknown stats parameter '\(word?.text ?? "")', expects 'admin', 'uri', 'realm', 'auth', 'scope', 'enable', 'hide-version', 'show-node', 'show-desc' or 'show-legends'.",
                fix: nearest.map { "did you mean 'stats \($0)' ?" })
        }
        proxy.settings.stats = stats
    }

    /// Carries out `stats admin`. What holds always is a setting; anything else is asked for each request of the page.
    private static func admin(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var stats = proxy.settings.stats ?? StatsSettings()
        defer { proxy.settings.stats = stats }
        // HAProxy takes an empty condition for one that never holds: nobody means that.
        guard let next = statement.peek, ["if", "unless"].contains(next.text),
            statement.rest.count > 1
        else {
            statement.skipRest()
            return statement.alert(
                "'stats admin' requires either 'if' or 'unless' followed by a condition.")
        }
        switch statement.rest.map(\.text) {
        case ["if", "TRUE"], ["unless", "FALSE"]:
            stats.isAdmin = true
            return statement.skipRest()
        case ["if", "FALSE"], ["unless", "TRUE"]: return statement.skipRest()
        default: break
        }
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        defer { proxy.rules = drafts }
        guard drafts.rules.statsAdmin.count < RuleList.limit else {
            return statement.alert("more than \(RuleList.limit) rules in one section.")
        }
        let found = RuleLines.condition(
            &statement, drafts.lists, .httpRequest,
            "error detected while parsing a 'stats admin' rule", unexpected: "")
        if let condition = found?.value { drafts.rules.statsAdmin.append(condition) }
    }
}

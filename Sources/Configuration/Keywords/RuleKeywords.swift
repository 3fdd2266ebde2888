import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// HAProxy's rule sets: what may stand behind `http-request` and its relatives. Actions that are not there
/// yet are listed by name, so that a message and the documentation can say so.
enum RuleKeywords {
    static let httpRequest = KeywordTable<RuleDraft>(
        prefix: "http-request",
        [
            RuleActions.simple("allow", "Ends the rules: the request goes on.", .allow),
            ReplyActions.deny, ReplyActions.answer, ReplyActions.redirect,
            RuleActions.simple("reject", "Closes the connection without an answer.", .reject),
        ], RuleActions.fields, MessageActions.request, RuleActions.variables, StickActions.keywords,
        RuleActions.logging,
        [RuleActions.capture, ReplyActions.service], refused(httpCounters + httpRequestRest))

    static let httpResponse = KeywordTable<RuleDraft>(
        prefix: "http-response",
        [
            RuleActions.simple("allow", "Ends the rules: the response goes on.", .allow),
            ReplyActions.deny, ReplyActions.answer, ReplyActions.redirect,
            MessageActions.setStatus,
        ], RuleActions.fields, RuleActions.variables, StickActions.keywords, RuleActions.logging,
        [RuleActions.capture],
        refused(
            httpCounters
                + "cache-store pause send-spoe-group set-bandwidth-limit set-timeout wait-for-body")
    )

    static let httpAfterResponse = KeywordTable<RuleDraft>(
        prefix: "http-after-response",
        [
            RuleActions.simple("allow", "Ends the rules: the response goes on.", .allow),
            MessageActions.setStatus,
        ], RuleActions.fields, RuleActions.variables, StickActions.keywords, RuleActions.logging,
        [RuleActions.capture],
        refused(httpCounters))

    static let groups: [KeywordCatalog.Group] =
        [
            KeywordCatalog.Group(title: "http-request", entries: httpRequest.entries),
            KeywordCatalog.Group(title: "http-response", entries: httpResponse.entries),
            KeywordCatalog.Group(title: "http-after-response", entries: httpAfterResponse.entries),
        ] + TCPRules.groups

    static let counters = """
         do-log set-fc-mark set-fc-tos set-mark set-tos\u{20}
        """

    private static let httpCounters =
        counters + """
             silent-drop add-acl* add-headers-bin del-acl* del-headers-bin del-map* set-headers-bin set-map*\u{20}
            """

    private static let httpRequestRest = """
        auth cache-use disable-l7-retry do-resolve* early-hint normalize-uri pause
        send-spoe-group set-bandwidth-limit
        set-bc-mark set-bc-tos set-dst set-dst-port
        set-priority-class set-priority-offset set-retries set-src set-src-port
        set-timeout tarpit wait-for-body wait-for-handshake
        """

    static func refused(_ names: String) -> [Keyword<RuleDraft>] {
        var seen: Set<String> = []
        return Keyword<RuleDraft>.refused(
            names, in: .proxies, because: Reason.rules, wayOut: Reason.rulesWayOut
        ).filter { seen.insert($0.entry.name).inserted }
    }
}

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
            StreamActionKeywords.waitForBody, StreamActionKeywords.pause,
            StreamActionKeywords.handshake, StreamActionKeywords.setTimeout,
        ], StreamActionKeywords.tarpitAndDrop, TCPRules.addresses,
        StreamActionKeywords.sockets, StreamActionKeywords.request, StreamActionKeywords.numbers,
        RuleActions.fields, MessageActions.request, RuleActions.variables, StickActions.keywords,
        RuleActions.logging, PatternActions.keywords,
        [RuleActions.capture, ReplyActions.service], refused(httpCounters + httpRequestRest))

    static let stats = KeywordTable<RuleDraft>(
        prefix: "stats http-request",
        [
            RuleActions.simple("allow", "Shows the page.", .allow),
            ReplyActions.deny,
        ] + StreamActionKeywords.tarpitAndDrop.filter { $0.entry.name == "auth" })

    static let httpResponse = KeywordTable<RuleDraft>(
        prefix: "http-response",
        [
            RuleActions.simple("allow", "Ends the rules: the response goes on.", .allow),
            ReplyActions.deny, ReplyActions.answer, ReplyActions.redirect,
            MessageActions.setStatus, StreamActionKeywords.waitForBody,
            StreamActionKeywords.pause, StreamActionKeywords.setTimeout,
            RuleActions.simple(
                "silent-drop", "Closes the connection without telling the client.", .silentDrop),
        ], StreamActionKeywords.sockets, RuleActions.fields, RuleActions.variables,
        StickActions.keywords, RuleActions.logging, PatternActions.keywords,
        [RuleActions.capture],
        refused(
            httpCounters
                + "cache-store send-spoe-group set-bandwidth-limit")
    )

    static let httpAfterResponse = KeywordTable<RuleDraft>(
        prefix: "http-after-response",
        [
            RuleActions.simple("allow", "Ends the rules: the response goes on.", .allow),
            MessageActions.setStatus,
        ], RuleActions.fields, RuleActions.variables, StickActions.keywords, RuleActions.logging,
        PatternActions.keywords, [RuleActions.capture],
        refused(httpCounters))

    static let groups: [KeywordCatalog.Group] =
        [
            KeywordCatalog.Group(title: "http-request", entries: httpRequest.entries),
            KeywordCatalog.Group(title: "http-response", entries: httpResponse.entries),
            KeywordCatalog.Group(title: "http-after-response", entries: httpAfterResponse.entries),
            KeywordCatalog.Group(title: "stats http-request", entries: stats.entries),
        ] + TCPRules.groups

    static let counters = """
         do-log\u{20}
        """

    private static let httpCounters =
        counters + """
             add-headers-bin del-headers-bin set-headers-bin\u{20}
            """

    private static let httpRequestRest = """
        cache-use do-resolve* send-spoe-group set-bandwidth-limit set-bc-mark set-bc-tos
        """

    static func refused(_ names: String) -> [Keyword<RuleDraft>] {
        var seen: Set<String> = []
        return Keyword<RuleDraft>.refused(
            names, in: .proxies, because: Reason.rules, wayOut: Reason.rulesWayOut
        ).filter { seen.insert($0.entry.name).inserted }
    }
}

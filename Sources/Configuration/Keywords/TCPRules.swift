import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// `tcp-request` and `tcp-response` (HAProxy manual, sections 4.2 and 4.3).
enum TCPRules {
    static let request = Keyword<ProxyDraft>(
        "tcp-request", in: .proxies,
        "{ connection | session | content } <action> [ if | unless <condition> ]",
        "What is done with a connection, and with the first bytes on it; 'inspect-delay <time>': how long they are waited for."
    ) { proxy, statement in request(&proxy, &statement) }

    static let response = Keyword<ProxyDraft>(
        "tcp-response", in: .serverSide, "content <action> [ if | unless <condition> ]",
        "What is done with a server's first bytes; 'inspect-delay <time>': how long they are waited for."
    ) { proxy, statement in response(&proxy, &statement) }

    // MARK: Actions

    private static let drop = RuleActions.simple(
        "silent-drop", "Closes the connection and tells the client nothing.", .silentDrop)

    static let connection = KeywordTable<RuleDraft>(
        prefix: "tcp-request connection",
        [
            RuleActions.simple("accept", "Ends the rules: the connection is taken.", .allow),
            RuleActions.simple("reject", "Closes the connection.", .reject), drop, expectProxy,
        ], RuleActions.variables, StickActions.keywords, addresses, StreamActionKeywords.sockets,
        RuleKeywords.refused(RuleKeywords.counters))

    static let session = KeywordTable<RuleDraft>(
        prefix: "tcp-request session",
        [
            RuleActions.simple("accept", "Ends the rules: the session begins.", .allow),
            RuleActions.simple("reject", "Closes the connection.", .reject), drop,
        ], RuleActions.variables, StickActions.keywords, addresses, StreamActionKeywords.sockets,
        RuleKeywords.refused(RuleKeywords.counters + "attach-srv"))

    static let content = KeywordTable<RuleDraft>(
        prefix: "tcp-request content",
        [
            RuleActions.simple("accept", "Ends the rules: the bytes may go on.", .allow),
            RuleActions.simple("reject", "Closes the connection.", .reject), drop, nice,
            RuleActions.logLevel, RuleActions.capture,
        ], RuleActions.variables, StickActions.keywords, StreamActionKeywords.sockets,
        StreamActionKeywords.numbers,
        [
            Keyword<RuleDraft>.refused(
                "switch-mode", in: .proxies, because: "a connection keeps the mode of its frontend",
                wayOut: "use 'mode http' in the frontend"),
            Keyword<RuleDraft>.refused(
                "set-src set-src-port set-dst set-dst-port", in: .proxies,
                because: "addresses are known before the first byte",
                wayOut: "use 'tcp-request session' rules"),
        ].flatMap { $0 },
        RuleKeywords.refused(
            RuleKeywords.counters + """
                 do-resolve* send-spoe-group set-bandwidth-limit set-bc-mark set-bc-tos
                 use-service
                """))

    static let responseContent = KeywordTable<RuleDraft>(
        prefix: "tcp-response content",
        [
            RuleActions.simple("accept", "Ends the rules: the bytes may go on.", .allow),
            RuleActions.simple("reject", "Closes both connections.", .reject),
            RuleActions.simple(
                "close", "Closes the server's connection; the client gets what has come.", .close),
            drop, nice, RuleActions.logLevel,
        ], RuleActions.variables, StickActions.keywords, StreamActionKeywords.sockets,
        RuleKeywords.refused(
            RuleKeywords.counters + "send-spoe-group set-bandwidth-limit"))

    static let groups: [KeywordCatalog.Group] = [connection, session, content, responseContent].map
    {
        KeywordCatalog.Group(title: $0.prefix, entries: $0.entries)
    }

    private static let nice = Keyword<RuleDraft>(
        "set-nice", in: .proxies, "<number>", "Accepted: this engine treats all streams alike."
    ) { draft, statement in
        let complaint = "expects exactly 1 argument (integer value)"
        guard statement.ruleArgument(draft, or: complaint) != nil else { return }
        draft.action = .nothing
    }

    private static let expectProxy = Keyword<RuleDraft>(
        "expect-proxy", in: .proxies, "layer4", "A PROXY header comes before anything else."
    ) { draft, statement in
        let complaint = "only 'layer4' is supported after 'expect-proxy'"
        guard let word = statement.ruleArgument(draft, or: complaint) else { return }
        guard word.text == "layer4" else {
            return statement.ruleAlert(draft, complaint, at: word)
        }
        draft.action = .expectProxyHeader
    }

    /// `set-src <expr>` and its relatives.
    static let addresses: [Keyword<RuleDraft>] = [
        address(.source, "Takes a sample for the client's address."),
        address(.sourcePort, "Takes a sample for the client's port."),
        address(.destination, "Takes a sample for the address that the client connected to."),
        address(.destinationPort, "Takes a sample for the port that the client connected to."),
    ]

    private static func address(_ part: AddressPart, _ summary: String) -> Keyword<RuleDraft> {
        Keyword("set-\(part.rawValue)", in: .proxies, "<expr>", summary) { draft, statement in
            guard let expression = statement.expression(draft, or: "missing fetch method") else {
                return statement.skipRest()
            }
            draft.action = .setAddress(part, expression)
        }
    }

    // MARK: Lines

    private static func request(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let expected =
            "'tcp-request' expects 'inspect-delay', 'connection', or 'content' in \(proxy.title)"
        guard let word = statement.next() else { return statement.alert("\(expected) (got '')") }
        switch word.text {
        case "inspect-delay": delay(&proxy, &statement, "tcp-request", \.requestDelay)
        case "connection" where mayListen(proxy, &statement, word):
            RuleLines.rule(&proxy, &statement, connection, .tcpConnection, \.tcpConnection)
        case "session" where mayListen(proxy, &statement, word):
            RuleLines.rule(&proxy, &statement, session, .tcpSession, \.tcpSession)
        case "content": RuleLines.rule(&proxy, &statement, content, .tcpContent, \.tcpContent)
        case "connection", "session": statement.skipRest()
        default:
            statement.alert("\(expected) (got '\(word.text)')", at: word)
            statement.skipRest()
        }
    }

    private static func mayListen(
        _ proxy: ProxyDraft, _ statement: inout Statement, _ word: Word
    ) -> Bool {
        if proxy.settings.isFrontend || proxy.section == .defaults { return true }
        statement.alert(
            "tcp-request \(word.text) is not allowed because \(proxy.title) is not a frontend",
            at: word, fix: "move the rule to the frontend, or use 'tcp-request content'")
        return false
    }

    private static func response(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let expected = "'tcp-response' expects 'inspect-delay' or 'content' in \(proxy.title)"
        guard let word = statement.next() else { return statement.alert("\(expected) (got '')") }
        switch word.text {
        case "inspect-delay": delay(&proxy, &statement, "tcp-response", \.responseDelay)
        case "content":
            RuleLines.rule(&proxy, &statement, responseContent, .tcpResponse, \.tcpResponse)
        default:
            statement.alert("\(expected) (got '\(word.text)')", at: word)
            statement.skipRest()
        }
    }

    private static func delay(
        _ proxy: inout ProxyDraft, _ statement: inout Statement, _ family: String,
        _ path: WritableKeyPath<ProxyRules, Int64>
    ) {
        statement.name = "\(family) inspect-delay"
        let complaint =
            "'\(family) inspect-delay' expects a positive delay in milliseconds, in \(proxy.title)"
        guard let time = statement.duration(or: complaint) else { return }
        var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
        drafts.rules[keyPath: path] = time.nanoseconds
        proxy.rules = drafts
    }
}

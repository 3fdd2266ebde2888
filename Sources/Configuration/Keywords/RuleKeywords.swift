/// The actions of HAProxy's rule sets. All of them come with the HTTP engine; they are listed by name so that
/// a message and the documentation can say so.
enum RuleKeywords {
    static let groups: [KeywordCatalog.Group] = [
        group("http-request", http + httpRequest),
        group("http-response", http + httpResponse),
        group("http-after-response", http + "set-status allow"),
        group("tcp-request connection", tcp + "accept reject expect-proxy set-src set-src-port"),
        group(
            "tcp-request session", tcp + "accept reject attach-srv set-src set-src-port"),
        group("tcp-request content", tcp + tcpContent),
        group(
            "tcp-response content",
            tcp + "accept reject close send-spoe-group set-bandwidth-limit set-log-level set-nice"),
    ]

    private static let counters = """
         sc-add-gpc* sc-inc-gpc* sc-inc-gpc0* sc-inc-gpc1* sc-set-gpt* sc-set-gpt0* track-sc*
         do-log set-var* set-var-fmt* unset-var* set-fc-mark set-fc-tos set-mark set-tos
         silent-drop\u{20}
        """

    private static let http =
        counters + """
             add-acl* add-header add-headers-bin allow capture del-acl* del-header del-headers-bin
             del-map* replace-header replace-value set-header set-headers-bin set-log-level
             set-map* strict-mode\u{20}
            """

    private static let httpRequest = """
        auth cache-use deny disable-l7-retry do-resolve* early-hint normalize-uri pause redirect
        reject replace-path replace-pathq replace-uri return send-spoe-group set-bandwidth-limit
        set-bc-mark set-bc-tos set-dst set-dst-port set-method set-nice set-path set-pathq
        set-priority-class set-priority-offset set-query set-retries set-src set-src-port
        set-timeout set-uri tarpit use-service wait-for-body wait-for-handshake
        """

    private static let httpResponse = """
        cache-store deny pause redirect return send-spoe-group set-bandwidth-limit set-nice
        set-status set-timeout wait-for-body
        """

    private static let tcp = counters + "set-dst set-dst-port "

    private static let tcpContent = """
        accept reject capture do-resolve* send-spoe-group set-bandwidth-limit set-bc-mark
        set-bc-tos set-log-level set-nice set-priority-class set-priority-offset set-retries
        set-src set-src-port switch-mode use-service
        """

    private static func group(_ title: String, _ names: String) -> KeywordCatalog.Group {
        var seen: Set<String> = []
        let keywords = Keyword<Void>.refused(
            names, in: .proxies, because: Reason.rules, wayOut: Reason.rulesWayOut)
        return KeywordCatalog.Group(
            title: title, entries: keywords.map(\.entry).filter { seen.insert($0.name).inserted })
    }
}

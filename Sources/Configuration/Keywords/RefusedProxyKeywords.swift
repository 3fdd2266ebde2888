/// Lines of proxies that are known and not carried out: each with its reason and the way out.
enum RefusedProxyKeywords {
    static let all: [Keyword<ProxyDraft>] = later + removed + accepted

    private static let later =
        Keyword<ProxyDraft>.refused(
            """
            log-steps
            filter filter-sequence force-be-switch
            """, in: .proxies, because: Reason.rules, wayOut: Reason.rulesWayOut)
        + Keyword.refused(
            """
            persist
            """, in: .proxies, because: Reason.persistence, wayOut: Reason.persistenceWayOut)
        + Keyword.refused(
            """
            email-alert
            be-unpublished hash-preserve-affinity
            """, in: .proxies, because: Reason.operators, wayOut: Reason.operatorsWayOut)
        + Keyword.refused(
            "compression", in: .proxies, because: "compression is not in this version",
            wayOut: "remove the line: responses are passed on as the server sent them")
        + Keyword.refused(
            "use-fcgi-app", in: .proxies, because: Reason.notPlanned,
            wayOut: Reason.notPlannedWayOut)
        + Keyword.refused(
            "ssl-f-use", in: .proxies, because: "bind lines say which certificates there are",
            wayOut: "use 'crt' or 'crt-list' on them")
        + Keyword.refused(
            "dispatch transparent", in: .proxies, because: Reason.notPlanned,
            wayOut: "name the servers with 'server' lines")

    private static let removed =
        Keyword<ProxyDraft>.refused(
            "contimeout", in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut: "use 'timeout connect'")
        + Keyword.refused(
            "clitimeout", in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut: "use 'timeout client'")
        + Keyword.refused(
            "srvtimeout", in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut: "use 'timeout server'")
        + Keyword.refused(
            "redispatch", in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut: "use 'option redispatch'")
        + Keyword.refused(
            """
            reqadd reqallow reqdel reqdeny reqiallow reqidel reqideny reqipass reqirep reqitarpit
            reqpass reqrep reqtarpit rspadd rspdel rspdeny rspidel rspideny rspirep rsprep block
            """, in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut:
                "'http-request' and 'http-response' took its place")
        + Keyword.refused(
            "appsession", in: .proxies, because: "HAProxy removed it in 1.6",
            wayOut:
                "use 'stick store-response res.cook(NAME)' with 'stick match req.cook(NAME)', or 'cookie'"
        )
        + Keyword.refused(
            "monitor-net", in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut: Reason.operatorsWayOut)
        + Keyword.refused(
            "grace", in: .proxies, because: "HAProxy moved it to 'global'",
            wayOut: "put 'grace' into the 'global' section")

    private static let accepted =
        Keyword<ProxyDraft>.accepted("bind-process", in: .proxies, because: Reason.threads)
        + Keyword.accepted("guid", in: .namedProxies, because: Reason.guid)
}

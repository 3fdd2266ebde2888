import ConfigurationLanguage
import Core
import Diagnostics

/// `option …` and `no option …`
enum OptionKeywords {
    typealias Flag = any WritableKeyPath<ProxyOptions, Bool> & Sendable

    static let table = KeywordTable<ProxyDraft>(
        prefix: "option", flags, logging, connection, checks, ServiceCheckKeywords.all,
        Keyword.accepted(
            "contstats", in: .proxies,
            because: "bytes of long transfers are counted on their way anyway"),
        Keyword.accepted(
            "http-no-delay", in: .proxies, because: "what is there is sent at once anyway"),
        Keyword.accepted("use-small-buffers", in: .proxies, because: Reason.tuning),
        Keyword.refused(
            "nolinger", in: .proxies,
            because: "the kernel sends what is left when a connection ends",
            wayOut: "use 'tcp-ut' on bind and server lines, which bounds how long it tries"),
        Keyword.refused(
            "independent-streams", in: .proxies,
            because: "bytes in either direction prolong the time of a connection",
            wayOut: "remove the line; 'timeout tunnel' bounds long sessions"),
        Keyword.refused(
            "accept-invalid-http-response accept-unsafe-violations-in-http-response",
            in: .proxies,
            because: "an answer that breaks the protocol may mean something else to the client",
            wayOut: "remove the line; 'show errors' tells what a server does wrong"),
        Keyword.refused(
            "h1-case-adjust-bogus-client h1-case-adjust-bogus-server", in: .proxies,
            because: Reason.fieldCase, wayOut: Reason.fieldCaseWayOut),
        Keyword.refused(
            "http-drop-request-trailers http-drop-response-trailers", in: .proxies,
            because: "trailers are passed on as they came", wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "http-use-proxy-header", in: .proxies,
            because: "'Proxy-Connection' is a field like any other",
            wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "checkcache", in: .proxies,
            because: "answers are not searched for cookies that caches may keep",
            wayOut: "use 'http-response deny' with conditions on 'cache-control' and 'set-cookie'"),
        Keyword.refused(
            "spop-check", in: .serverSide, because: Reason.notPlanned,
            wayOut: "use 'option tcp-check' or 'option httpchk'"),
        Keyword.refused(
            "disable-h2-upgrade", in: .proxies, because: "HTTP/2 is not in this version",
            wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "transparent http_proxy", in: .proxies, because: Reason.notPlanned,
            wayOut: "name the servers in a backend"),
        Keyword.refused(
            "http-tunnel", in: .proxies, because: "HAProxy removed it in 2.1",
            wayOut: "just remove it, it shouldn't be needed"),
        Keyword.refused(
            "forceclose", in: .proxies, because: "HAProxy removed it in 2.0",
            wayOut: "just remove it, or use 'option httpclose' if absolutely needed"),
        Keyword.refused(
            "http-use-htx", in: .proxies, because: "HAProxy removed it in 2.2",
            wayOut: "just remove it"))

    private static let flags: [Keyword<ProxyDraft>] = [
        flag(
            "persist", .serverSide, \.persist,
            "Clients stay on their server even where it is down; see 'option redispatch'."),
        flag("dontlognull", .clientSide, \.dontLogNull, "Connections without data are not logged."),
        flag(
            "dontlog-normal", .clientSide, \.dontLogNormal,
            "Connections that went well are not logged."),
        flag(
            "log-separate-errors", .clientSide, \.logSeparateErrors,
            "Lines about errors have level 'err'."),
        flag(
            "logasap", .clientSide, \.logAsap,
            "A line is written when the response begins, not when it ends."),
        flag(
            "http-ignore-probes", .clientSide, \.httpIgnoreProbes,
            "Connections that end without a request get no answer and no line."),
        flag(
            "abortonclose", .proxies, \.abortOnClose,
            "A client that ends its side before the answer begins has given up."),
        flag(
            "accept-unsafe-violations-in-http-request", .clientSide, \.acceptsRequestViolations,
            "Takes '#' and bytes above 127 in targets, and a Host that is not the target's; nothing that says where a request ends."
        ),
        flag(
            "accept-invalid-http-request", .clientSide, \.acceptsRequestViolations,
            "The same, in the words of HAProxy 2.6."),
        flag(
            "idle-close-on-response", .clientSide, \.idleCloseOnResponse,
            "A soft stop lets idle connections ask once more and closes with the answer."),
        flag(
            "prefer-last-server", .serverSide, \.preferLastServer,
            "A client stays on a server while it has a connection of its own there: with 'http-reuse never'."
        ),
        flag(
            "socket-stats", .clientSide, \.socketStats,
            "Statistics have a row for each bind line, too."),
        flag("log-health-checks", .serverSide, \.logHealthChecks, "Changes of a check are logged."),
        flag(
            "http-pretend-keepalive", .serverSide, \.pretendsKeepAlive,
            "Servers are not told that their connection is closed after the response."),
        Keyword(
            "http-restrict-req-hdr-names", in: .proxies, "preserve",
            "Names of fields with bytes beyond letters, digits and '-' are passed on (the default)."
        ) { proxy, statement in
            let word = statement.next()
            switch word?.text {
            case _ where statement.isNegated: break
            case "preserve": break
            case "delete", "reject":
                statement.alert(
                    "'option http-restrict-req-hdr-names \(word?.text ?? "")' is not supported: such fields are passed on.",
                    at: word, fix: "use 'http-request del-header <regex> -m reg', or 'deny'")
            default:
                statement.alert(
                    "'option http-restrict-req-hdr-names' expects 'preserve', 'reject' or 'delete' as argument.",
                    at: word)
            }
            statement.finish()
        },
        flag("clitcpka", .clientSide, \.tcpKeepAliveClient, "TCP keep-alive towards clients."),
        flag("srvtcpka", .serverSide, \.tcpKeepAliveServer, "TCP keep-alive towards servers."),
        flag(
            "http-buffer-request", .proxies, \.buffersRequest,
            "Rules run when the whole body is there, or as much as a buffer holds."),
        Keyword(
            "tcp-smart-accept", in: .clientSide, "",
            "The first acknowledgement waits for the answer: one packet less. By itself in HTTP mode."
        ) { proxy, statement in
            proxy.settings.options.tcpSmartAccept = statement.form == .plain
            statement.finish()
        },
        flag(
            "tcp-smart-connect", .serverSide, \.tcpSmartConnect,
            "The handshake with a server ends together with the request: one packet less."),
        flag("splice-request", .proxies, \.spliceRequest, "Requests' data stays in the kernel."),
        flag("splice-response", .proxies, \.spliceResponse, "Responses' data stays in the kernel."),
        flag("splice-auto", .proxies, \.spliceAuto, "Data stays in the kernel where that pays."),
        Keyword("tcpka", in: .proxies, "", "TCP keep-alive on both sides.") { proxy, statement in
            proxy.settings.options.tcpKeepAliveClient = !statement.isNegated
            proxy.settings.options.tcpKeepAliveServer = !statement.isNegated
            statement.finish()
        },
        Keyword(
            "allbackups", in: .serverSide, "",
            "All backup servers are used at once, not the first alone."
        ) { proxy, statement in
            proxy.settings.allBackups = !statement.isNegated
            statement.finish()
        },
    ]

    private static let logging: [Keyword<ProxyDraft>] = [
        Keyword(
            "httplog", in: .proxies, "[ clf | json ]",
            "Log lines describe a request; 'json' writes the same as an object."
        ) { proxy, statement in
            var style = ProxyDraft.LogStyle.http
            if let word = statement.next() {
                switch word.text {
                case "clf": style = .clf
                case "json": style = .json
                default:
                    statement.alert(
                        "keyword 'httplog' only supports option 'clf'.", at: word,
                        fix: "write 'clf', 'json' or nothing")
                    return statement.skipRest()
                }
            }
            proxy.setLogStyle(statement.isNegated ? .none : style, statement)
            statement.finish()
        },
        Keyword("httpslog", in: .proxies, "", "Log lines describe a request and its TLS.") {
            proxy, statement in
            proxy.setLogStyle(statement.isNegated ? .none : .https, statement)
            statement.finish()
        },
        Keyword("tcplog", in: .proxies, "", "Log lines describe a connection.") {
            proxy, statement in
            proxy.setLogStyle(statement.isNegated ? .none : .tcp, statement)
            statement.finish()
        },
    ]

    private static let connection: [Keyword<ProxyDraft>] = [
        mode("http-keep-alive", .keepAlive, "Connections stay open on both sides (the default)."),
        mode(
            "http-server-close", .serverClose, "The server's connection is closed after a response."
        ),
        mode("httpclose", .close, "Both connections are closed after a response."),
        Keyword(
            "forwardfor", in: .proxies, "[ except <net> ] [ header <name> ] [ if-none ]",
            "Adds X-Forwarded-For with the client's address."
        ) { proxy, statement in
            if statement.isNegated {
                proxy.settings.options.forwardFor = nil
                return statement.finish()
            }
            proxy.settings.options.forwardFor = addressField(
                "forwardfor", ForwardForSettings(), mayDependOnClient: true, &statement)
        },
        Keyword(
            "originalto", in: .proxies, "[ except <net> ] [ header <name> ]",
            "Adds X-Original-To with the address that the client connected to."
        ) { proxy, statement in
            if statement.isNegated {
                proxy.settings.options.originalTo = nil
                return statement.finish()
            }
            proxy.settings.options.originalTo = addressField(
                "originalto", ForwardForSettings(header: "X-Original-To"), &statement)
        },
        ForwardedKeyword.keyword,
        Keyword(
            "redispatch", in: .serverSide, "[ <interval> ]",
            "The last retry, or every Nth, may go to another server."
        ) { proxy, statement in
            proxy.settings.redispatch = statement.isNegated ? 0 : -1
            guard !statement.isNegated, let word = statement.peek else { return statement.finish() }
            guard let every = Int(word.text), abs(every) <= 1_000_000 else {
                statement.alert("invalid number '\(word.text)' in 'option redispatch'", at: word)
                return statement.skipRest()
            }
            statement.skip(1)
            proxy.settings.redispatch = every
            statement.finish()
        },
    ]

    private static let checks: [Keyword<ProxyDraft>] = [
        Keyword(
            "httpchk", in: .serverSide, "[ <method> ] [ <uri> ] [ <version> ]",
            "Checks send a request and look at the status of the response."
        ) { proxy, statement in CheckKeywords.httpchk(&proxy, &statement) },
        Keyword("tcp-check", in: .serverSide, "", "Checks follow the rules of 'tcp-check'.") {
            proxy, statement in
            proxy.check.kind = statement.isNegated ? .connect : .tcpScript
            statement.finish()
        },
        Keyword("external-check", in: .serverSide, "", "Checks are done by a program.") {
            proxy, statement in
            guard statement.form == .plain else {
                return statement.alert(
                    "negation/default is not supported for option 'external-check'.")
            }
            proxy.check.kind = .external
            statement.finish()
        },
    ]

    private static func flag(
        _ name: String, _ sections: SectionSet, _ path: Flag, _ summary: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: sections, "", summary) { proxy, statement in
            proxy.settings.options[keyPath: path] = statement.form == .plain
            statement.finish()
        }
    }

    private static func mode(
        _ name: String, _ mode: ProxyOptions.ConnectionMode, _ summary: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: .proxies, "", summary) { proxy, statement in
            if statement.form == .plain {
                proxy.settings.options.connectionMode = mode
            } else if proxy.settings.options.connectionMode == mode {
                proxy.settings.options.connectionMode = .keepAlive
            }
            statement.finish()
        }
    }

    /// The words behind `option forwardfor` and `option originalto`; only the first may say `if-none`.
    private static func addressField(
        _ option: String, _ settings: ForwardForSettings, mayDependOnClient: Bool = false,
        _ statement: inout Statement
    ) -> ForwardForSettings {
        var settings = settings
        while let word = statement.nextKeyword() {
            switch word.text {
            case "except":
                guard
                    let network = statement.argument(
                        or: "'option \(option) except' expects <address>[/mask] as argument.")
                else { break }
                guard let prefix = NetworkSyntax.prefix(network.text) else {
                    statement.alert(
                        "invalid network '\(network.text)' in 'option \(option) except'.",
                        at: network)
                    break
                }
                settings.except.append(prefix)
            case "header":
                guard
                    let name = statement.argument(
                        or: "'option \(option) header' expects <header_name> as argument.")
                else { break }
                settings.header = name.text
            case "if-none" where mayDependOnClient: settings.ifNone = true
            default:
                let values =
                    mayDependOnClient ? "'except', 'header' and 'if-none'" : "'except' and 'header'"
                statement.alert("'option \(option)' only supports optional values: \(values).")
                statement.skipRest()
            }
        }
        return settings
    }

    /// Carries out an `option` line.
    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.nextKeyword() else {
            return statement.alert("'option' expects an option name.")
        }
        statement.name = "option \(word.text)"
        if let found = table[word.text] {
            guard statement.form == .plain || allowsNegation(found.entry) else {
                statement.alert("negation/default is not supported for option '\(word.text)'.")
                return statement.skipRest()
            }
            if let missing = ProxyKeywords.missingSide(of: found.entry.sections, in: proxy) {
                statement.warn(
                    "'\(word.text)' ignored because \(proxy.title) has no \(missing) capability.")
                return statement.skipRest()
            }
        }
        statement.dispatch(word, through: table, to: &proxy) { nearest, statement in
            if statement.form != .plain {
                return statement.alert(
                    "negation/default is not supported for option '\(word.text)'.")
            }
            let hint = nearest.map { "; did you mean '\($0)' maybe ?" } ?? "."
            statement.alert("unknown option '\(word.text)'\(hint)")
        }
    }

    private static func allowsNegation(_ entry: KeywordEntry) -> Bool {
        ![
            "httpchk", "tcp-check", "smtpchk", "mysql-check", "pgsql-check", "redis-check",
            "ldap-check", "ssl-hello-chk",
        ].contains(entry.name)
    }
}

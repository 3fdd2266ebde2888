import ConfigurationLanguage
import Core
import Diagnostics

/// Lines of `defaults`, `frontend`, `backend` and `listen` sections (HAProxy manual, section 4).
enum ProxyKeywords {
    static let table = KeywordTable<ProxyDraft>(
        general, clientSide, serverSide, families, RuleLines.keywords, LogFormatKeywords.all,
        CaptureKeywords.all, ErrorFiles.keywords, TCPKeywords.proxy, RefusedProxyKeywords.all)

    private static let general: [Keyword<ProxyDraft>] = [
        Keyword("mode", in: .proxies, "{ tcp | http }", "What the connections carry.") {
            proxy, statement in mode(&proxy, &statement)
        },
        Keyword(
            "id", in: .namedProxies, "<number>", "The number that tools see; by itself from 2 on."
        ) {
            proxy, statement in
            let word = statement.peek
            guard statement.integer(in: 1...Int(Int32.max), or: "custom id has to be > 0.") != nil
            else { return statement.skipRest() }
            proxy.forcedID = word
            statement.finish()
        },
        Keyword(
            "description", in: .namedProxies, "<text>", "A description for the statistics page."
        ) {
            proxy, statement in
            let text = statement.takeText()
            if text.isEmpty { statement.alert("'description' expects a string argument.") }
            proxy.settings.description = text
        },
        Keyword("disabled", in: .proxies, "", "The section does not run.") { proxy, statement in
            proxy.settings.isDisabled = true
            statement.finish()
        },
        Keyword("enabled", in: .proxies, "", "Takes back an inherited 'disabled'.") {
            proxy, statement in
            proxy.settings.isDisabled = false
            statement.finish()
        },
        Keyword(
            "log", in: .proxies, "{ global | \(LogLines.arguments) }",
            "Where log lines go; 'no log' forgets inherited ones."
        ) {
            proxy, statement in log(&proxy, &statement)
        },
        Keyword("log-tag", in: .proxies, "<text>", "The program's name in log lines.") {
            proxy, statement in
            guard let word = statement.argument(or: "'log-tag' expects a tag for use in syslog.")
            else { return }
            proxy.settings.logTag = word.text
            statement.finish()
        },
    ]

    private static let clientSide: [Keyword<ProxyDraft>] = [
        Keyword(
            "bind", in: .frontends, "[<address>]:<port>[, …] [ <options> ]",
            "Where connections are accepted."
        ) {
            proxy, statement in BindKeywords.apply(&proxy, &statement)
        },
        Keyword("default_backend", in: .clientSide, "<backend>", "Where requests go.") {
            proxy, statement in
            guard let word = statement.argument(or: "'default_backend' expects a backend name.")
            else { return }
            proxy.defaultBackendName = word
            statement.finish()
        },
        Keyword("maxconn", in: .clientSide, "<number>", "Connections of a frontend at once.") {
            proxy, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            proxy.settings.maxConnections = number == 0 ? nil : number
            statement.finish()
        },
        Keyword(
            "load-server-state-from-file", in: .proxies, "{ global | local | none }",
            "Servers begin as a file of 'show servers state' says."
        ) {
            proxy, statement in
            let sources: [String: ServerStateSource] = [
                "global": .global, "local": .local, "none": .none,
            ]
            let word = statement.next()
            guard let word, let source = sources[word.text] else {
                return statement.alert(
                    "'load-server-state-from-file' expects 'global', 'local' or 'none'. Got '\(word?.text ?? "")'",
                    at: word)
            }
            proxy.serverStates = source
            statement.finish()
        },
        Keyword(
            "server-state-file-name", in: .serverSide, "[ <file> | use-backend-name ]",
            "The file of one backend; without a name, the backend's name."
        ) {
            proxy, statement in
            let word = statement.next()
            proxy.serverStateFile = word?.text == "use-backend-name" ? nil : word?.text
            statement.finish()
        },
        Keyword(
            "rate-limit", in: .clientSide, "sessions <number>",
            "New connections a second; more wait to be accepted."
        ) {
            proxy, statement in
            guard let word = statement.next(), word.text == "sessions" else {
                statement.alert("'rate-limit' only supports 'sessions'.")
                return statement.skipRest()
            }
            statement.name = "rate-limit sessions"
            guard let number = statement.integer() else { return statement.skipRest() }
            proxy.settings.sessionRateLimit = number == 0 ? nil : number
            statement.finish()
        },
        Keyword(
            "monitor-uri", in: .clientSide, "<uri>",
            "Requests for it are answered with 200 while the process works."
        ) { proxy, statement in
            guard let word = statement.argument(or: "'monitor-uri' expects an URI.") else { return }
            proxy.settings.monitorURI = word.text
            statement.finish()
        },
        Keyword(
            "max-session-srv-conns", in: .clientSide, "<number>",
            "Idle server connections that a client may have for itself; 5 by itself."
        ) { proxy, statement in
            guard
                let number = statement.integer(
                    in: -1...1000,
                    or: "'max-session-srv-conns' expects a number between -1 and 1000.")
            else { return statement.skipRest() }
            proxy.settings.maxOwnServers = number
            statement.finish()
        },
        Keyword("backlog", in: .clientSide, "<number>", "Connections that may wait to be accepted.")
        {
            proxy, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            proxy.settings.backlog = number == 0 ? nil : number
            statement.finish()
        },
    ]

    private static let serverSide: [Keyword<ProxyDraft>] = [
        Keyword("server", in: .backends, "<name> <address>[:<port>] [ <options> ]", "A server.") {
            proxy, statement in ServerKeywords.apply(&proxy, &statement)
        },
        Keyword(
            "server-template", in: .backends,
            "<prefix> { <number> | <first>-<last> } <address>[:<port>] [ <options> ]",
            "The same server several times: with 'resolvers' each takes one address of the name."
        ) {
            proxy, statement in ServerKeywords.applyTemplate(&proxy, &statement)
        },
        Keyword(
            "default-server", in: .serverSide, "<options>", "Options for the servers that follow."
        ) {
            proxy, statement in ServerKeywords.applyDefault(&proxy, &statement)
        },
        Keyword("balance", in: .serverSide, "<algorithm>", "How a server is chosen.") {
            proxy, statement in BalanceKeywords.apply(&proxy, &statement)
        },
        Keyword(
            "hash-type", in: .serverSide, "map-based|consistent [function [avalanche]]",
            "How balance algorithms hash; functions: sdbm, djb2, wt6, crc32."
        ) {
            proxy, statement in BalanceKeywords.hashType(&proxy, &statement)
        },
        Keyword(
            "hash-balance-factor", in: .serverSide, "<percent>",
            "Most of its share that a server holds with 'hash-type consistent'; 0: no limit."
        ) {
            proxy, statement in BalanceKeywords.balanceFactor(&proxy, &statement)
        },
        Keyword(
            "retries", in: .serverSide, "<number>", "How often a failed connection is tried again."
        ) {
            proxy, statement in
            guard
                let number = statement.integer(
                    in: 0...1_000_000,
                    or: "'retries' expects an integer argument (dispatch counts for one).")
            else { return statement.skipRest() }
            proxy.settings.retries = number
            statement.finish()
        },
        Keyword(
            "source", in: .serverSide, "<address>[:<port>]",
            "The address that connections to servers come from, where a server names no own."
        ) {
            proxy, statement in
            guard let source = SourceAddress.take(&statement) else { return statement.skipRest() }
            proxy.settings.source = source.address
            statement.finish()
        },
        Keyword(
            "retry-on", in: .serverSide, "{ none | <failure> … }",
            "Which failures let a request be sent again; after a connection came about only where its method is idempotent."
        ) {
            proxy, statement in retryOn(&proxy, &statement)
        },
        Keyword(
            "fullconn", in: .serverSide, "<number>",
            "The load at which servers reach their 'maxconn'."
        ) {
            proxy, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            proxy.settings.fullConnections = number == 0 ? nil : number
            statement.finish()
        },
        Keyword(
            "http-reuse", in: .serverSide, "{ never | safe | aggressive | always }",
            "Which requests may use an idle server connection."
        ) {
            proxy, statement in
            let complaint = "'http-reuse' only supports 'never', 'safe', 'aggressive', 'always'."
            guard let word = statement.argument(or: complaint) else { return }
            guard let reuse = HTTPReuse(rawValue: word.text) else {
                return statement.alert(complaint, at: word)
            }
            proxy.settings.httpReuse = reuse
            statement.finish()
        },
        Keyword(
            "http-send-name-header", in: .serverSide, "<field>",
            "Each server is told its own name in this field; what was there before is removed."
        ) { proxy, statement in serverNameHeader(&proxy, &statement) },
        Keyword(
            "max-keep-alive-queue", in: .serverSide, "<number>",
            "With 'option prefer-last-server': how many may wait for a server that clients still stay on; -1: no limit."
        ) { proxy, statement in
            guard
                let number = statement.integer(
                    in: -1...Int(Int32.max),
                    or: "'max-keep-alive-queue' expects expects an integer value (or -1 to disable)"
                )
            else { return statement.skipRest() }
            proxy.settings.maxKeepAliveQueue = number
            statement.finish()
        },
        Keyword(
            "external-check", in: .serverSide, "{ command <program> | path <directories> }",
            "The program that checks servers, and its 'PATH'."
        ) { proxy, statement in ExternalCheckKeywords.apply(&proxy, &statement) },
        Keyword("http-check", in: .serverSide, "<rule>", "What an HTTP check sends and expects.") {
            proxy, statement in CheckKeywords.httpCheck(&proxy, &statement)
        },
        Keyword("tcp-check", in: .serverSide, "<rule>", "What a TCP check sends and expects.") {
            proxy, statement in CheckKeywords.tcpCheck(&proxy, &statement)
        },
    ]

    /// Lines whose second word decides; each has a table of its own.
    private static let families: [Keyword<ProxyDraft>] = [
        Keyword("timeout", in: .proxies, "<event> <time>", "How long to wait.") {
            proxy, statement in
            TimeoutKeywords.apply(&proxy, &statement)
        },
        Keyword("option", in: .proxies, "<name>", "Switches; 'no option' switches off.") {
            proxy, statement in OptionKeywords.apply(&proxy, &statement)
        },
        Keyword("stats", in: .proxies, "<setting>", "The statistics page.") { proxy, statement in
            StatsKeywords.apply(&proxy, &statement)
        },
    ]

    /// Carries out one line of a section.
    static func apply(
        _ line: Line, to proxy: inout ProxyDraft, word: String, context: ReadingContext
    ) {
        var statement = Statement(
            line, sectionWord: word, section: proxy.section, context: context)
        if statement.form != .plain, !["option", "log"].contains(statement.keyword.text) {
            return statement.alert(Self.negationComplaint)
        }
        let keyword = statement.keyword
        if let entry = table[keyword.text]?.entry, case .refused = entry.status {
        } else if let entry = table[keyword.text]?.entry,
            !statement.checkPlace(of: entry, in: proxy)
        {
            return
        }
        statement.dispatch(keyword, through: table, to: &proxy) { nearest, statement in
            let hint = nearest.map { "; did you mean '\($0)' maybe ?" } ?? ""
            let isGlobal = GlobalKeywords.table[keyword.text].map { !$0.entry.isRefused } ?? false
            statement.alert(
                "unknown keyword '\(keyword.text)' in '\(word)' section\(hint)",
                fix: isGlobal ? "'\(keyword.text)' belongs in the 'global' section" : nil)
        }
    }

    static let negationComplaint =
        "negation/default currently supported only for options, log, busy-polling, set-dumpable, strict-limits, insecure-fork-wanted and numa-cpu-mapping."

    /// The side that a keyword needs and the section lacks: `frontend`, `backend` or nil.
    static func missingSide(of sections: SectionSet, in proxy: ProxyDraft) -> String? {
        guard sections.isDisjoint(with: proxy.section) else { return nil }
        switch proxy.section {
        case .frontend: return "backend"
        case .backend: return "frontend"
        default: return nil
        }
    }
}

extension Statement {
    /// Keywords that defaults hand on only by name.
    private static let ruled: Set<String> = [
        "acl", "http-request", "http-response", "http-after-response", "tcp-request",
        "tcp-response",
    ]

    /// Whether a keyword may stand in the proxy's section; if not, it is reported as HAProxy does.
    func checkPlace(of entry: KeywordEntry, in proxy: ProxyDraft) -> Bool {
        if section == .defaults, proxy.settings.name.isEmpty, Statement.ruled.contains(entry.name),
            peek?.text != "inspect-delay"
        {
            alert(
                "'\(entry.name)' not allowed in anonymous 'defaults' section.",
                fix: "give the section a name, and ask for it with 'from'")
            return false
        }
        guard entry.sections.isDisjoint(with: section) else { return true }
        if section == .defaults {
            alert("'\(entry.name)' not allowed in 'defaults' section.")
            return false
        }
        let missing = ProxyKeywords.missingSide(of: entry.sections, in: proxy) ?? "such"
        if entry.name == "server" || entry.name == "server-template" {
            alert(
                "'\(entry.name)' not allowed because \(proxy.title) has no \(missing) capability.",
                fix: "put the servers into a 'backend' or use 'listen'")
        } else {
            let hint = entry.name == "maxconn" ? " Maybe you want 'fullconn' instead ?" : ""
            warn(
                "'\(entry.name)' ignored because \(proxy.title) has no \(missing) capability.\(hint)"
            )
        }
        return false
    }
}

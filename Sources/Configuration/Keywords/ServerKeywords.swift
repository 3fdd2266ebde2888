import ConfigurationLanguage
import Core
import Diagnostics

/// `server` and `default-server` lines (HAProxy manual, section 5.2).
enum ServerKeywords {
    static let table = KeywordTable<ServerDraft>(
        prefix: "server", load, ServerConnectionKeywords.all, TCPKeywords.server,
        ServerCheckKeywords.all,
        ServerWatchKeywords.all, TLSServerKeywords.all, ServerNameKeywords.all, pool, place,
        Keyword.accepted(
            "no-check-reuse-pool no-check-sni-auto no-renegotiate", in: .serverSide,
            because: "it is the default, and its opposite is not in this version"),
        Keyword.accepted(
            "shard/1", in: .serverSide,
            because: "stick tables are not shared with other nodes in this version"),
        Keyword.accepted(
            "log-bufsize/1", in: .serverSide,
            because: "it is for 'mode log', which is not part of this product"),
        Keyword.accepted("idle-ping/1", in: .serverSide, because: Reason.idlePing),
        Keyword.accepted("guid/1", in: .serverSide, because: Reason.guid),
        Keyword.accepted(
            "pool-low-conn/1", in: .serverSide,
            because:
                "a worker takes an idle connection of another only where it has none and a new one would be one too many"
        ),
        Keyword.refused(
            "strict-maxconn", in: .serverSide,
            because: "idle connections do not count for 'maxconn'",
            wayOut: "use 'http-reuse never', or a smaller 'maxconn' and 'pool-max-conn'"),
        Keyword.refused(
            "allow-0rtt ktls/1 quic-cc-algo/1 npn/1", in: .serverSide, because: Reason.tlsRest,
            wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "renegotiate", in: .serverSide,
            because: "nothing is ever renegotiated, and TLS 1.3 has given it up",
            wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "check-sni-auto", in: .serverSide,
            because: "checks do not take their name from the request that they send",
            wayOut: "say it with 'check-sni <name>'"),
        Keyword.refused(
            "proto/1 check-proto/1 ws/1", in: .serverSide, because: "HTTP/2 is not in this version",
            wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            """
            usesrc/1
            set-proxy-v2-tlv-fmt/1 proxy-v2-options/1
            healthcheck/1 check-reuse-pool check-pool-conn-name/1 pool-conn-name/1
            """, in: .serverSide, because: Reason.operators, wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "socks4/1 check-via-socks4 namespace/1 log-proto/1 tcp-md5sig/1", in: .serverSide,
            because: Reason.notPlanned, wayOut: Reason.operatorsWayOut))

    private static let load: [Keyword<ServerDraft>] = [
        PersistenceKeywords.server,
        Keyword("weight", in: .serverSide, "<number>", "Its share of the load, 0 to 256.") {
            server, statement in
            guard let word = statement.argument(or: "'weight' expects an integer argument.") else {
                return
            }
            guard let weight = Int(word.text) else {
                return statement.alert(
                    "'weight' expects an integer argument, found '\(word.text)'.", at: word)
            }
            guard (0...256).contains(weight) else {
                return statement.alert(
                    "weight of server \(server.settings.name) is not within 0 and 256 (\(weight)).",
                    at: word)
            }
            server.settings.weight = weight
        },
        Keyword("maxconn", in: .serverSide, "<number>", "Connections of it at once; 0: no limit.") {
            server, statement in
            statement.name = "maxconn"
            if let number = statement.integer() { server.settings.maxConnections = number }
        },
        Keyword(
            "minconn", in: .serverSide, "<number>",
            "Connections of it at once while the backend has little to do; grows to 'maxconn' with the load."
        ) {
            server, statement in
            statement.name = "minconn"
            if let number = statement.integer() { server.settings.minConnections = number }
        },
        Keyword(
            "maxqueue", in: .serverSide, "<number>",
            "Requests that may wait for it; more go to another server. 0: no limit."
        ) {
            server, statement in
            statement.name = "maxqueue"
            if let number = statement.integer() { server.settings.maxQueue = number }
        },
        Keyword(
            "redir", in: .serverSide, "<prefix>",
            "GET and HEAD are answered with a redirection to this prefix and the request's path."
        ) { server, statement in
            guard let word = statement.argument(or: "'redir' expects <prefix> as argument.") else {
                return
            }
            guard word.bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                return statement.alert(
                    "'redir' : '\(word.text)' cannot be the beginning of a URL.", at: word)
            }
            // HAProxy manual, `redir`: with `/` the client is sent to the same path.
            server.settings.redirectPrefix = word.text == "/" ? "" : word.text
        },
        Keyword("backup", in: .serverSide, "", "Is used when all others are down.") { server, _ in
            server.settings.isBackup = true
        },
        Keyword("disabled", in: .serverSide, "", "Starts in maintenance.") { server, _ in
            server.settings.startsDisabled = true
        },
        Keyword("enabled", in: .serverSide, "", "Takes back 'disabled' of 'default-server'.") {
            server, _ in server.settings.startsDisabled = false
        },
        Keyword("no-backup", in: .serverSide, "", "Takes back 'backup' of 'default-server'.") {
            server, _ in server.settings.isBackup = false
        },
        Keyword("non-stick", in: .serverSide, "", "Stick tables never remember it.") { server, _ in
            server.settings.isRemembered = false
        },
        Keyword("stick", in: .serverSide, "", "Takes back 'non-stick' of 'default-server'.") {
            server, _ in server.settings.isRemembered = true
        },
        Keyword(
            "hash-key", in: .serverSide, "<key>",
            "What its places with 'hash-type consistent' follow: id, id32, addr or addr-port."
        ) { server, statement in
            let complaint = "'hash-key' expects 'id', 'id32', 'addr' or 'addr-port' value."
            guard let word = statement.argument(or: complaint) else { return }
            guard let key = ServerSettings.HashKey(rawValue: word.text) else {
                return statement.alert(
                    word.text == "guid"
                        ? "'hash-key guid' is not supported: \(Reason.guid)." : complaint,
                    at: word, fix: word.text == "guid" ? "use 'hash-key addr-port'" : nil)
            }
            server.settings.hashKey = key
        },
    ]

    private static let pool: [Keyword<ServerDraft>] = [
        number("pool-max-conn", -1, "Idle connections that are kept; -1: no limit.") {
            $0.settings.poolMaxConnections = $1
        },
        number("max-reuse", -1, "How often a connection is used again; -1: no limit.") {
            $0.settings.maxReuse = $1
        },
        Keyword(
            "pool-purge-delay", in: .serverSide, "<time>",
            "How often half of the idle connections are closed."
        ) {
            server, statement in
            statement.name = "pool-purge-delay"
            if let time = statement.duration() { server.settings.poolPurgeDelay = time }
        },
    ]

    private static let place: [Keyword<ServerDraft>] = [
        Keyword("id", in: .backends, "<number>", "The number that tools see; by itself from 1 on.")
        {
            server, statement in
            guard let word = statement.argument(or: "'id' : expects an integer argument") else {
                return
            }
            guard let number = Int(word.text), number > 0, number <= Int32.max else {
                return statement.alert("'id' : custom id has to be > 0.", at: word)
            }
            server.settings.id = number
            server.forcedID = word
        },
        Keyword(
            "init-addr", in: .serverSide, "<methods>",
            "Where the address comes from: last, libc, none or an address."
        ) {
            server, statement in
            guard let word = statement.argument(or: "'init-addr' expects a list of methods") else {
                return
            }
            var methods: [ServerDraft.InitialAddress] = []
            for method in word.text.split(separator: ",") {
                switch method {
                case "last": methods.append(.last)
                case "libc": methods.append(.libc)
                case "none": methods.append(.none)
                default:
                    guard let address = IPAddress(method) else {
                        return statement.alert(
                            "'init-addr' : unknown init-addr method '\(method)', supported methods are 'libc', 'last', 'none'.",
                            at: word)
                    }
                    methods.append(.address(address))
                }
            }
            server.initialAddress = methods
        },
    ]

    private static func number(
        _ name: String, _ least: Int, _ summary: String,
        set: @escaping @Sendable (inout ServerDraft, Int) -> Void
    ) -> Keyword<ServerDraft> {
        Keyword(name, in: .serverSide, "<number>", summary) { server, statement in
            statement.name = name
            guard
                let value = statement.integer(
                    in: least...Int(Int32.max), or: "'\(name)' must be >= \(least)")
            else { return }
            set(&server, value)
        }
    }

    // MARK: Lines

    /// Carries out a `default-server` line.
    static func applyDefault(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        if statement.isAtEnd {
            return statement.alert("'default-server' expects options as arguments.")
        }
        statement.subject = "'default-server' : "
        var draft = proxy.defaultServer
        options(of: &draft, &statement, hint: " Hint: no address was expected for this server.")
        proxy.defaultServer = draft
    }

    /// Carries out a `server` line.
    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let name = statement.next(), let address = statement.next() else {
            statement.alert("'server' expects <name> and <addr>[:<port>] as arguments.")
            return statement.skipRest()
        }
        guard
            let draft = draft(named: name, address, in: proxy, word: "server", &statement)
        else { return }
        if let id = draft.forcedID {
            if let other = proxy.serverIDs[draft.settings.id] {
                statement.alert(
                    "'id' : custom id \(draft.settings.id) already used at \(other.file):\(other.line)",
                    at: id)
            }
            proxy.serverIDs[draft.settings.id] = statement.line.range
        }
        append(draft, to: &proxy)
    }

    /// Servers that one `server-template` line may make.
    static let templateLimit = 65_536

    /// Carries out a `server-template` line: the same server under several names.
    static func applyTemplate(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let prefix = statement.next(), let count = statement.next(),
            let address = statement.next()
        else {
            statement.alert(
                "'server-template' expects <prefix> <nb | range> <addr>[:<port>] as arguments.")
            return statement.skipRest()
        }
        guard let numbers = templateNumbers(count.text) else {
            statement.alert(
                "Wrong server-template number or range arg '\(count.text)'.", at: count,
                fix: "write a number or a range like 1-8, of \(templateLimit) servers at most")
            return statement.skipRest()
        }
        guard
            let template = draft(
                named: prefix, address, in: proxy, word: "server-template", &statement)
        else { return }
        for number in numbers {
            var draft = template
            draft.settings.name = "\(prefix.text)\(number)"
            append(draft, to: &proxy)
        }
    }

    /// `8` is 1 to 8, `3-8` what it says.
    private static func templateNumbers(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard let last = ends.last ?? nil, let first = ends.count == 1 ? 1 : ends.first ?? nil,
            ends.count <= 2, first >= 0, last >= max(first, 1), last - first < templateLimit
        else { return nil }
        return first...last
    }

    /// Reads the address and the options of a line; nil where the name cannot be one.
    private static func draft(
        named name: Word, _ address: Word, in proxy: ProxyDraft, word: String,
        _ statement: inout Statement
    ) -> ServerDraft? {
        if let wrong = name.text.first(where: { !ReaderNames.isNameCharacter($0) }) {
            statement.alert(
                "character '\(wrong)' is not permitted in server name '\(name.text)'.", at: name)
            statement.skipRest()
            return nil
        }
        var draft = proxy.defaultServer
        draft.settings.name = name.text
        draft.settings.range = statement.line.range
        draft.forcedID = nil
        draft.pendingName = nil
        statement.subject = "'\(word) \(proxy.settings.name)/\(name.text)' : "
        ServerAddresses.apply(address, to: &draft, statement)
        options(of: &draft, &statement, hint: "")
        TLSServerKeywords.finish(&draft, statement)
        return draft
    }

    private static func append(_ draft: ServerDraft, to proxy: inout ProxyDraft) {
        let server = proxy.settings.servers.count
        if var pending = draft.pendingName {
            // With name servers to ask, a name that is not known yet is no reason not to start.
            pending.methods =
                draft.initialAddress
                ?? (draft.resolversName == nil ? [.last, .libc] : [.last, .libc, .none])
            proxy.pendingNames[server] = pending
        }
        if let name = draft.resolversName, draft.settings.hostName != nil {
            proxy.resolversNames.append((server, name))
        }
        if let target = draft.tracks { proxy.tracks.append((server, target)) }
        proxy.settings.servers.append(draft.finished)
    }

    private static func options(
        of draft: inout ServerDraft, _ statement: inout Statement, hint: String
    ) {
        statement.dispatchOptions(through: table, to: &draft) { nearest, word, statement in
            let suggestion = nearest.map { "; did you mean '\($0)' maybe ?" } ?? ""
            statement.alert("unknown keyword '\(word.text)'\(suggestion)\(hint)", at: word)
        }
    }
}

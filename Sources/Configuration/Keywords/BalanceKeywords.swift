import Balancing
import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// `balance …` and `hash-type …`
enum BalanceKeywords {
    static let table = KeywordTable<ProxyDraft>(
        prefix: "balance",
        [
            algorithm("roundrobin", .roundRobin, "Each server in turn, by weight."),
            algorithm(
                "static-rr", .staticRoundRobin, "As 'roundrobin'; weights are fixed at the start."),
            algorithm("leastconn", .leastConnections, "The server with the fewest connections."),
            algorithm("first", .first, "The first server with a free place, by id."),
            algorithm("source", .source, "By a hash of the client's address."),
            Keyword(
                "uri", in: .serverSide, "[len N] [depth N] [whole] [path-only]",
                "By a hash of the target up to its '?'."
            ) { $0.settings.balance = uri(&$1) ?? $0.settings.balance },
            Keyword(
                "url_param", in: .serverSide, "<name> [check_post]",
                "By a hash of a parameter of the query, or of the body of a POST; in turn without it."
            ) { $0.settings.balance = parameter(&$1) ?? $0.settings.balance },
            Keyword(
                "hdr*", in: .serverSide, "(name) [use_domain_only]",
                "By a hash of a header field; in turn without it."
            ) { $0.settings.balance = header(&$1) ?? $0.settings.balance },
            Keyword(
                "hash", in: .serverSide, "<expression>",
                "By a hash of a sample; in turn where it gives none."
            ) { $0.settings.balance = expression($0, &$1) ?? $0.settings.balance },
            Keyword(
                "rdp-cookie", in: .serverSide, "", "As 'rdp-cookie(mstshash)'."
            ) { $0.settings.balance = remoteDesktop($0, &$1) ?? $0.settings.balance },
            Keyword(
                "rdp-cookie*", in: .serverSide, "(name)",
                "By a hash of a cookie of remote desktops; in turn without it."
            ) { $0.settings.balance = remoteDesktop($0, &$1) ?? $0.settings.balance },
            Keyword(
                "random", in: .serverSide, "", "As 'random(2)'."
            ) { $0.settings.balance = random(&$1) ?? $0.settings.balance },
            Keyword(
                "random*", in: .serverSide, "(draws)",
                "The least loaded of 'draws' servers drawn by weight."
            ) { $0.settings.balance = random(&$1) ?? $0.settings.balance },
        ],
        Keyword.refused(
            "log-hash sticky", in: .serverSide, because: "'mode log' is not part of this product",
            wayOut: Reason.notPlannedWayOut))

    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.nextKeyword() else {
            proxy.settings.balance = .roundRobin
            return
        }
        statement.name = "balance \(word.text)"
        // Only the word with its parenthesis is one: 'hdr' alone names no field.
        guard word.text != "hdr" else { return unknown(nil, statement) }
        statement.dispatch(word, through: table, to: &proxy, unknown: unknown)
    }

    private static func unknown(_ nearest: String?, _ statement: Statement) {
        statement.alert(
            "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', 'hdr(name)' and 'rdp-cookie(name)' options.",
            fix: nearest.map { "did you mean '\($0)' ?" })
    }

    /// `hash-type <method> [<function> [avalanche]]`
    static func hashType(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var method = HashMethod()
        switch statement.next()?.text {
        case "map-based": break
        case "consistent": method.isConsistent = true
        default:
            statement.alert("'hash-type' only supports 'consistent' and 'map-based'.")
            return statement.skipRest()
        }
        if let word = statement.next() {
            guard let function = functions[word.text] else {
                statement.alert(
                    "'hash-type' only supports 'sdbm', 'djb2', 'crc32', or 'wt6' hash functions.",
                    at: word)
                return statement.skipRest()
            }
            method.function = function
        } else {
            // Measured: without a function, points on the ring are looked for by a mixed hash.
            method.avalanches = method.isConsistent
        }
        if let word = statement.next() {
            guard word.text == "avalanche" else {
                statement.alert(
                    "'hash-type' only supports 'avalanche' as a modifier for hash functions.",
                    at: word)
                return statement.skipRest()
            }
            method.avalanches = true
        }
        proxy.settings.hash = method
        statement.finish()
    }

    /// `hash-balance-factor <percent>`
    static func balanceFactor(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.next() else {
            return statement.alert("'hash-balance-factor' expects an integer argument.")
        }
        guard let value = Int(word.text), value == 0 || (101...factorLimit).contains(value) else {
            statement.alert(
                "'hash-balance-factor' must be 0 or greater than 100.", at: word,
                fix: "with 100 or less, servers would refuse what is theirs")
            return statement.skipRest()
        }
        proxy.settings.hashBalanceFactor = value
        statement.finish()
    }

    /// Highest percentage of `hash-balance-factor`.
    private static let factorLimit = 1_000_000

    private static let functions: [String: Converter.Hash] = [
        "sdbm": .sdbm, "djb2": .djb2, "crc32": .crc32, "wt6": .wt6,
    ]

    /// Highest number that `len`, `depth` and `random` take.
    private static let numberLimit = 65536

    private static func algorithm(
        _ name: String, _ value: BalanceSettings, _ summary: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: .serverSide, "", summary) { proxy, statement in
            proxy.settings.balance = value
            statement.finish()
        }
    }

    private static func uri(_ statement: inout Statement) -> BalanceSettings? {
        var (length, depth, isWhole, isPathOnly) = (0, 0, false, false)
        while let word = statement.next() {
            switch word.text {
            case "whole": isWhole = true
            case "path-only": isPathOnly = true
            case "len", "depth":
                let number = statement.next()
                guard let value = number.flatMap({ Int($0.text) }),
                    (1...numberLimit).contains(value)
                else {
                    statement.alert(
                        "balance uri : '\(word.text)' expects a positive integer (got '\(number?.text ?? "")').",
                        at: number ?? word)
                    statement.skipRest()
                    return nil
                }
                if word.text == "len" { length = value } else { depth = value }
            default:
                statement.alert(
                    "balance uri only accepts parameters 'len', 'depth', 'path-only', and 'whole' (got '\(word.text)').",
                    at: word)
                statement.skipRest()
                return nil
            }
        }
        return .request(
            .uri(length: length, depth: depth, isWhole: isWhole, isPathOnly: isPathOnly))
    }

    private static func parameter(_ statement: inout Statement) -> BalanceSettings? {
        guard let name = statement.next() else {
            statement.alert("balance url_param requires an URL parameter name.")
            return nil
        }
        // HAProxy searches the bodies of POST requests with and without the word (measured).
        if let word = statement.next(), word.text != "check_post" {
            statement.alert(
                "balance url_param only accepts 'check_post' modifier (got '\(word.text)').",
                at: word)
            statement.skipRest()
            return nil
        }
        statement.finish()
        return .request(.parameter(Array(name.text.utf8)))
    }

    private static func header(_ statement: inout Statement) -> BalanceSettings? {
        guard let name = argument(of: statement.name), !name.isEmpty else {
            statement.alert("balance hdr requires an http header field name.")
            statement.skipRest()
            return nil
        }
        var onlyDomain = false
        if let word = statement.next() {
            guard word.text == "use_domain_only" else {
                statement.alert(
                    "balance hdr(\(name)) only accepts 'use_domain_only' modifier (got '\(word.text)').",
                    at: word)
                statement.skipRest()
                return nil
            }
            onlyDomain = true
        }
        statement.finish()
        return .request(.header(name: Array(name.utf8), onlyDomain: onlyDomain))
    }

    private static func expression(
        _ proxy: ProxyDraft, _ statement: inout Statement
    ) -> BalanceSettings? {
        var draft = RuleLines.makeDraft(proxy, statement, .serverChoice)
        draft.title = "balance hash"
        guard
            let expression = statement.expression(
                draft, or: "balance hash requires a sample expression")
        else {
            statement.skipRest()
            return nil
        }
        statement.finish()
        return .expression(expression)
    }

    private static func remoteDesktop(
        _ proxy: ProxyDraft, _ statement: inout Statement
    ) -> BalanceSettings? {
        let name = statement.name.contains("(") ? argument(of: statement.name) : "mstshash"
        guard let name, !name.isEmpty, !name.contains(where: { ",()\"'\\".contains($0) }) else {
            statement.alert("balance rdp-cookie : missing cookie name.")
            statement.skipRest()
            return nil
        }
        statement.finish()
        let draft = RuleLines.makeDraft(proxy, statement, .serverChoice)
        let made = try? SampleExpression.compile("req.rdp_cookie(\(name))", in: draft.world)
        return made.map { .remoteDesktop($0) }
    }

    private static func random(_ statement: inout Statement) -> BalanceSettings? {
        statement.finish()
        guard statement.name.contains("(") else { return .random(draws: 2) }
        guard let text = argument(of: statement.name) else {
            statement.alert("balance random : missing closing parenthesis.")
            return nil
        }
        if text.isEmpty { return .random(draws: 2) }
        guard let draws = Int(text), (1...numberLimit).contains(draws) else {
            statement.alert("balance random : number of draws must be at least 1.")
            return nil
        }
        if draws > Balancer.drawLimit {
            statement.warn(
                "balance random : \(draws) draws for each request, of which \(Balancer.drawLimit) are made.",
                fix:
                    "'random(\(Balancer.drawLimit))' says the same; 'leastconn' looks at all servers"
            )
        }
        return .random(draws: draws)
    }

    /// What stands in the parentheses that end a word; nil: there are none.
    private static func argument(of name: String) -> Substring? {
        guard name.hasSuffix(")"), let open = name.firstIndex(of: "(") else { return nil }
        return name[name.index(after: open)...].dropLast()
    }
}

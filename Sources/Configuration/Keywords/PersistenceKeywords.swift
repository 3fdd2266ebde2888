import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// `cookie` and what else keeps clients on their servers (HAProxy manual, section 4.2).
enum PersistenceKeywords {
    static let cookie = Keyword<ProxyDraft>(
        "cookie", in: .serverSide,
        "<name> [ rewrite | insert | prefix ] [ indirect ] [ nocache ] [ postonly ] [ preserve ] [ httponly ] [ secure ] [ domain <domain> ] [ maxidle <time> ] [ maxlife <time> ] [ dynamic ] [ attr <value> ]",
        "A cookie tells which server a client belongs to."
    ) { proxy, statement in cookie(&proxy, &statement) }

    static let dynamicKey = Keyword<ProxyDraft>(
        "dynamic-cookie-key", in: .serverSide, "<text>",
        "A secret: with 'cookie … dynamic', servers' cookies are made of it and their addresses."
    ) { proxy, statement in
        let complaint = "'dynamic-cookie-key' expects <key> as argument."
        if let word = statement.argument(or: complaint) {
            proxy.settings.dynamicCookieKey = word.text
        }
    }

    static let force = persist(
        "force-persist", forces: true, "Clients stay on servers that are down.")
    static let ignore = persist(
        "ignore-persist", forces: false, "No cookie and no stick table is asked.")

    static let server = Keyword<ServerDraft>(
        "cookie", in: .serverSide, "<value>", "The value of the backend's cookie for this server."
    ) { server, statement in
        let complaint = "'cookie' expects a value."
        if let word = statement.argument(or: complaint) { server.settings.cookie = word.text }
    }

    // MARK: Cookies

    private static func cookie(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard !statement.isNegated else {
            proxy.settings.cookie = nil
            return statement.skipRest()
        }
        guard let name = statement.argument(or: "'cookie' expects <cookie_name> as argument.")
        else {
            return
        }
        var settings = CookieSettings(name: name.text, mode: .passive)
        var modes: [CookieSettings.Mode] = []
        while let word = statement.next() {
            if let mode = CookieSettings.Mode(rawValue: word.text) {
                modes.append(mode)
            } else if !take(word, &settings, &statement) {
                return statement.skipRest()
            }
        }
        guard modes.count <= 1 else {
            return statement.alert(
                "cookie 'rewrite', 'insert' and 'prefix' modes are incompatible.", at: name)
        }
        let mode = modes.first ?? .passive
        settings.mode = mode
        if settings.isIndirect, mode == .rewrite {
            return statement.alert(
                "cookie 'rewrite' and 'indirect' modes are incompatible.", at: name)
        }
        if settings.isPreserved, mode != .insert, !settings.isIndirect {
            return statement.alert(
                "cookie 'preserve' requires at least 'insert' or 'indirect'.", at: name)
        }
        proxy.settings.cookie = settings
    }

    /// False: a complaint was made.
    private static func take(
        _ word: Word, _ settings: inout CookieSettings, _ statement: inout Statement
    ) -> Bool {
        switch word.text {
        case "indirect": settings.isIndirect = true
        case "nocache": settings.isUncached = true
        case "postonly": settings.postOnly = true
        case "preserve": settings.isPreserved = true
        case "dynamic": settings.isDynamic = true
        case "httponly": settings.isHTTPOnly = true
        case "secure": settings.isSecure = true
        case "domain", "attr":
            guard let value = statement.argument(or: "'cookie \(word.text)' expects a value.")
            else {
                return false
            }
            let isClean = value.text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != 0x3b }
            guard isClean, !value.text.isEmpty else {
                statement.alert(
                    "invalid character encountered -- the \(word.text == "attr" ? "attribute" : "domain") '\(value.text)' must not contain ';' or control characters.",
                    at: value)
                return false
            }
            if word.text == "attr" {
                settings.attributes.append(value.text)
            } else {
                settings.domains.append(value.text)
            }
        case "maxidle", "maxlife":
            statement.name = "cookie \(word.text)"
            guard let time = takeTime(&statement) else { return false }
            if word.text == "maxidle" { settings.maxIdle = time } else { settings.maxLife = time }
        default:
            statement.alert(
                "'cookie' supports 'rewrite', 'insert', 'prefix', 'indirect', 'nocache', 'postonly', 'domain', 'maxidle', 'dynamic', 'maxlife' and 'attr' options.",
                at: word)
            return false
        }
        return true
    }

    /// Seconds.
    private static func takeTime(_ statement: inout Statement) -> Int? {
        guard let time = statement.duration(unit: .seconds) else { return nil }
        return max(Int(time.nanoseconds / 1_000_000_000), 1)
    }

    // MARK: Conditions

    private static func persist(
        _ name: String, forces: Bool, _ summary: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: .proxies, "{ if | unless } <condition>", summary) { proxy, statement in
            guard let next = statement.peek, ["if", "unless"].contains(next.text) else {
                return statement.alert(
                    "'\(name)' requires either 'if' or 'unless' followed by a condition.")
            }
            var drafts = proxy.rules ?? RuleDrafts(statement.context.expressions)
            defer { proxy.rules = drafts }
            let found = RuleLines.condition(
                &statement, drafts.lists, .serverChoice,
                "error detected while parsing a '\(name)' rule", unexpected: "")
            if let condition = found?.value {
                drafts.rules.persists.append(PersistRule(forces: forces, if: condition))
            }
        }
    }
}

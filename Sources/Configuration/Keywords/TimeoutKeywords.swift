import ConfigurationLanguage
import Core
import Diagnostics

/// `timeout …`
enum TimeoutKeywords {
    static let table = KeywordTable<ProxyDraft>(
        prefix: "timeout",
        [
            timeout("client", .clientSide, \.client, "How long a client may stay silent."),
            timeout("server", .serverSide, \.server, "How long a server may stay silent."),
            timeout(
                "connect", .serverSide, \.connect, "How long a connection to a server may take."),
            timeout(
                "check", .serverSide, \.check,
                "How long a check may take once it is connected; without it: as 'inter'."),
            timeout(
                "queue", .serverSide, \.queue,
                "How long a request waits for a place on a server; without it: as 'connect'."),
            timeout(
                "http-keep-alive", .proxies, \.httpKeepAlive,
                "How long an idle client connection waits for its next request."),
            timeout(
                "http-request", .proxies, \.httpRequest,
                "How long a client may take to send a complete request head."),
            timeout(
                "tunnel", .serverSide, \.tunnel,
                "How long both sides of a tunnel may stay silent; takes the place of 'client' and 'server'."
            ),
            timeout(
                "tarpit", .proxies, \.tarpit,
                "How long a tarpitted request is kept waiting; without it: as 'connect'."),
            timeout(
                "client-fin", .clientSide, \.clientFin,
                "How long a client whose sending side is closed may stay silent."),
            timeout(
                "server-fin", .serverSide, \.serverFin,
                "How long a server whose sending side is closed may stay silent."),
            timeout(
                "client-hs", .clientSide, \.clientHandshake,
                "How long a client's TLS handshake may take; without it: as 'client'."),
        ],
        Keyword.refused(
            "clitimeout contimeout srvtimeout", in: .proxies,
            because: "HAProxy removed it in 2.1", wayOut: "use 'client', 'connect' or 'server'"))

    /// Below this a number without a unit was probably meant in seconds.
    private static let suspicious = Duration.milliseconds(100)

    private static func timeout(
        _ name: String, _ sections: SectionSet,
        _ path: any WritableKeyPath<TimeoutSettings, Duration?> & Sendable, _ summary: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: sections, "<time>", summary) { proxy, statement in
            let full = "timeout \(name)"
            statement.name = full
            let word = statement.peek
            guard
                let time = statement.duration(
                    or: "'\(full)' expects an integer value (in milliseconds)")
            else { return statement.skipRest() }
            if let extra = statement.next() {
                statement.alert(
                    "'\(full)' : unexpected extra argument '\(extra.text)' after value '\(word?.text ?? "")'.",
                    at: extra)
                return statement.skipRest()
            }
            if let word, time > .zero, time < suspicious, Int(word.text) != nil {
                let owner = "\(statement.sectionWord) '\(proxy.settings.name)'"
                statement.warn(
                    "'\(full) \(word.text)' in \(owner) is suspiciously small for a value in milliseconds. Please use an explicit unit ('\(word.text)ms') if that was the intent.",
                    at: word)
            }
            proxy.settings.timeouts[keyPath: path] = time == .zero ? nil : time
        }
    }

    /// Carries out a `timeout` line.
    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let word = statement.nextKeyword() else {
            return reportUnknown("", statement)
        }
        if let found = table[word.text] {
            let missing = ProxyKeywords.missingSide(of: found.entry.sections, in: proxy)
            if let missing {
                statement.warn(
                    "'timeout \(word.text)' will be ignored because \(proxy.title) has no \(missing) capability"
                )
            }
        }
        statement.dispatch(word, through: table, to: &proxy) { _, statement in
            reportUnknown(word.text, statement)
        }
    }

    private static func reportUnknown(_ text: String, _ statement: Statement) {
        let nearest = NearestWord.suggestion(for: text, among: table.entries.map(\.name))
        statement.alert(
            "'timeout' supports 'client', 'server', 'connect', 'check', 'queue', 'http-keep-alive', 'http-request', 'tunnel', 'tarpit', 'client-fin' and 'server-fin' (got '\(text)')",
            fix: nearest.map { "did you mean 'timeout \($0)' ?" })
    }
}

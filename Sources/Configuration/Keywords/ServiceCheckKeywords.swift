import Checking
import ConfigurationLanguage
import Core
import Diagnostics

/// `option smtpchk` and the other checks that come ready-made.
enum ServiceCheckKeywords {
    static let all: [Keyword<ProxyDraft>] = [
        Keyword(
            "smtpchk", in: .serverSide, "[ { HELO | EHLO } <domain> ]",
            "Checks greet a mail server."
        ) { proxy, statement in
            // HAProxy falls back to its own greeting where the two words are not what it knows.
            let words = Array(statement.rest)
            statement.skipRest()
            let isKnown = words.count >= 2 && ["HELO", "EHLO"].contains(words[0].text)
            let greeting = isKnown ? "\(words[0].text) \(words[1].text)" : "HELO localhost"
            proxy.check.use(.smtp, .smtp(greeting: greeting))
        },
        plain("redis-check", "Checks ping a Redis server.", .redis, .redis),
        plain("ldap-check", "Checks bind to an LDAPv3 server.", .ldap, .ldap),
        plain("ssl-hello-chk", "Checks begin a TLS handshake.", .sslHello, .tlsHello),
        Keyword("pgsql-check", in: .serverSide, "user <name>", "Checks log in to PostgreSQL.") {
            proxy, statement in
            let missing = "'option pgsql-check' : expects 'user <username>' as argument."
            guard let word = statement.argument(or: missing) else { return }
            guard word.text == "user", let user = statement.next() else {
                statement.alert(missing, at: word)
                return statement.skipRest()
            }
            proxy.check.use(.pgsql, .postgres(user: user.text))
            statement.finish()
        },
        Keyword(
            "mysql-check", in: .serverSide, "[ user <name> [ { post-41 | pre-41 } ] ]",
            "Checks read a MySQL server's greeting, and log in where a user is named."
        ) { proxy, statement in mysql(&proxy, &statement) },
    ]

    private static func plain(
        _ name: String, _ summary: String, _ kind: CheckSettings.Kind, _ script: CheckScript
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: .serverSide, "", summary) { proxy, statement in
            proxy.check.use(kind, script)
            statement.finish()
        }
    }

    private static func mysql(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var user: String?
        var isOld = false
        if let word = statement.next() {
            guard word.text == "user", let name = statement.next() else {
                statement.alert(
                    "'option mysql-check' : expects 'user <username>' as argument.", at: word)
                return statement.skipRest()
            }
            user = name.text
        }
        if let version = statement.next() {
            guard ["pre-41", "post-41"].contains(version.text) else {
                statement.alert(
                    "keyword 'mysql-check' only supports 'post-41' and 'pre-41' (got '\(version.text)').",
                    at: version)
                return statement.skipRest()
            }
            isOld = version.text == "pre-41"
        }
        proxy.check.use(.mysql, .mysql(user: user, isOld: isOld))
        statement.finish()
    }
}

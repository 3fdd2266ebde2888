import ConfigurationLanguage
import Core
import Diagnostics

/// TLS in the `global` section (HAProxy manual, section 3.1).
enum TLSGlobalKeywords {
    typealias Entry = Keyword<ProcessSettings>

    static let all: [Entry] = places + defaults + tuning

    private static let places: [Entry] = [
        word("ca-base", "<directory>", "Where 'ca-file' and 'crl-file' look.") {
            tls, word, _ in tls.authorityBase = word.text
        },
        word("crt-base", "<directory>", "Where 'crt' looks.") { tls, word, _ in
            tls.certificateBase = word.text
        },
        word("key-base", "<directory>", "Where 'key' of 'crt-store' and 'crt-list' lines looks.") {
            tls, word, _ in tls.keyBase = word.text
        },
        Keyword(
            "ssl-load-extra-files", in: .global, "<types>",
            "What is looked for beside certificates: 'key' and others, 'none' or 'all'."
        ) { process, statement in
            let words = statement.rest.map(\.text)
            statement.skipRest()
            if words.isEmpty {
                return statement.alert("'ssl-load-extra-files' : missing argument")
            }
            process.tls.extraFiles = []
            for word in words {
                guard let kind = TLSExtraFiles(word: word) else {
                    return statement.alert(
                        "'ssl-load-extra-files' : unknown file type '\(word)'",
                        fix: "known are bundle, key, ocsp, issuer, sctl, all and none")
                }
                process.tls.extraFiles.formUnion(kind)
            }
        },
        word(
            "issuers-chain-path", "<directory>",
            "Chains for certificates that come without one, found by who signed them."
        ) { tls, word, statement in
            tls.issuerChains = TLSFiles.authorities(word, "issuers-chain-path", statement)
        },
        Keyword(
            "crt-watch", in: .global, "<interval>",
            "Looks at the files of TLS so often, and swaps to new ones by itself."
        ) { process, statement in
            if let interval = statement.duration(unit: .seconds) {
                process.tls.watchInterval = interval > .zero ? interval : nil
            }
            statement.finish()
        },
        Keyword(
            "ssl-load-extra-del-ext", in: .global, "",
            "Beside 'site.crt' lie 'site.key', 'site.ocsp' and so on, not 'site.crt.key'."
        ) { process, statement in
            process.tls.replacesExtension = true
            statement.finish()
        },
    ]

    private static let defaults: [Entry] = [
        word("ssl-default-bind-ciphers", "<list>", "'ciphers' of bind lines.") {
            tls, word, _ in tls.bind.protocols.ciphers = word.text
        },
        word("ssl-default-bind-ciphersuites", "<list>", "'ciphersuites' of bind lines.") {
            tls, word, _ in tls.bind.protocols.cipherSuites = word.text
        },
        word("ssl-default-bind-curves", "<list>", "'curves' of bind lines.") {
            tls, word, _ in tls.bind.protocols.curves = word.text
        },
        word("ssl-default-bind-sigalgs", "<list>", "'sigalgs' of bind lines.") {
            tls, word, _ in tls.bind.protocols.signatureAlgorithms = word.text
        },
        word("ssl-default-bind-client-sigalgs", "<list>", "'client-sigalgs' of bind lines.") {
            tls, word, _ in tls.bind.protocols.clientSignatureAlgorithms = word.text
        },
        word("ssl-default-server-ciphers", "<list>", "'ciphers' of server lines.") {
            tls, word, _ in tls.server.ciphers = word.text
        },
        word("ssl-default-server-ciphersuites", "<list>", "'ciphersuites' of server lines.") {
            tls, word, _ in tls.server.cipherSuites = word.text
        },
        word("ssl-default-server-curves", "<list>", "'curves' of server lines.") {
            tls, word, _ in tls.server.curves = word.text
        },
        word("ssl-default-server-sigalgs", "<list>", "'sigalgs' of server lines.") {
            tls, word, _ in tls.server.signatureAlgorithms = word.text
        },
        word("ssl-default-server-client-sigalgs", "<list>", "'client-sigalgs' of server lines.") {
            tls, word, _ in tls.server.clientSignatureAlgorithms = word.text
        },
        Keyword(
            "ssl-default-bind-options", in: .global, "<options>",
            "Versions, tickets and preferences of bind lines."
        ) { process, statement in
            var context = process.tls.bind
            var isStrict = process.tls.isStrictSNI
            options(&statement) { name in
                switch name {
                case "prefer-client-ciphers": context.prefersClientCiphers = true
                case "strict-sni": isStrict = true
                case "no-strict-sni": isStrict = false
                default: return false
                }
                return true
            } into: { change in
                change(&context.protocols)
            }
            process.tls.bind = context
            process.tls.isStrictSNI = isStrict
        },
        Keyword(
            "ssl-default-server-options", in: .global, "<options>",
            "Versions and tickets of server lines."
        ) { process, statement in
            var protocols = process.tls.server
            options(&statement) { name in
                // Nothing is ever renegotiated.
                name == "no-renegotiate"
            } into: { change in
                change(&protocols)
            }
            process.tls.server = protocols
        },
        Keyword(
            "ssl-server-verify", in: .global, "{ none | required }",
            "Whether servers' certificates are verified where the line does not say."
        ) { process, statement in
            guard
                let word = statement.argument(
                    or: "'ssl-server-verify' expects 'none' or 'required' as argument.")
            else { return }
            switch word.text {
            case "none": process.tls.verifiesServers = false
            case "required": process.tls.verifiesServers = true
            default:
                statement.alert(
                    "'ssl-server-verify' expects 'none' or 'required' as argument.", at: word)
            }
            statement.finish()
        },
        Keyword(
            "ssl-security-level", in: .global, "<number>",
            "How strong keys and ciphers must be: OpenSSL's security level, 0 to 5."
        ) { process, statement in
            if let level = statement.integer(in: 0...5) {
                process.tls.bind.protocols.securityLevel = level
                process.tls.server.securityLevel = level
            }
            statement.finish()
        },
        Keyword(
            "ssl-skip-self-issued-ca", in: .global, "",
            "Chains are sent without authorities that have signed themselves."
        ) { process, statement in
            process.tls.skipsRoots = true
            statement.finish()
        },
        word("ssl-dh-param-file", "<file>", "Parameters of the Diffie-Hellman exchange.") {
            tls, word, statement in
            tls.dhParameters = TLSFiles.file(word, base: nil, statement)
        },
    ]

    private static let tuning: [Entry] = [
        Keyword(
            "tune.ssl.cachesize", in: .global, "<number>",
            "Sessions that are kept for clients without tickets; 0: none."
        ) { process, statement in
            if let number = statement.integer(in: 0...10_000_000) {
                process.tls.cachedSessions = number
            }
            statement.finish()
        },
        Keyword(
            "tune.ssl.hard-maxrecord", in: .global, "<bytes>",
            "Bytes of a TLS record that is sent, at most; 0: as many as TLS allows."
        ) { process, statement in
            if let bytes = statement.integer(in: 0...16384) {
                process.tls.bind.protocols.largestRecord = bytes
                process.tls.server.largestRecord = bytes
            }
            statement.finish()
        },
        Keyword(
            "tune.ssl.keylog", in: .global, "{ on | off }",
            "Secrets of connections can be fetched ('ssl_fc_client_traffic_secret_0' and others), which undoes TLS."
        ) { process, statement in
            guard let word = statement.argument(or: "'tune.ssl.keylog' expects 'on' or 'off'.")
            else { return }
            guard word.text == "on" || word.text == "off" else {
                return statement.alert("'tune.ssl.keylog' expects 'on' or 'off'.", at: word)
            }
            process.tls.bind.protocols.keepsSecrets = word.text == "on"
            process.tls.server.keepsSecrets = word.text == "on"
            statement.finish()
        },
        Keyword(
            "ocsp-update.mode", in: .global, "off",
            "Responses of OCSP are not fetched; 'on' is refused."
        ) { process, statement in
            guard let word = statement.argument(or: "'ocsp-update.mode' expects 'on' or 'off'.")
            else { return }
            if word.text != "off" {
                statement.alert(
                    word.text == "on"
                        ? "'ocsp-update.mode on' is not supported: responses are not fetched"
                        : "'ocsp-update.mode' expects 'on' or 'off'.", at: word,
                    fix:
                        "have them beside the certificates, as '.ocsp' files, or send them with 'set ssl ocsp-response'"
                )
            }
            statement.finish()
        },
        capture(
            "tune.ssl.capture-buffer-size", "Bytes that are kept of each client's hello; 0: none."),
        capture("tune.ssl.capture-cipherlist-size", "The old name of 'capture-buffer-size'."),
        Keyword("tune.ssl.lifetime", in: .global, "<time>", "How long sessions can be resumed.") {
            process, statement in
            if let time = statement.duration(unit: .seconds) {
                process.tls.sessionLifetime = Int(time.components.seconds)
            }
            statement.finish()
        },
        Keyword(
            "tune.ssl.default-dh-param", in: .global, "<bits>",
            "The exchange is as strong as the certificate's key; the number is verified only."
        ) { process, statement in
            _ = statement.integer(in: 1024...16384)
            statement.finish()
        },
    ]

    private static func capture(_ name: String, _ summary: String) -> Entry {
        Keyword(name, in: .global, "<bytes>", summary) { process, statement in
            if let number = statement.integer(in: 0...16384) { process.tls.capturedBytes = number }
            statement.finish()
        }
    }

    private static func word(
        _ name: String, _ argument: String, _ summary: String,
        apply: @escaping @Sendable (inout TLSDefaults, Word, Statement) -> Void
    ) -> Entry {
        Keyword(name, in: .global, argument, summary) { process, statement in
            guard let word = statement.argument(or: "'\(name)' expects an argument.") else {
                return
            }
            apply(&process.tls, word, statement)
            statement.finish()
        }
    }

    /// The words of `ssl-default-*-options`.
    private static func options(
        _ statement: inout Statement, other: (String) -> Bool,
        into change: ((inout TLSProtocolSettings) -> Void) -> Void
    ) {
        if statement.isAtEnd { return statement.alert("'\(statement.name)' : missing option") }
        while let word = statement.nextKeyword() {
            var isKnown = other(word.text)
            if !isKnown { change { isKnown = TLSWords.applyFlag(word.text, to: &$0) } }
            if isKnown { continue }
            guard word.text == "ssl-min-ver" || word.text == "ssl-max-ver" else {
                statement.alert("unknown option '\(word.text)' on global statement", at: word)
                return statement.skipRest()
            }
            change { TLSWords.applyValue(word.text, to: &$0, &statement) }
        }
    }
}

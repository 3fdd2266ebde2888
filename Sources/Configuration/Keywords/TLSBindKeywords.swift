import ConfigurationLanguage
import Core
import Diagnostics

/// `ssl` and what belongs to it on a `bind` line (HAProxy manual, section 5.1).
enum TLSBindKeywords {
    /// TLS of a line while its options are read.
    struct Draft {
        var isOn = false
        var settings = TLSBindSettings()
        /// `crt-list` files, read when the whole line is known: their lines start from its options.
        var lists: [Word] = []
        /// `default-crt`: these come first.
        var defaults: [TLSCertificateSettings] = []
        /// An option that makes no sense without `ssl`.
        var firstOption: Word?
        /// How many errors there were before it.
        var errorsBefore: Int?
    }

    typealias Entry = Keyword<BindKeywords.Draft>

    static let all: [Entry] = certificates + verification + choices + protocols

    private static let certificates: [Entry] = [
        Keyword("ssl", in: .frontends, "", "Clients speak TLS.") { bind, _ in
            bind.tls.isOn = true
        },
        option("crt", "<file>", "A certificate with its chain and key, or a directory of them.") {
            draft, word, statement in
            draft.settings.certificates += TLSFiles.certificates(word, statement)
        },
        option("default-crt", "<file>", "The certificate for clients without a known name.") {
            draft, word, statement in
            draft.defaults += TLSFiles.certificates(word, statement)
        },
        option("crt-list", "<file>", "A file with certificates, their options and names.") {
            draft, word, _ in draft.lists.append(word)
        },
    ]

    private static let verification: [Entry] = [
        option("verify", "{ none | optional | required }", "Whether clients show certificates.") {
            draft, word, statement in
            guard let mode = mode(word) else {
                return statement.alert(
                    "'verify' : unknown verify method '\(word.text)', only 'none', 'optional', and 'required' are supported",
                    at: word)
            }
            draft.settings.context.verification.mode = mode
        },
        option("ca-file", "<file>", "Authorities of client certificates.") {
            draft, word, statement in
            draft.settings.context.verification.authorities = TLSFiles.authorities(
                word, "ca-file", statement)
        },
        option("ca-verify-file", "<file>", "Authorities that clients are not told of.") {
            draft, word, statement in
            draft.settings.context.verification.unnamedAuthorities = TLSFiles.authorities(
                word, "ca-verify-file", statement)
        },
        option("crl-file", "<file>", "Certificates that were revoked.") { draft, word, statement in
            draft.settings.context.verification.revocations = TLSFiles.authorities(
                word, "crl-file", statement)
        },
        option("crt-ignore-err", "<errors>", "Errors of client certificates to pass over.") {
            draft, word, statement in
            draft.settings.context.verification.ignoredLeafErrors = TLSWords.ignoredErrors(
                word, statement)
        },
        option("ca-ignore-err", "<errors>", "Errors above the client's certificate to pass over.") {
            draft, word, statement in
            draft.settings.context.verification.ignoredAuthorityErrors = TLSWords.ignoredErrors(
                word, statement)
        },
        flag("no-ca-names", "Clients are not told which authorities are known.") {
            $0.settings.context.verification.namesAuthorities = false
        },
    ]

    private static let choices: [Entry] = [
        option("alpn", "<protocols>", "Application protocols, best first.") {
            draft, word, statement in
            draft.settings.context.applicationProtocols = TLSWords.protocols(word, statement)
        },
        flag("no-alpn", "No application protocols.") {
            $0.settings.context.applicationProtocols = []
        },
        flag("strict-sni", "Refuses clients whose name no certificate has.") {
            $0.settings.isStrictSNI = true
        },
        flag("no-strict-sni", "Serves them with the first certificate (the default).") {
            $0.settings.isStrictSNI = false
        },
        option("tls-ticket-keys", "<file>", "Keys of tickets, three or more, base64; oldest first.")
        {
            draft, word, statement in
            draft.settings.ticketKeys = TLSFiles.file(word, base: nil, statement)
        },
        flag("prefer-client-ciphers", "The client's order of ciphers counts.") {
            $0.settings.context.prefersClientCiphers = true
        },
    ]

    private static let protocols: [Entry] =
        TLSWords.flags.map { name in
            flag(name, "Protocol versions and tickets.") {
                _ = TLSWords.applyFlag(name, to: &$0.settings.context.protocols)
            }
        }
        + TLSWords.valued.map { name, argument, summary in
            Keyword(name, in: .frontends, argument, summary) { bind, statement in
                note(&bind, statement)
                TLSWords.applyValue(name, to: &bind.tls.settings.context.protocols, &statement)
            }
        }

    static func mode(_ word: Word) -> TLSVerification? {
        switch word.text {
        case "none": TLSVerification.none
        case "optional": .optional
        case "required": .required
        default: nil
        }
    }

    // MARK: Kinds of entries

    private static func option(
        _ name: String, _ argument: String, _ summary: String,
        apply: @escaping @Sendable (inout Draft, Word, Statement) -> Void
    ) -> Entry {
        Keyword(name, in: .frontends, argument, summary) { bind, statement in
            note(&bind, statement)
            guard let word = statement.argument(or: "'\(name)' : missing argument") else { return }
            apply(&bind.tls, word, statement)
        }
    }

    private static func flag(
        _ name: String, _ summary: String, apply: @escaping @Sendable (inout Draft) -> Void
    ) -> Entry {
        Keyword(name, in: .frontends, "", summary) { bind, statement in
            note(&bind, statement)
            apply(&bind.tls)
        }
    }

    private static func note(_ bind: inout BindKeywords.Draft, _ statement: Statement) {
        guard bind.tls.firstOption == nil else { return }
        bind.tls.firstOption = statement.keyword
        bind.tls.errorsBefore = statement.context.diagnostics.errorCount
    }

    // MARK: The whole line

    /// What a new line starts from.
    static func draft(_ defaults: TLSDefaults) -> Draft {
        var draft = Draft()
        draft.settings.context = defaults.bind
        draft.settings.dhParameters = defaults.dhParameters
        draft.settings.isStrictSNI = defaults.isStrictSNI
        draft.settings.issuerChains = defaults.issuerChains
        draft.settings.cachedSessions = defaults.cachedSessions
        draft.settings.sessionLifetime = defaults.sessionLifetime
        draft.settings.capturedBytes = defaults.capturedBytes
        draft.settings.skipsRoots = defaults.skipsRoots
        return draft
    }

    /// TLS of a line whose options are read; nil: it has none.
    static func finished(_ draft: Draft, _ statement: inout Statement) -> TLSBindSettings? {
        guard draft.isOn else {
            if let word = draft.firstOption, word.text.hasPrefix("crt") {
                statement.warn(
                    "'\(word.text)' has no effect without 'ssl'", at: word,
                    fix: "add 'ssl' to the line")
            }
            return nil
        }
        var settings = draft.settings
        let errors = draft.errorsBefore ?? statement.context.diagnostics.errorCount
        for list in draft.lists {
            settings.lists.append(list.text)
            settings.certificates += CertificateList.read(list, settings, statement)
        }
        settings.certificates = draft.defaults + settings.certificates
        if let complaint = TLSWords.complaint(about: settings.context.protocols) {
            statement.alert(complaint, at: statement.line.keyword)
        }
        let verification = settings.context.verification
        if verification.mode != .none, verification.authorities.isEmpty,
            verification.unnamedAuthorities.isEmpty,
            statement.context.diagnostics.errorCount == errors
        {
            statement.alert(
                "verify is enabled but no CA file specified.", at: statement.line.keyword,
                fix: "add 'ca-file <file>' to the line")
        }
        // What was reported already would only be missed a second time.
        guard statement.context.diagnostics.errorCount == errors else { return settings }
        statement.report(
            statement.context.loader.examineTLS(.bind(settings)), at: statement.line.keyword)
        return settings
    }
}

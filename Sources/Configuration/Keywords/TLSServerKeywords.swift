import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// `ssl` and what belongs to it on a `server` line (HAProxy manual, section 5.2).
enum TLSServerKeywords {
    /// TLS of a line while its options are read.
    struct Draft {
        var isOn = false
        var settings = TLSServerSettings()
        /// `verify`; nil: what `ssl-server-verify` says.
        var verification: TLSVerification?
        /// `check-ssl` and `no-check-ssl`; nil: as the traffic.
        var checks: Bool?
        var check = TLSCheckSettings()
        /// `sni-auto`: the name of the request, where `sni` says nothing.
        var namesByRequest = false
        /// `ca-file` is there, even where it cannot be read.
        var namesAuthorities = false
        /// `global` has been read: what it says was taken over.
        var hasDefaults = false
    }

    typealias Entry = Keyword<ServerDraft>

    static let all: [Entry] = connection + identity + checks + protocols

    private static let connection: [Entry] = [
        flag("ssl", "The server is spoken to with TLS.") { $0.isOn = true },
        flag("no-ssl", "Without TLS (the default).") { $0.isOn = false },
        option("verify", "{ none | required }", "Whether the server's certificate is verified.") {
            draft, word, statement in
            switch word.text {
            case "none": draft.verification = TLSVerification.none
            case "required": draft.verification = .required
            default:
                statement.alert(
                    "'verify' : unknown verify method '\(word.text)', only 'none' and 'required' are supported",
                    at: word)
            }
        },
        option(
            "ca-file", "<file>",
            "Authorities that sign servers' certificates; '@system-ca': the system's."
        ) {
            draft, word, statement in
            draft.namesAuthorities = true
            draft.settings.verification.authorities = TLSFiles.authorities(
                word, "ca-file", statement)
        },
        option("crl-file", "<file>", "Certificates that were revoked.") { draft, word, statement in
            draft.settings.verification.revocations = TLSFiles.authorities(
                word, "crl-file", statement)
        },
        option("crt", "<file>", "The certificate that is shown to servers that ask.") {
            draft, word, statement in
            draft.settings.certificate = TLSFiles.certificates(word, statement).first
        },
        flag("no-ssl-reuse", "Each connection has a full handshake.") {
            $0.settings.reusesSessions = false
        },
        flag("ssl-reuse", "Handshakes resume sessions (the default).") {
            $0.settings.reusesSessions = true
        },
    ]

    private static let identity: [Entry] = [
        option("sni", "<expression>", "The host name that the server is asked for.") {
            draft, word, statement in
            if let name = name(word.text) {
                draft.settings.name = name
                return
            }
            do throws(ExpressionProblem) {
                let expression = try SampleExpression.compile(
                    word.text, in: statement.context.expressions)
                guard RulePlace.serverChoice.offers.isSuperset(of: expression.needs) else {
                    return statement.alert(
                        "'sni' : fetch method '\(word.text)' extracts information from '\(expression.needs.name)', none of which is available here",
                        at: word)
                }
                draft.settings.name = .expression(TLSNameExpression(expression))
            } catch {
                statement.alert(
                    "'sni' : failed to parse sample expression <\(word.text)> : \(error.message)",
                    at: word, fix: error.fix)
            }
        },
        flag("sni-auto", "Without 'sni', the server is asked for the host of the request.") {
            $0.namesByRequest = true
        },
        flag("no-sni-auto", "Without 'sni', no name is asked for (the default).") {
            $0.namesByRequest = false
        },
        option("verifyhost", "<name>", "The host name that the certificate must have.") {
            draft, word, _ in draft.settings.verifiedHost = word.text
        },
        flag("no-verifyhost", "The name is not verified.") { $0.settings.verifiedHost = nil },
        option("alpn", "<protocols>", "Application protocols, best first.") {
            draft, word, statement in
            draft.settings.applicationProtocols = TLSWords.protocols(word, statement)
        },
        flag("no-alpn", "No application protocols.") { $0.settings.applicationProtocols = [] },
    ]

    private static let checks: [Entry] = [
        flag("check-ssl", "Checks use TLS.") { $0.checks = true },
        flag("no-check-ssl", "Checks are plain.") { $0.checks = false },
        option("check-sni", "<name>", "The host name that checks ask for.") { draft, word, _ in
            draft.check.name = word.text
        },
        option("check-alpn", "<protocols>", "Application protocols of checks.") {
            draft, word, statement in
            draft.check.applicationProtocols = TLSWords.protocolsOfChecks(word, statement)
        },
    ]

    private static let protocols: [Entry] =
        TLSWords.flags.map { name in
            flag(name, "Protocol versions and tickets.") {
                _ = TLSWords.applyFlag(name, to: &$0.settings.protocols)
            }
        }
        + TLSWords.valued.filter { $0.name != "ecdhe" }.map { name, argument, summary in
            Keyword(name, in: .serverSide, argument, summary) { server, statement in
                prepare(&server.tls, statement)
                TLSWords.applyValue(name, to: &server.tls.settings.protocols, &statement)
            }
        }

    /// The usual ones, which need no evaluation.
    private static func name(_ text: String) -> TLSServerName? {
        switch text.lowercased() {
        case "ssl_fc_sni": return .clientServerName
        case "req.hdr(host)", "hdr(host)", "req.fhdr(host)", "req.hdr(host),field(1,:)",
            "hdr(host),field(1,:)", "req.hdr(host),host_only", "hdr(host),host_only":
            return .requestHost
        default:
            guard text.hasPrefix("str("), text.hasSuffix(")") else { return nil }
            let name = text.dropFirst(4).dropLast()
            return name.isEmpty || name.contains(where: { "(), ".contains($0) })
                ? nil : .constant(String(name))
        }
    }

    // MARK: Kinds of entries

    private static func option(
        _ name: String, _ argument: String, _ summary: String,
        apply: @escaping @Sendable (inout Draft, Word, Statement) -> Void
    ) -> Entry {
        Keyword(name, in: .serverSide, argument, summary) { server, statement in
            prepare(&server.tls, statement)
            guard let word = statement.argument(or: "'\(name)' : missing argument") else { return }
            apply(&server.tls, word, statement)
        }
    }

    private static func flag(
        _ name: String, _ summary: String, apply: @escaping @Sendable (inout Draft) -> Void
    ) -> Entry {
        Keyword(name, in: .serverSide, "", summary) { server, statement in
            prepare(&server.tls, statement)
            apply(&server.tls)
        }
    }

    private static func prepare(_ draft: inout Draft, _ statement: Statement) {
        guard !draft.hasDefaults else { return }
        draft.hasDefaults = true
        draft.settings.protocols = statement.context.process.tls.server
    }

    // MARK: The whole line

    /// Puts the TLS of a line whose options are read into its settings.
    static func finish(_ server: inout ServerDraft, _ statement: Statement) {
        prepare(&server.tls, statement)
        let draft = server.tls
        let context = statement.context
        var settings = draft.settings
        let isRequired =
            draft.verification.map { $0 == .required } ?? context.process.tls.verifiesServers
        settings.verification.mode = isRequired ? .required : .none
        if settings.name == nil, draft.namesByRequest { settings.name = .requestHost }
        server.check.scriptTLS = settings
        let ownPlace = server.check.port != nil || server.check.address != nil
        let checksWithTLS = draft.checks ?? (draft.isOn && !ownPlace)
        guard draft.isOn || checksWithTLS else { return }
        let keyword = statement.line.keyword
        if let complaint = TLSWords.complaint(about: settings.protocols) {
            return statement.alert(complaint, at: keyword)
        }
        if isRequired, settings.verification.authorities.isEmpty {
            // What is wrong with the file was said already.
            if draft.namesAuthorities { return }
            let why =
                draft.verification == nil
                ? "verify is enabled by default but no CA file specified. If you're running on a LAN where you're certain to trust the server's certificate, please set an explicit 'verify none' statement on the 'server' line, or use 'ssl-server-verify none' in the global section to disable server-side verifications by default."
                : "verify is enabled but no CA file specified."
            return statement.alert(
                why, at: keyword,
                fix: "for instance 'ca-file @system-ca' for servers in the internet")
        }
        if draft.isOn { server.settings.tls = settings }
        if checksWithTLS {
            var check = settings
            check.name = draft.check.name.map { .constant($0) }
            check.applicationProtocols = draft.check.applicationProtocols
            server.check.tls = check
        }
        statement.report(context.loader.examineTLS(.server(settings)), at: keyword)
    }
}

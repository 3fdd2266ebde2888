import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// Options of TLS that `bind` lines, `crt-list` lines, `server` lines and `ssl-default-*-options` share.
enum TLSWords {
    /// The versions that `no-` and `force-` name.
    private static let versions: [String: TLSVersion] = [
        "sslv3": .ssl3, "tlsv10": .tls10, "tlsv11": .tls11, "tlsv12": .tls12, "tlsv13": .tls13,
    ]

    /// Options without arguments.
    static let flags =
        versions.keys.sorted().flatMap { ["no-\($0)", "force-\($0)"] } + [
            "no-tls-tickets", "tls-tickets",
        ]

    /// Carries out an option without arguments; false: it is none.
    static func applyFlag(_ word: String, to settings: inout TLSProtocolSettings) -> Bool {
        switch word {
        case "no-tls-tickets": settings.usesTickets = false
        case "tls-tickets": settings.usesTickets = true
        default:
            if word.hasPrefix("no-"), let version = versions[String(word.dropFirst(3))] {
                settings.excluded.insert(version)
            } else if word.hasPrefix("force-"), let version = versions[String(word.dropFirst(6))] {
                settings.minimum = version
                settings.maximum = version
            } else {
                return false
            }
        }
        return true
    }

    /// Options with one argument.
    static let valued: [(name: String, argument: String, summary: String)] = [
        ("ssl-min-ver", "<version>", "The oldest protocol version, for instance TLSv1.2."),
        ("ssl-max-ver", "<version>", "The newest protocol version."),
        ("ciphers", "<list>", "Ciphers of TLS 1.2 and older, as 'openssl ciphers' takes them."),
        ("ciphersuites", "<list>", "Ciphers of TLS 1.3."),
        ("curves", "<list>", "Curves of the key exchange."),
        ("ecdhe", "<curve>", "The curve of the key exchange."),
        ("sigalgs", "<list>", "Signature algorithms."),
        ("client-sigalgs", "<list>", "Signature algorithms of client certificates."),
    ]

    /// Carries out an option with one argument, which comes next in the statement.
    static func applyValue(
        _ name: String, to settings: inout TLSProtocolSettings, _ statement: inout Statement
    ) {
        guard let word = statement.argument(or: "'\(name)' : missing argument") else { return }
        switch name {
        case "ssl-min-ver", "ssl-max-ver":
            guard let version = TLSVersion(word: word.text) else {
                return statement.alert(
                    "'\(name)' : unknown SSL/TLS version '\(word.text)'", at: word,
                    fix: "known are \(TLSVersion.allCases.map(\.word).joined(separator: ", "))")
            }
            if name == "ssl-min-ver" {
                settings.minimum = version
            } else {
                settings.maximum = version
            }
        case "ciphers": settings.ciphers = word.text
        case "ciphersuites": settings.cipherSuites = word.text
        case "curves", "ecdhe": settings.curves = word.text
        case "sigalgs": settings.signatureAlgorithms = word.text
        default: settings.clientSignatureAlgorithms = word.text
        }
    }

    /// Why no version would be left, if so. SSLv3 alone is none: libraries are built without it.
    static func complaint(about settings: TLSProtocolSettings) -> String? {
        let left = TLSVersion.allCases.filter {
            $0 != .ssl3 && $0 >= settings.minimum && $0 <= settings.maximum
                && !settings.excluded.contains($0)
        }
        return left.isEmpty ? "all SSL/TLS versions are disabled" : nil
    }

    /// Why nobody could be verified, if so.
    static func complaint(about settings: TLSVerificationSettings) -> String? {
        settings.mode != .none && settings.authorities.isEmpty
            && settings.unnamedAuthorities.isEmpty
            ? "verify is enabled but no CA file specified" : nil
    }

    /// A comma-separated list for ALPN. HTTP/2 is left out with a warning.
    static func protocols(_ word: Word, _ statement: Statement) -> [String] {
        let names = word.text.split(separator: ",").map(String.init)
        if names.contains(where: { $0.isEmpty || $0.utf8.count > 255 }) || names.isEmpty {
            statement.alert("'alpn' : missing or empty protocol name", at: word)
        }
        if names.contains("h2") {
            statement.warn(
                "'alpn' : 'h2' is left out, HTTP/2 is not in this version", at: word,
                fix: "clients take HTTP/1.1 by themselves")
        }
        return names.filter { $0 != "h2" }
    }

    /// The same for checks: those that speak no HTTP may offer what they like.
    static func protocolsOfChecks(_ word: Word, _ statement: Statement) -> [String] {
        let names = word.text.split(separator: ",").map(String.init)
        if names.contains(where: { $0.isEmpty || $0.utf8.count > 255 }) || names.isEmpty {
            statement.alert("'alpn' : missing or empty protocol name", at: word)
        }
        return names
    }

    /// The argument of `crt-ignore-err` and `ca-ignore-err`.
    static func ignoredErrors(_ word: Word, _ statement: Statement) -> TLSIgnoredErrors {
        if word.text == "all" { return .all }
        var numbers: Set<Int32> = []
        for part in word.text.split(separator: ",") {
            if let number = Int32(part), (0..<256).contains(number) {
                numbers.insert(number)
            } else if let number = CertificateError.number(of: String(part)) {
                numbers.insert(number)
            } else {
                statement.alert("unknown verification error '\(part)'", at: word)
            }
        }
        return .some(numbers)
    }
}

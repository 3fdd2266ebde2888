import ConfigurationLanguage
import Core
import Diagnostics

/// Certificates, keys and lists on disk. All of them are read while the configuration is: afterwards there may be no
/// way to them.
enum TLSFiles {
    /// Files of a directory of certificates, at most.
    static let directoryLimit = 10_000
    /// Where systems keep the authorities that they trust.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ]
    /// What stands beside certificates in a directory and is none itself.
    private static let companions = [".issuer", ".ocsp", ".sctl", ".key", ".dh"]
    /// Keys of several kinds side by side under one name.
    private static let kinds = ["rsa", "ecdsa", "dsa"]

    /// The certificates that a `crt` argument names: one of a store, a file, a directory, or `name` for `name.rsa` and
    /// `name.ecdsa`.
    static func certificates(_ word: Word, _ statement: Statement) -> [TLSCertificateSettings] {
        let context = statement.context
        if word.text.hasPrefix("@") {
            if let stored = context.storedCertificates[word.text] { return [stored] }
            statement.alert(
                "'crt' : no 'crt-store' section above has '\(word.text)'", at: word,
                fix: "'@<store>/<alias>', or '@<store>/<file>' as its 'load' line says it")
            return []
        }
        let path = absolute(word.text, context.process.tls.certificateBase)
        context.certificatesRead.insert(path)
        if let stored = context.storedCertificates[path] { return [stored] }
        if let members = context.loader.listDirectory(path) {
            let wanted = members.sorted().filter { name in
                !name.hasPrefix(".") && !companions.contains { name.hasSuffix($0) }
            }
            if wanted.isEmpty {
                statement.warn("'crt' : no certificate in directory '\(path)'", at: word)
            }
            return wanted.prefix(directoryLimit).compactMap {
                certificate(join(path, $0), word, statement)
            }
        }
        if case .failure = context.file(path), context.process.tls.extraFiles.contains(.bundle) {
            let bundle = kinds.map { "\(path).\($0)" }.filter { isThere($0, context) }
            if !bundle.isEmpty {
                return bundle.compactMap { certificate($0, word, statement) }
            }
        }
        return certificate(path, word, statement).map { [$0] } ?? []
    }

    private static func certificate(
        _ path: String, _ word: Word, _ statement: Statement
    ) -> TLSCertificateSettings? {
        let context = statement.context
        switch context.file(path) {
        case .failure(let failure):
            statement.alert(
                "unable to stat SSL certificate from file '\(path)' : \(failure.reason).", at: word)
            return nil
        case .success(let bytes):
            var settings = TLSCertificateSettings(files: [TLSFile(path: path, bytes: bytes)])
            companions(
                of: path, into: &settings, hasKey: contains("PRIVATE KEY-----", bytes), word,
                statement)
            return settings
        }
    }

    /// What lies beside a certificate: its key where it has none, its issuer, its OCSP response.
    private static func companions(
        of path: String, into settings: inout TLSCertificateSettings, hasKey: Bool, _ word: Word,
        _ statement: Statement
    ) {
        let wanted = statement.context.process.tls.extraFiles
        // Only that ending gives way: 'site.rsa' and 'site.ecdsa' side by side would share a key.
        if statement.context.process.tls.replacesExtension, path.hasSuffix(".crt") {
            settings.stem = String(path.dropLast(4))
        }
        let stem = settings.stem ?? path
        func beside(_ name: String) -> TLSFile? {
            guard case .success(let bytes) = statement.context.file(name), !bytes.isEmpty else {
                return nil
            }
            return TLSFile(path: name, bytes: bytes)
        }
        // One with a passphrase does not count: what takes it off writes the file beside it.
        if wanted.contains(.key), !hasKey || contains("ENCRYPTED", settings.files[0].bytes),
            let key = beside(stem + ".key")
        {
            settings.files.append(key)
        }
        if wanted.contains(.issuer) { settings.issuer = beside(stem + ".issuer") }
        if wanted.contains(.ocsp) { settings.ocspResponse = beside(stem + ".ocsp") }
        if wanted.contains(.sctl), beside(stem + ".sctl") != nil {
            statement.warn(
                "'\(stem).sctl' is not sent: timestamps are not in this version", at: word,
                fix: "say what is wanted with 'ssl-load-extra-files'")
        }
    }

    // MARK: Parts that are named one by one

    /// Where relative paths begin.
    struct Bases {
        var certificate: String?
        var key: String?

        init(_ defaults: TLSDefaults) {
            certificate = defaults.certificateBase
            key = defaults.keyBase
        }
    }

    /// Options of `load` lines, which lines of a `crt-list` take as well: files that do not just lie beside the certificate.
    struct Parts {
        static let words = ["crt", "key", "ocsp", "issuer", "sctl", "alias", "ocsp-update"]

        private(set) var certificate: String?
        private(set) var alias: String?
        fileprivate var key: String?
        fileprivate var ocsp: String?
        fileprivate var issuer: String?

        /// Returns what is wrong with it; nil: nothing.
        mutating func take(_ name: String, _ value: String) -> String? {
            switch name {
            case "crt": certificate = value
            case "key": key = value
            case "ocsp": ocsp = value
            case "issuer": issuer = value
            case "alias": alias = value
            case "ocsp-update":
                if value == "off" { return nil }
                return value == "on"
                    ? "'ocsp-update on' is not supported: \(Reason.tlsRest)"
                    : "'ocsp-update' expects 'on' or 'off'"
            default: return "'\(name)' is not supported: \(Reason.tlsRest)"
            }
            return nil
        }
    }

    /// A certificate with parts that have names of their own; what they leave open is looked for beside it.
    static func certificate(
        _ path: String, _ parts: Parts, _ bases: Bases, at word: Word, _ statement: Statement
    ) -> TLSCertificateSettings? {
        guard var settings = certificate(path, word, statement) else { return nil }
        func part(_ name: String?, _ base: String?) -> TLSFile? {
            guard let name else { return nil }
            return file(Word(name, range: word.range), base: base, statement)
        }
        if let key = part(parts.key, bases.key) { settings.replaceKey(key) }
        if let issuer = part(parts.issuer, bases.certificate) { settings.issuer = issuer }
        if let ocsp = part(parts.ocsp, bases.certificate) { settings.ocspResponse = ocsp }
        return settings
    }

    /// Authorities or revocation lists: a file, a directory, or `@system-ca`.
    static func authorities(_ word: Word, _ what: String, _ statement: Statement) -> [TLSFile] {
        let context = statement.context
        if word.text == "@system-ca" {
            for path in systemAuthorities {
                if case .success(let bytes) = context.file(path) {
                    return [TLSFile(path: path, bytes: bytes)]
                }
            }
            statement.alert(
                "'\(what)' : this system has no file of trusted authorities", at: word,
                fix: "install the package ca-certificates")
            return []
        }
        let path = absolute(word.text, context.process.tls.authorityBase)
        let paths =
            context.loader.listDirectory(path).map { members in
                members.sorted().filter { !$0.hasPrefix(".") }.prefix(directoryLimit).map {
                    join(path, $0)
                }
            } ?? [path]
        if paths.isEmpty, what.hasSuffix("-file") {
            statement.alert("'\(what)' : no file in directory '\(path)'", at: word)
        }
        return paths.compactMap { path in
            switch context.file(path) {
            case .success(let bytes): return TLSFile(path: path, bytes: bytes)
            case .failure(let failure):
                statement.alert(
                    "'\(what)' : unable to load '\(path)' : \(failure.reason)", at: word)
                return nil
            }
        }
    }

    /// Any other file.
    static func file(_ word: Word, base: String?, _ statement: Statement) -> TLSFile? {
        let path = absolute(word.text, base)
        switch statement.context.file(path) {
        case .success(let bytes): return TLSFile(path: path, bytes: bytes)
        case .failure(let failure):
            statement.alert("cannot open '\(path)' : \(failure.reason)", at: word)
            return nil
        }
    }

    // MARK: Helpers

    static func absolute(_ path: String, _ base: String?) -> String {
        guard let base, !path.hasPrefix("/") else { return path }
        return join(base, path)
    }

    private static func join(_ directory: String, _ name: String) -> String {
        directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
    }

    private static func isThere(_ path: String, _ context: ReadingContext) -> Bool {
        if case .success = context.file(path) { return true }
        return false
    }

    private static func contains(_ text: String, _ bytes: [UInt8]) -> Bool {
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return false }
        return bytes.indices.dropLast(wanted.count - 1).contains { start in
            bytes[start] == wanted[0]
                && bytes[start..<start + wanted.count].elementsEqual(wanted)
        }
    }
}

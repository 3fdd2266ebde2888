internal import Configuration
internal import COpenSSL
internal import Linux

/// One SSL_CTX, built from settings. The files beside this one add what only servers or only clients need.
@safe
internal struct OpenSSLContext {
    /// Certificates or revocation lists of one file, at most.
    static let storeLimit = 4096

    let pointer: OpaquePointer

    /// Freed by whoever keeps it.
    /// `settings`: what certificates are measured by when they are added; `apply` does the rest.
    init(_ settings: TLSProtocolSettings) throws(TLSProblem) {
        ErrorQueue.drain()
        guard let made = unsafe SSL_CTX_new(TLS_method()) else {
            throw TLSProblem("cannot make a TLS context: \(ErrorQueue.takeText()).")
        }
        unsafe pointer = made
        if let level = settings.securityLevel {
            unsafe SSL_CTX_set_security_level(made, Int32(level))
        }
        if settings.keepsSecrets { unsafe KeyLogKeeper.install(in: made) }
        unsafe openssl_set_modes(made)
        unsafe SSL_CTX_set_options(made, openssl_options_common())
    }

    func free() { unsafe SSL_CTX_free(pointer) }

    func apply(_ settings: TLSProtocolSettings) throws(TLSProblem) {
        ErrorQueue.drain()
        let least = Int32(settings.minimum.rawValue)
        let most = Int32(settings.maximum.rawValue)
        guard unsafe openssl_set_versions(pointer, least, most) == 1 else {
            throw TLSProblem(
                "the library cannot do \(settings.minimum.word) to \(settings.maximum.word).")
        }
        for version in settings.excluded {
            unsafe SSL_CTX_set_options(
                pointer, openssl_option_no_version(Int32(version.rawValue)))
        }
        if !settings.usesTickets { unsafe SSL_CTX_set_options(pointer, openssl_option_no_ticket()) }
        if let list = settings.ciphers, unsafe SSL_CTX_set_cipher_list(pointer, list) != 1 {
            throw TLSProblem(
                "unable to set SSL cipher list to '\(list)'.",
                fix: "'openssl ciphers -v <list>' shows what a list gives")
        }
        if let list = settings.cipherSuites, unsafe SSL_CTX_set_ciphersuites(pointer, list) != 1 {
            throw TLSProblem(
                "unable to set TLS 1.3 cipher suites to '\(list)'.",
                fix: "'openssl ciphers -s -tls1_3' shows what there is; names are separated by ':'")
        }
        if let list = settings.curves, unsafe openssl_set_groups(pointer, list) != 1 {
            throw TLSProblem(
                "unable to set SSL curves list to '\(list)'.", fix: "for instance 'X25519:P-256'")
        }
        if let list = settings.signatureAlgorithms,
            unsafe openssl_set_sigalgs(pointer, list) != 1
        {
            throw TLSProblem("unable to set SSL Signature Algorithm list to '\(list)'.")
        }
        if let list = settings.clientSignatureAlgorithms,
            unsafe openssl_set_client_sigalgs(pointer, list) != 1
        {
            throw TLSProblem("unable to set SSL Signature Algorithm list to '\(list)'.")
        }
        ErrorQueue.drain()
    }

    /// Loads what the other side's certificate is verified against. `namesThem`: clients are told the names.
    func apply(_ settings: TLSVerificationSettings, namesThem: Bool) throws(TLSProblem) {
        ErrorQueue.drain()
        defer { ErrorQueue.drain() }
        guard let store = unsafe SSL_CTX_get_cert_store(pointer) else { return }
        for file in settings.authorities + settings.unnamedAuthorities {
            let isNamed = namesThem && settings.authorities.contains(file)
            let found = unsafe PEM.certificates(file.bytes, limit: OpenSSLContext.storeLimit)
            if unsafe found.isEmpty {
                throw TLSProblem(
                    "unable to load CA file '\(file.path)': no PEM certificate found.",
                    fix:
                        "authorities are certificates: the file needs '-----BEGIN CERTIFICATE-----'"
                )
            }
            for index in unsafe found.indices {
                let certificate = unsafe found[index]
                unsafe X509_STORE_add_cert(store, certificate)
                if isNamed { unsafe SSL_CTX_add_client_CA(pointer, certificate) }
                unsafe X509_free(certificate)
            }
        }
        for file in settings.revocations {
            let found = unsafe PEM.revocations(file.bytes, limit: OpenSSLContext.storeLimit)
            if unsafe found.isEmpty {
                throw TLSProblem(
                    "unable to load CRL file '\(file.path)': no PEM list found.",
                    fix:
                        "the file needs '-----BEGIN X509 CRL-----'; from DER: openssl crl -inform DER"
                )
            }
            for index in unsafe found.indices {
                let list = unsafe found[index]
                unsafe X509_STORE_add_crl(store, list)
                unsafe X509_CRL_free(list)
            }
            unsafe X509_STORE_set_flags(
                store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
        }
    }

    /// Several certificates may stand side by side as long as their keys are of different kinds.
    /// `skipsRoots`: authorities that have signed themselves are not sent (`ssl-skip-self-issued-ca`).
    func add(_ certificate: TLSCertificate, skipsRoots: Bool = false) throws(TLSProblem) {
        ErrorQueue.drain()
        guard unsafe SSL_CTX_use_certificate(pointer, certificate.leaf) == 1,
            unsafe SSL_CTX_use_PrivateKey(pointer, certificate.key) == 1
        else {
            throw CertificateComplaint.unusable(certificate.path, ErrorQueue.takeText())
        }
        for index in unsafe certificate.chain.indices {
            let above = unsafe certificate.chain[index]
            if skipsRoots, unsafe X509_check_issued(above, above) == X509_V_OK { continue }
            unsafe openssl_add_chain(pointer, above)
        }
        ErrorQueue.drain()
    }

    /// Length and bytes of each name one behind the other, as ALPN wants them.
    static func wireFormat(_ protocols: [String]) -> [UInt8] {
        protocols.flatMap { name in
            let bytes = Array(name.utf8.prefix(255))
            return [UInt8(bytes.count)] + bytes
        }
    }

    /// Notes what verification finds; the ignored errors are passed over.
    static func verified(
        _ isGood: Int32, _ store: OpaquePointer?, ignoring settings: TLSVerificationSettings?
    ) -> Int32 {
        guard isGood != 1, let store = unsafe store,
            let data = unsafe X509_STORE_CTX_get_ex_data(
                store, SSL_get_ex_data_X509_STORE_CTX_idx())
        else { return isGood }
        let ssl = OpaquePointer(data)
        let error = unsafe X509_STORE_CTX_get_error(store)
        let depth = unsafe X509_STORE_CTX_get_error_depth(store)
        var record = unsafe VerificationRecord(ssl)
        if depth > 0 {
            if record.authorityError == 0 {
                record.authorityError = error
                record.authorityDepth = depth
            }
        } else if record.leafError == 0 {
            record.leafError = error
        }
        unsafe record.store(in: ssl)
        guard let settings else { return 0 }
        let ignored = depth > 0 ? settings.ignoredAuthorityErrors : settings.ignoredLeafErrors
        return ignored.contains(error) ? 1 : 0
    }
}

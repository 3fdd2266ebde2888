internal import COpenSSL
internal import Configuration

/// One SSL_CTX of a bind line: the certificates of a name, one of each kind of key, and what they are used with. It lives on
/// in later snapshots as long as nothing in it changes.
@safe
internal final class CertificateContext: @unchecked Sendable {
    let settings: TLSContextSettings
    let certificates: [TLSCertificate]
    private let context: OpenSSLContext
    private let protocols: [[UInt8]]

    var pointer: OpaquePointer { unsafe context.pointer }

    init(
        _ certificates: [TLSCertificate], _ settings: TLSContextSettings, _ bind: TLSBindSettings
    ) throws(TLSProblem) {
        self.settings = settings
        self.certificates = certificates
        protocols = settings.applicationProtocols.map { Array($0.utf8) }
        context = try OpenSSLContext(settings.protocols)
        for certificate in certificates {
            try context.add(certificate, skipsRoots: bind.skipsRoots)
        }
        try configure(bind)
        unsafe setCallbacks(context.pointer)
    }

    deinit { context.free() }

    private func configure(_ bind: TLSBindSettings) throws(TLSProblem) {
        let pointer = unsafe context.pointer
        try context.apply(settings.protocols)
        try context.apply(
            settings.verification, namesThem: settings.verification.namesAuthorities)
        if !settings.prefersClientCiphers {
            unsafe SSL_CTX_set_options(pointer, openssl_option_server_preference())
        }
        unsafe openssl_set_server_cache(pointer, bind.cachedSessions)
        unsafe SSL_CTX_set_timeout(pointer, bind.sessionLifetime)
        // A session may be resumed only where the same clients are let in (CVE-2025-23419), now and after every change.
        let mark = Digest.sha256(of: settings.verification)
        _ = unsafe SSL_CTX_set_session_id_context(pointer, mark, UInt32(mark.count))
        if let file = bind.dhParameters, let parameters = unsafe PEM.parameters(file.bytes) {
            // Taken over only where it is taken.
            if unsafe SSL_CTX_set0_tmp_dh_pkey(pointer, parameters) != 1 {
                unsafe EVP_PKEY_free(parameters)
                throw TLSProblem("cannot use the DH parameters of '\(file.path)'.")
            }
        } else {
            unsafe openssl_set_automatic_dh(pointer)
        }
    }

    // MARK: During a handshake

    private static let slot = openssl_new_context_index()

    /// The object behind an SSL_CTX.
    private static func of(_ pointer: OpaquePointer?) -> CertificateContext? {
        guard let pointer = unsafe pointer, let me = unsafe SSL_CTX_get_ex_data(pointer, slot)
        else { return nil }
        return unsafe Unmanaged<CertificateContext>.fromOpaque(me).takeUnretainedValue()
    }

    /// The callbacks find this object through the SSL_CTX that the connection has then.
    private func setCallbacks(_ pointer: OpaquePointer) {
        unsafe SSL_CTX_set_ex_data(
            pointer, CertificateContext.slot, Unmanaged.passUnretained(self).toOpaque())
        let mode =
            switch settings.verification.mode {
            case .none: SSL_VERIFY_NONE
            case .optional: SSL_VERIFY_PEER
            case .required: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
            }
        unsafe SSL_CTX_set_verify(
            pointer, mode,
            { isGood, store in
                unsafe OpenSSLContext.verified(
                    isGood, store, ignoring: CertificateContext.verification(of: store))
            })
        unsafe openssl_set_status_callback(
            pointer,
            { ssl, _ in
                guard let ssl = unsafe ssl,
                    let context = unsafe CertificateContext.of(SSL_get_SSL_CTX(ssl))
                else { return SSL_TLSEXT_ERR_NOACK }
                return unsafe context.staple(ssl)
            })
        // Always set: a client may have begun with another certificate's context, which has protocols.
        unsafe SSL_CTX_set_alpn_select_cb(
            pointer,
            { ssl, out, outCount, offered, count, _ in
                guard let ssl = unsafe ssl, let out = unsafe out, let outCount = unsafe outCount,
                    let offered = unsafe offered,
                    let context = unsafe CertificateContext.of(SSL_get_SSL_CTX(ssl))
                else { return SSL_TLSEXT_ERR_NOACK }
                return unsafe context.chooseProtocol(out, outCount, offered, count)
            }, nil)
    }

    /// The settings that count for the connection whose certificate is looked at.
    private static func verification(of store: OpaquePointer?) -> TLSVerificationSettings? {
        guard let store = unsafe store,
            let data = unsafe X509_STORE_CTX_get_ex_data(
                store, SSL_get_ex_data_X509_STORE_CTX_idx())
        else { return nil }
        return unsafe CertificateContext.of(SSL_get_SSL_CTX(OpaquePointer(data)))?
            .settings.verification
    }

    /// Sends what the authority says of the certificate that was chosen, while that is valid.
    private func staple(_ ssl: OpaquePointer) -> Int32 {
        let chosen = unsafe SSL_get_certificate(ssl)
        guard let certificate = certificates.first(where: { unsafe $0.leaf == chosen }),
            let response = certificate.stapled, response.isCurrent
        else { return SSL_TLSEXT_ERR_NOACK }
        let count = response.bytes.count
        guard let memory = unsafe CRYPTO_malloc(count, "", 0) else { return SSL_TLSEXT_ERR_NOACK }
        unsafe memory.copyMemory(from: response.bytes, byteCount: count)
        unsafe openssl_set_status_response(ssl, memory, count)
        return SSL_TLSEXT_ERR_OK
    }

    private func chooseProtocol(
        _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>,
        _ outCount: UnsafeMutablePointer<UInt8>, _ offered: UnsafePointer<UInt8>, _ count: UInt32
    ) -> Int32 {
        let offers = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
        for wanted in protocols {
            var at = 0
            while at < offers.count {
                let size = Int(unsafe offers[at])
                guard at + 1 + size <= offers.count else { return SSL_TLSEXT_ERR_NOACK }
                let name = unsafe UnsafeBufferPointer(rebasing: offers[at + 1..<at + 1 + size])
                if unsafe name.elementsEqual(wanted) {
                    unsafe out.pointee = name.baseAddress
                    unsafe outCount.pointee = UInt8(size)
                    return SSL_TLSEXT_ERR_OK
                }
                at += 1 + size
            }
        }
        return SSL_TLSEXT_ERR_NOACK
    }
}

/// Digests of what is not secret.
internal enum Digest {
    /// 32 bytes that differ where the settings do.
    static func sha256(of settings: TLSVerificationSettings) -> [UInt8] {
        var parts = Array("dyad \(settings.mode) ".utf8)
        parts += Array("\(settings.ignoredLeafErrors) \(settings.ignoredAuthorityErrors)".utf8)
        for (kind, files) in [
            ("ca", settings.authorities), ("verify", settings.unnamedAuthorities),
            ("crl", settings.revocations),
        ] {
            for file in files { parts += Array("\(kind) \(file.bytes.count) ".utf8) + file.bytes }
        }
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        _ = unsafe EVP_Digest(parts, parts.count, &digest, &count, EVP_sha256(), nil)
        return digest
    }
}

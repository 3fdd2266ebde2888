internal import COpenSSL
package import Configuration
internal import Expressions
internal import Linux

/// TLS of a bind line: its certificates, and which of them a client gets. Immutable and shared by all workers, and so
/// is its cache of sessions.
@safe
package final class TLSServerContext: TLSContext, @unchecked Sendable {
    package let settings: TLSBindSettings
    package let certificates: [TLSCertificate]
    /// The contexts; the first one is for clients without a known name.
    private var contexts: [OpenSSLContext] = []
    /// What each context was made from.
    private var contextSettings: [TLSContextSettings] = []
    private var wireProtocols: [[UInt8]] = []
    private var names = CertificateNames()
    /// Contexts by the entries that they hold.
    private var combinations: [[Int]: Int] = [:]
    /// By entry: the context of its name.
    private var contextOfEntry: [Int: Int] = [:]
    private var contextOfName: [String: Int] = [:]

    /// `certificates` that were parsed before, by the same indexes.
    package init(_ settings: TLSBindSettings) throws(TLSProblem) {
        self.settings = settings
        var certificates: [TLSCertificate] = []
        for certificate in settings.certificates {
            certificates.append(try TLSCertificate(certificate.files))
        }
        self.certificates = certificates
        guard !certificates.isEmpty else {
            throw TLSProblem("no SSL certificate specified.", fix: "add 'crt <file>' to the line")
        }
        for (index, certificate) in settings.certificates.enumerated() {
            let filters =
                certificate.filters.isEmpty ? certificates[index].names : certificate.filters
            names.add(filters.map { $0.lowercased() }, entry: index)
        }
        try makeContexts()
    }

    deinit { for context in contexts { context.free() } }

    /// A session for a connection that was accepted; nil: memory has run out.
    package func session(_ socket: Int32) -> TLSSession? {
        unsafe TLSSession(contexts[0].pointer, socket: socket, context: self, isServer: true)
    }

    // MARK: Contexts

    private func makeContexts() throws(TLSProblem) {
        var first = [0]
        // `site.pem.rsa` and `site.pem.ecdsa`, or two lines for the same name: one of each kind stands beside the first.
        if let name = certificates[0].names.first {
            first = beside(0, in: names.entries(for: name))
        }
        _ = try context(for: first)
        for index in certificates.indices {
            let filters = settings.certificates[index].filters
            let own = filters.isEmpty ? certificates[index].names : filters
            for name in own where !name.hasPrefix("!") {
                // Wildcards are looked up by an example of what they stand for.
                let example = name.hasPrefix("*.") ? "x" + name.dropFirst() : name
                let entries = names.entries(for: example.lowercased())
                guard let best = entries.first else { continue }
                contextOfName[name.lowercased()] = try context(for: beside(best, in: entries))
            }
            if contextOfEntry[index] == nil { contextOfEntry[index] = try context(for: [index]) }
        }
    }

    /// The first entry of each kind of key that has the same settings as the best one.
    private func beside(_ best: Int, in entries: [Int]) -> [Int] {
        var chosen = [best]
        for entry in entries where !chosen.contains(entry) {
            let isNew = chosen.allSatisfy {
                certificates[$0].keyKind != certificates[entry].keyKind
            }
            if isNew, settings.certificates[entry].own == settings.certificates[best].own {
                chosen.append(entry)
            }
        }
        return chosen
    }

    private func context(for entries: [Int]) throws(TLSProblem) -> Int {
        if let known = combinations[entries] { return known }
        let own = settings.certificates[entries[0]].own ?? settings.context
        let context = try OpenSSLContext()
        contexts.append(context)
        contextSettings.append(own)
        let index = contexts.count - 1
        combinations[entries] = index
        for entry in entries { try context.add(certificates[entry]) }
        try configure(context, own, index)
        return index
    }

    private func configure(
        _ context: OpenSSLContext, _ own: TLSContextSettings, _ index: Int
    ) throws(TLSProblem) {
        let pointer = unsafe context.pointer
        try context.apply(own.protocols)
        try context.apply(own.verification, namesThem: own.verification.namesAuthorities)
        if !own.prefersClientCiphers {
            unsafe SSL_CTX_set_options(pointer, openssl_option_server_preference())
        }
        unsafe openssl_set_server_cache(pointer, settings.cachedSessions)
        unsafe SSL_CTX_set_timeout(pointer, settings.sessionLifetime)
        // A session may be resumed only where the same clients are let in (CVE-2025-23419): the context's number goes
        // into it where verification differs.
        let group = contextSettings.firstIndex { $0.verification == own.verification } ?? index
        let mark =
            unsafe Array("dyad".utf8)
            + withUnsafeBytes(of: UInt32(clamping: group)) { unsafe Array($0) }
        _ = unsafe SSL_CTX_set_session_id_context(pointer, mark, UInt32(mark.count))
        if let file = settings.dhParameters, let parameters = unsafe PEM.parameters(file.bytes) {
            // Taken over only where it is taken.
            if unsafe SSL_CTX_set0_tmp_dh_pkey(pointer, parameters) != 1 {
                unsafe EVP_PKEY_free(parameters)
                throw TLSProblem("cannot use the DH parameters of '\(file.path)'.")
            }
        } else {
            unsafe openssl_set_automatic_dh(pointer)
        }
        unsafe setCallbacks(pointer, own)
    }

    private func setCallbacks(_ pointer: OpaquePointer, _ own: TLSContextSettings) {
        let me = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe SSL_CTX_set_ex_data(pointer, TLSServerContext.slot, me)
        unsafe SSL_CTX_set_client_hello_cb(
            pointer,
            { ssl, alert, me in
                guard let ssl = unsafe ssl, let me = unsafe me else {
                    return SSL_CLIENT_HELLO_SUCCESS
                }
                let context = unsafe Unmanaged<TLSServerContext>.fromOpaque(me)
                    .takeUnretainedValue()
                if unsafe context.choose(ssl) { return SSL_CLIENT_HELLO_SUCCESS }
                unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
                return SSL_CLIENT_HELLO_ERROR
            }, me)
        let mode =
            switch own.verification.mode {
            case .none: SSL_VERIFY_NONE
            case .optional: SSL_VERIFY_PEER
            case .required: SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
            }
        unsafe SSL_CTX_set_verify(
            pointer, mode,
            { isGood, store in
                unsafe OpenSSLContext.verified(
                    isGood, store, ignoring: TLSServerContext.verification(of: store))
            })
        guard !own.applicationProtocols.isEmpty else { return }
        unsafe SSL_CTX_set_alpn_select_cb(
            pointer,
            { ssl, out, outCount, offered, count, me in
                guard let ssl = unsafe ssl, let me = unsafe me, let out = unsafe out,
                    let outCount = unsafe outCount, let offered = unsafe offered
                else { return SSL_TLSEXT_ERR_NOACK }
                let context = unsafe Unmanaged<TLSServerContext>.fromOpaque(me)
                    .takeUnretainedValue()
                return unsafe context.chooseProtocol(ssl, out, outCount, offered, count)
            }, me)
    }

    private static let slot = openssl_new_context_index()

    // MARK: During a handshake

    /// Chooses the certificate for the name that the client asks for. False: it must not have one.
    private func choose(_ ssl: OpaquePointer) -> Bool {
        guard let name = unsafe TLSServerContext.serverName(in: ssl), !name.isEmpty else {
            return !settings.isStrictSNI
        }
        guard let index = contextIndex(for: name) else { return !settings.isStrictSNI }
        if index > 0 { unsafe adopt(index, ssl) }
        return true
    }

    /// nil: no certificate has the name.
    private func contextIndex(for name: String) -> Int? {
        if let index = contextOfName[name] { return index }
        guard let best = names.entries(for: name).first else { return nil }
        if let dot = name.firstIndex(of: "."), let index = contextOfName["*" + name[dot...]],
            combinations.contains(where: { $0.value == index && $0.key.contains(best) })
        {
            return index
        }
        return contextOfEntry[best]
    }

    /// SSL_set_SSL_CTX changes the certificate only: the rest is carried over by hand.
    private func adopt(_ index: Int, _ ssl: OpaquePointer) {
        let pointer = unsafe contexts[index].pointer
        unsafe SSL_set_SSL_CTX(ssl, pointer)
        let own = contextSettings[index]
        guard own != contextSettings[0] else { return }
        unsafe SSL_set_verify(
            ssl, SSL_CTX_get_verify_mode(pointer), SSL_CTX_get_verify_callback(pointer))
        unsafe SSL_set0_CA_list(ssl, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(pointer)))
        unsafe SSL_clear_options(ssl, SSL_get_options(ssl))
        unsafe SSL_set_options(ssl, SSL_CTX_get_options(pointer))
        _ = unsafe openssl_set_versions_of_session(
            ssl, Int32(own.protocols.minimum.rawValue), Int32(own.protocols.maximum.rawValue))
        if let list = own.protocols.ciphers { unsafe SSL_set_cipher_list(ssl, list) }
        if let list = own.protocols.cipherSuites { unsafe SSL_set_ciphersuites(ssl, list) }
    }

    private func chooseProtocol(
        _ ssl: OpaquePointer, _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>,
        _ outCount: UnsafeMutablePointer<UInt8>, _ offered: UnsafePointer<UInt8>, _ count: UInt32
    ) -> Int32 {
        let current = unsafe SSL_get_SSL_CTX(ssl)
        guard let index = contexts.firstIndex(where: { unsafe $0.pointer == current }) else {
            return SSL_TLSEXT_ERR_NOACK
        }
        let offers = unsafe UnsafeBufferPointer(start: offered, count: Int(count))
        for wanted in contextSettings[index].applicationProtocols {
            var at = 0
            while at < offers.count {
                let size = Int(unsafe offers[at])
                guard at + 1 + size <= offers.count else { return SSL_TLSEXT_ERR_NOACK }
                let name = unsafe UnsafeBufferPointer(rebasing: offers[at + 1..<at + 1 + size])
                if unsafe name.elementsEqual(wanted.utf8) {
                    unsafe out.pointee = name.baseAddress
                    unsafe outCount.pointee = UInt8(size)
                    return SSL_TLSEXT_ERR_OK
                }
                at += 1 + size
            }
        }
        return SSL_TLSEXT_ERR_NOACK
    }

    /// The settings that count for the connection whose certificate is looked at.
    private static func verification(of store: OpaquePointer?) -> TLSVerificationSettings? {
        guard let store = unsafe store,
            let data = unsafe X509_STORE_CTX_get_ex_data(
                store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let pointer = unsafe SSL_get_SSL_CTX(OpaquePointer(data)),
            let me = unsafe SSL_CTX_get_ex_data(pointer, slot)
        else { return nil }
        let context = unsafe Unmanaged<TLSServerContext>.fromOpaque(me).takeUnretainedValue()
        let index = context.contexts.firstIndex { unsafe $0.pointer == pointer }
        return index.map { context.contextSettings[$0].verification }
    }

    /// The name in the ClientHello, in small letters.
    private static func serverName(in ssl: OpaquePointer) -> String? {
        var start: UnsafePointer<UInt8>?
        var count = 0
        guard unsafe SSL_client_hello_get0_ext(ssl, 0, &start, &count) == 1,
            let bytes = unsafe start
        else { return nil }
        let content = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
        guard let name = ClientHello.serverName(inExtension: content),
            name.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { return nil }
        return String(decoding: name, as: UTF8.self).lowercased()
    }
}

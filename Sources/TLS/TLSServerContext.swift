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
    /// Where every handshake begins, and ends for clients without a known name.
    private let front: CertificateContext
    private var contexts: [CertificateContext] = []
    private var names = CertificateNames()
    /// Contexts by the entries that they hold.
    private var combinations: [[Int]: Int] = [:]
    /// By entry: the context of its name.
    private var contextOfEntry: [Int: Int] = [:]
    private var contextOfName: [String: Int] = [:]
    private let ticketKeys: TicketKeys?

    /// `old`: what is unchanged is taken over from it, and its clients may go on to resume their sessions.
    package init(
        _ settings: TLSBindSettings, keeping old: TLSServerContext? = nil
    ) throws(TLSProblem) {
        self.settings = settings
        let known = Dictionary(
            (old?.certificates ?? []).map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first }
        )
        let keepsChains = old?.settings.issuerChains == settings.issuerChains
        var certificates: [TLSCertificate] = []
        for wanted in settings.certificates {
            let material = wanted.material
            if keepsChains, let same = known[wanted.path], same.material == material {
                certificates.append(same)
            } else {
                certificates.append(
                    try TLSCertificate(material, chains: settings.issuerChains))
            }
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
        var first = [0]
        // `site.pem.rsa` and `site.pem.ecdsa`, or two lines for the same name: one of each kind stands beside the first.
        if let name = certificates[0].names.first {
            first = TLSServerContext.beside(0, in: names.entries(for: name), settings, certificates)
        }
        front = try CertificateContext(
            first.map { certificates[$0] }, settings.certificates[0].own ?? settings.context,
            settings)
        ticketKeys = try settings.ticketKeys.map { file throws(TLSProblem) in
            try TicketKeys(file)
        }
        try makeContexts(keeping: old)
        prepareFront(keeping: old)
    }

    /// A session for a connection that was accepted; nil: memory has run out.
    package func session(_ socket: Int32) -> TLSSession? {
        guard
            var session = unsafe TLSSession(
                front.pointer, socket: socket, context: self, isServer: true)
        else { return nil }
        session.limitRecords(settings.context.protocols.largestRecord)
        if let ticketKeys { unsafe session.withOpenSSL { unsafe ticketKeys.serve($0) } }
        return session
    }

    /// Host names that choose a certificate, with its file; negated ones begin with `!`.
    package var namesByFile: [(name: String, file: String)] {
        settings.certificates.enumerated().flatMap { index, certificate in
            let own = certificate.filters.isEmpty ? certificates[index].names : certificate.filters
            return own.map { ($0, certificate.path) }
        }
    }

    // MARK: Contexts

    private func makeContexts(keeping old: TLSServerContext?) throws(TLSProblem) {
        let reusable = old.map { $0.isAlike(self) ? $0.contexts : [] } ?? []
        var known: [ObjectIdentifier: [CertificateContext]] = [:]
        for context in reusable {
            known[ObjectIdentifier(context.certificates[0]), default: []].append(context)
        }
        for index in certificates.indices {
            let filters = settings.certificates[index].filters
            let own = filters.isEmpty ? certificates[index].names : filters
            // What a filter takes out of a wildcard is a name like others: another line may have it.
            for name in own.map({ $0.hasPrefix("!") ? String($0.dropFirst()) : $0 }) {
                // Wildcards are looked up by an example of what they stand for, which no line can name.
                let example = name.hasPrefix("*.") ? " " + name.dropFirst() : name
                let entries = names.entries(for: example.lowercased())
                guard let best = entries.first else { continue }
                contextOfName[name.lowercased()] = try context(
                    for: TLSServerContext.beside(best, in: entries, settings, certificates), known)
            }
            if contextOfEntry[index] == nil {
                contextOfEntry[index] = try context(for: [index], known)
            }
        }
    }

    /// Whether what all contexts have in common is the same.
    private func isAlike(_ other: TLSServerContext) -> Bool {
        settings.dhParameters == other.settings.dhParameters
            && settings.cachedSessions == other.settings.cachedSessions
            && settings.sessionLifetime == other.settings.sessionLifetime
            && settings.skipsRoots == other.settings.skipsRoots
    }

    /// The first entry of each kind of key that has the same settings as the best one.
    private static func beside(
        _ best: Int, in entries: [Int], _ settings: TLSBindSettings,
        _ certificates: [TLSCertificate]
    ) -> [Int] {
        var chosen = [best]
        for entry in entries where !chosen.contains(entry) {
            let isNew = chosen.allSatisfy {
                certificates[$0].keyKind != certificates[entry].keyKind
            }
            let own = settings.certificates[entry].own ?? settings.context
            if isNew, own == settings.certificates[best].own ?? settings.context {
                chosen.append(entry)
            }
        }
        return chosen
    }

    private func context(
        for entries: [Int], _ known: [ObjectIdentifier: [CertificateContext]]
    ) throws(TLSProblem) -> Int {
        if let index = combinations[entries] { return index }
        let own = settings.certificates[entries[0]].own ?? settings.context
        let wanted = entries.map { certificates[$0] }
        let old = known[ObjectIdentifier(wanted[0])]?.first {
            $0.settings == own && $0.certificates.elementsEqual(wanted, by: ===)
        }
        if let old {
            contexts.append(old)
        } else {
            contexts.append(try CertificateContext(wanted, own, settings))
        }
        combinations[entries] = contexts.count - 1
        return contexts.count - 1
    }

    private func prepareFront(keeping old: TLSServerContext?) {
        let pointer = unsafe front.pointer
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
            }, Unmanaged.passUnretained(self).toOpaque())
        unsafe TLSStatistics.install(in: pointer)
        unsafe HelloKeeper.install(in: pointer, limit: settings.capturedBytes)
        if ticketKeys != nil {
            unsafe TicketKeys.install(in: pointer)
        } else if let old, old.ticketKeys == nil {
            unsafe TicketKeys.copy(from: old.front.pointer, to: pointer)
        }
    }

    // MARK: During a handshake

    /// Chooses the certificate for the name that the client asks for. False: it must not have one.
    private func choose(_ ssl: OpaquePointer) -> Bool {
        guard let name = unsafe TLSServerContext.serverName(in: ssl), !name.isEmpty else {
            return !settings.isStrictSNI
        }
        guard let index = contextIndex(for: name) else { return !settings.isStrictSNI }
        unsafe adopt(contexts[index], ssl)
        return true
    }

    /// nil: no certificate has the name.
    private func contextIndex(for name: String) -> Int? {
        if let index = contextOfName[name] { return index }
        guard let best = names.entries(for: name).first else { return nil }
        if let dot = name.firstIndex(of: "."), let index = contextOfName["*" + name[dot...]],
            contexts[index].certificates.contains(where: { $0 === certificates[best] })
        {
            return index
        }
        return contextOfEntry[best]
    }

    /// SSL_set_SSL_CTX changes the certificate only: the rest is carried over by hand.
    private func adopt(_ context: CertificateContext, _ ssl: OpaquePointer) {
        let own = context.settings
        if own == front.settings, context.certificates.elementsEqual(front.certificates, by: ===) {
            return
        }
        let pointer = unsafe context.pointer
        unsafe SSL_set_SSL_CTX(ssl, pointer)
        guard own != front.settings else { return }
        unsafe SSL_set_verify(
            ssl, SSL_CTX_get_verify_mode(pointer), SSL_CTX_get_verify_callback(pointer))
        unsafe SSL_set0_CA_list(ssl, SSL_dup_CA_list(SSL_CTX_get_client_CA_list(pointer)))
        unsafe SSL_clear_options(ssl, SSL_get_options(ssl))
        unsafe SSL_set_options(ssl, SSL_CTX_get_options(pointer))
        _ = unsafe openssl_set_versions_of_session(
            ssl, Int32(own.protocols.minimum.rawValue), Int32(own.protocols.maximum.rawValue))
        if let list = own.protocols.ciphers { unsafe SSL_set_cipher_list(ssl, list) }
        if let list = own.protocols.cipherSuites { unsafe SSL_set_ciphersuites(ssl, list) }
        if let list = own.protocols.curves { unsafe openssl_set_groups_of_session(ssl, list) }
        if let list = own.protocols.signatureAlgorithms {
            unsafe openssl_set_sigalgs_of_session(ssl, list)
        }
        if let list = own.protocols.clientSignatureAlgorithms {
            unsafe openssl_set_client_sigalgs_of_session(ssl, list)
        }
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

internal import COpenSSL
package import Configuration

/// TLS towards a server: what is verified, and what we show. Immutable and shared by all workers.
@safe
package final class TLSClientContext: TLSContext, @unchecked Sendable {
    package let settings: TLSServerSettings
    private let context: OpenSSLContext

    package init(_ settings: TLSServerSettings) throws(TLSProblem) {
        self.settings = settings
        let context = try OpenSSLContext(settings.protocols)
        self.context = context
        let pointer = unsafe context.pointer
        try context.apply(settings.protocols)
        try context.apply(settings.verification, namesThem: false)
        if let certificate = settings.certificate {
            try context.add(try TLSCertificate(certificate))
        }
        unsafe openssl_set_client_cache(pointer)
        unsafe SSL_CTX_set_ex_data(
            pointer, TLSClientContext.slot, Unmanaged.passUnretained(self).toOpaque())
        unsafe SSL_CTX_set_verify(
            pointer, settings.verification.mode == .none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER,
            { isGood, store in
                unsafe OpenSSLContext.verified(
                    isGood, store, ignoring: TLSClientContext.verification(of: store))
            })
        let protocols = OpenSSLContext.wireFormat(settings.applicationProtocols)
        if !protocols.isEmpty {
            _ = unsafe SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count))
        }
    }

    deinit { context.free() }

    /// A session for a connection to the server; nil: memory has run out. `name`: the host to ask for. `protocols`: in place
    /// of those of the settings.
    package func session(
        _ socket: Int32, name: String?, resuming saved: TLSSavedSession?, protocols: [String] = []
    ) -> TLSSession? {
        guard
            var session = unsafe TLSSession(
                context.pointer, socket: socket, context: self, isServer: false)
        else { return nil }
        session.limitRecords(settings.protocols.largestRecord)
        unsafe session.withOpenSSL { ssl in
            if let name, !name.isEmpty { unsafe openssl_set_server_name(ssl, name) }
            // As HAProxy: `verifyhost`, else the name that was asked for.
            if let host = settings.verifiedHost ?? name, !host.isEmpty,
                settings.verification.mode != .none
            {
                unsafe SSL_set1_host(ssl, host)
            }
            if !protocols.isEmpty {
                let wire = OpenSSLContext.wireFormat(protocols)
                _ = unsafe SSL_set_alpn_protos(ssl, wire, UInt32(wire.count))
            }
            if let saved, settings.reusesSessions { unsafe saved.offer(ssl) }
        }
        return session
    }

    private static let slot = openssl_new_context_index()

    private static func verification(of store: OpaquePointer?) -> TLSVerificationSettings? {
        guard let store = unsafe store,
            let data = unsafe X509_STORE_CTX_get_ex_data(
                store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let pointer = unsafe SSL_get_SSL_CTX(OpaquePointer(data)),
            let me = unsafe SSL_CTX_get_ex_data(pointer, slot)
        else { return nil }
        return unsafe Unmanaged<TLSClientContext>.fromOpaque(me).takeUnretainedValue()
            .settings.verification
    }
}

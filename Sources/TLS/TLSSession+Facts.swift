internal import COpenSSL
internal import Expressions

/// What a handshake came to, for logs and samples.
extension TLSSession {
    /// For instance `TLSv1.3`; `-` before the handshake.
    public var versionName: [UInt8] { unsafe text { unsafe openssl_version_name($0) } }

    /// For instance `TLS_AES_256_GCM_SHA384`; `-` before the handshake.
    public var cipherName: [UInt8] { unsafe text { unsafe openssl_cipher_name($0) } }

    private func text(_ name: (OpaquePointer) -> UnsafePointer<CChar>?) -> [UInt8] {
        guard isReady, let name = unsafe withOpenSSL({ unsafe name($0) }) ?? nil else {
            return Array("-".utf8)
        }
        return Array(unsafe String(cString: name).utf8)
    }

    /// The handshake resumed an earlier session.
    public var isResumed: Bool {
        unsafe withOpenSSL { unsafe SSL_session_reused($0) == 1 } ?? false
    }

    /// The name that the client asked for, or that we asked a server for.
    public var serverName: [UInt8] {
        unsafe withOpenSSL { ssl in
            guard let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else {
                return []
            }
            return Array(unsafe String(cString: name).utf8)
        } ?? []
    }

    /// The protocol that ALPN agreed on.
    public var applicationProtocol: [UInt8] {
        unsafe withOpenSSL { ssl in
            var bytes: UnsafePointer<UInt8>?
            var count: UInt32 = 0
            unsafe SSL_get0_alpn_selected(ssl, &bytes, &count)
            return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
        } ?? []
    }

    /// Whether the client has a certificate, shown on this connection or when its session began.
    public var hasClientCertificate: Bool {
        unsafe withOpenSSL { ssl in
            guard let certificate = unsafe openssl_peer_certificate(ssl) else { return false }
            unsafe X509_free(certificate)
            return true
        } ?? false
    }

    /// OpenSSL's number; 0: verified.
    public var verifyResult: UInt32 {
        unsafe withOpenSSL { UInt32(clamping: unsafe SSL_get_verify_result($0)) } ?? 0
    }

    /// The common name in the other side's certificate; empty: there is none.
    public var clientCommonName: [UInt8] {
        unsafe withOpenSSL { ssl in
            guard let certificate = unsafe openssl_peer_certificate(ssl) else { return [] }
            defer { unsafe X509_free(certificate) }
            return unsafe CertificateFacts.text(.subject, certificate, entry: "CN")
        } ?? []
    }
}

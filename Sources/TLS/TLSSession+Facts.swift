internal import COpenSSL
public import Core

/// What a handshake came to, for logs and samples.
extension TLSSession {
    /// For instance `TLSv1.3`; `-` before the handshake.
    public borrowing func appendVersion(to line: inout Buffer) {
        append(to: &line) { unsafe openssl_version_name($0) }
    }

    /// For instance `TLS_AES_256_GCM_SHA384`; `-` before the handshake.
    public borrowing func appendCipher(to line: inout Buffer) {
        append(to: &line) { unsafe openssl_cipher_name($0) }
    }

    private borrowing func append(
        to line: inout Buffer, _ text: (OpaquePointer) -> UnsafePointer<CChar>?
    ) {
        let pointer = isReady ? unsafe withOpenSSL({ unsafe text($0) }) ?? nil : nil
        guard var at = unsafe pointer else {
            line.append(UInt8(ascii: "-"))
            return
        }
        while unsafe at.pointee != 0 {
            line.append(UInt8(bitPattern: unsafe at.pointee))
            unsafe at += 1
        }
    }

    /// The handshake resumed an earlier session.
    public var isResumed: Bool { withOpenSSL { unsafe SSL_session_reused($0) == 1 } ?? false }

    /// The name that the client asked for, or that we asked a server for.
    public var serverName: [UInt8] {
        withOpenSSL { ssl in
            guard let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) else { return [] }
            return Array(unsafe String(cString: name).utf8)
        } ?? []
    }

    /// The protocol that ALPN agreed on.
    public var applicationProtocol: [UInt8] {
        withOpenSSL { ssl in
            var bytes: UnsafePointer<UInt8>?
            var count: UInt32 = 0
            unsafe SSL_get0_alpn_selected(ssl, &bytes, &count)
            return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
        } ?? []
    }
}

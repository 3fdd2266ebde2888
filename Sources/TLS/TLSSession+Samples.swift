internal import COpenSSL
public import Core
public import Expressions

/// What expressions ask of a connection's TLS.
extension TLSSession {
    /// Bytes of a certificate or a name that are given out, at most.
    private static let textLimit = 16 * 1024

    /// nil: there is no TLS, or no such thing in it. `isOwn`: about the certificate that we show.
    public borrowing func sample(
        _ fact: TLSFact, isOwn: Bool, entry: RawSpan, into arena: inout Buffer
    ) -> Sample? {
        guard isReady else { return nil }
        switch fact {
        case .isOn: return .bool(true)
        case .isResumed: return .bool(isResumed)
        case .hasServerName: return .bool(!serverName.isEmpty)
        case .serverName: return TLSSession.string(serverName, &arena)
        case .applicationProtocol: return TLSSession.string(applicationProtocol, &arena)
        case .version: return TLSSession.string(versionName, &arena)
        case .cipher: return TLSSession.string(cipherName, &arena)
        case .keyBits, .usedKeyBits: return .integer(bits(isUsed: fact == .usedKeyBits))
        case .sessionID: return TLSSession.binary(sessionID, &arena)
        case .verifyResult: return unsafe integer { Int64(unsafe SSL_get_verify_result($0)) }
        case .leafError: return unsafe integer { Int64(unsafe VerificationRecord($0).leafError) }
        case .authorityError:
            return unsafe integer { Int64(unsafe VerificationRecord($0).authorityError) }
        case .authorityDepth:
            return unsafe integer { Int64(unsafe VerificationRecord($0).authorityDepth) }
        case .usesCertificate:
            return .bool(unsafe certificateFact(isOwn: false) { _ in true } ?? false)
        // Resumed sessions remember the certificate, which was not shown this time.
        case .hasCertificate:
            let isKnown = unsafe certificateFact(isOwn: false) { _ in true } ?? false
            return .bool(!isResumed && isKnown)
        case .certificateVersion:
            return unsafe certificateFact(isOwn: isOwn) {
                .integer(Int64(unsafe X509_get_version($0)) + 1)
            }
        case .der, .serial, .fingerprint:
            let bytes = unsafe certificateFact(isOwn: isOwn) {
                unsafe CertificateFacts.bytes(fact, $0)
            }
            return bytes.flatMap { TLSSession.binary($0, &arena) }
        case .subject, .issuer, .notBefore, .notAfter, .keyAlgorithm, .signatureAlgorithm:
            let name = entry.text()
            let text = unsafe certificateFact(isOwn: isOwn) {
                unsafe CertificateFacts.text(fact, $0, entry: name)
            }
            return text.flatMap { TLSSession.string($0, &arena) }
        }
    }

    private borrowing func integer(_ value: (OpaquePointer) -> Int64) -> Sample? {
        unsafe withOpenSSL { .integer(unsafe value($0)) }
    }

    /// Calls `body` with a certificate; nil: there is none.
    private borrowing func certificateFact<Result>(
        isOwn: Bool, _ body: (OpaquePointer) -> Result
    ) -> Result? {
        unsafe withOpenSSL { ssl in
            if isOwn { return unsafe SSL_get_certificate(ssl).map { unsafe body($0) } }
            guard let certificate = unsafe openssl_peer_certificate(ssl) else { return nil }
            defer { unsafe X509_free(certificate) }
            return unsafe body(certificate)
        } ?? nil
    }

    private borrowing func bits(isUsed: Bool) -> Int64 {
        unsafe withOpenSSL { ssl in
            var all: Int32 = 0
            let used = unsafe SSL_CIPHER_get_bits(SSL_get_current_cipher(ssl), &all)
            return Int64(isUsed ? used : all)
        } ?? 0
    }

    private var sessionID: [UInt8] {
        unsafe withOpenSSL { ssl in
            var count: UInt32 = 0
            guard let session = unsafe SSL_get_session(ssl),
                let bytes = unsafe SSL_SESSION_get_id(session, &count)
            else { return [] }
            return unsafe Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
        } ?? []
    }

    private static func append(_ bytes: [UInt8], _ arena: inout Buffer) -> Bytes? {
        guard !bytes.isEmpty, bytes.count <= textLimit else { return nil }
        let start = arena.count
        return arena.append(contentsOf: bytes) ? Bytes(start..<arena.count) : nil
    }

    private static func string(_ bytes: [UInt8], _ arena: inout Buffer) -> Sample? {
        append(bytes, &arena).map { .string($0) }
    }

    private static func binary(_ bytes: [UInt8], _ arena: inout Buffer) -> Sample? {
        append(bytes, &arena).map { .binary($0) }
    }
}

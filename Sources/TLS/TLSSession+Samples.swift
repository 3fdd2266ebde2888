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
        case .error: return .integer(0)
        case .errorText: return nil
        case .secret:
            let label = entry.text()
            return unsafe withOpenSSL { unsafe KeyLogKeeper.secret(label, of: $0) }
                .flatMap { TLSSession.string($0, &arena) }
        case .earlyData: return .bool(false)
        case .curve: return TLSSession.string(curveName, &arena)
        case .clientRandom:
            let bytes = unsafe given { unsafe SSL_get_client_random($0, $1, $2) }
            return TLSSession.binary(bytes, &arena)
        case .serverRandom:
            let bytes = unsafe given { unsafe SSL_get_server_random($0, $1, $2) }
            return TLSSession.binary(bytes, &arena)
        case .masterKey:
            let bytes = unsafe given { ssl, bytes, count in
                unsafe SSL_get_session(ssl).map {
                    unsafe SSL_SESSION_get_master_key($0, bytes, count)
                } ?? 0
            }
            return TLSSession.binary(bytes, &arena)
        case .uniqueID: return TLSSession.binary(uniqueID, &arena)
        case .file:
            return unsafe certificateFact(isOwn: true) { unsafe certificatePath($0) }
                .flatMap { TLSSession.string($0, &arena) }
        case .chain: return TLSSession.binary(chain, &arena)
        case .rootSubject:
            let name = entry.text()
            return unsafe withOpenSSL { unsafe TLSSession.root(of: $0, entry: name) }
                .flatMap { TLSSession.string($0, &arena) }
        case .helloVersion, .helloCiphers, .helloCiphersHex, .helloCiphersText, .helloCiphersHash,
            .helloExtensions, .helloGroups, .helloFormats, .helloSignatures, .helloVersions:
            let isPlain = entry.byteCount == 1 && entry.byte(at: 0) == UInt8(ascii: "1")
            return unsafe withOpenSSL { ssl -> HelloValue? in
                unsafe HelloKeeper.hello(of: ssl)?.value(fact, plain: isPlain, ssl)
            }?.flatMap {
                switch $0 {
                case .number(let number): .integer(number)
                case .text(let text): TLSSession.string(text, &arena)
                case .bytes(let bytes): TLSSession.binary(bytes, &arena)
                }
            }
        case .certificateVersion:
            return unsafe certificateFact(isOwn: isOwn) {
                .integer(Int64(unsafe X509_get_version($0)) + 1)
            }
        case .der, .serial, .fingerprint:
            let bytes = unsafe certificateFact(isOwn: isOwn) {
                unsafe CertificateFacts.bytes(fact, $0)
            }
            return bytes.flatMap { TLSSession.binary($0, &arena) }
        case .subject, .issuer, .notBefore, .notAfter, .keyAlgorithm, .signatureAlgorithm,
            .alternativeNames, .subject2253, .issuer2253, .policies:
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

    /// What one of OpenSSL's functions gives out into memory of ours.
    private borrowing func given(
        _ get: (OpaquePointer, UnsafeMutablePointer<UInt8>, Int) -> Int
    ) -> [UInt8] {
        unsafe withOpenSSL { ssl in
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
                unsafe buffer.baseAddress.map { unsafe get(ssl, $0, buffer.count) } ?? 0
            }
            return Array(bytes.prefix(max(0, count)))
        } ?? []
    }

    /// RFC 5929 3: the first Finished message of the connection.
    private var uniqueID: [UInt8] {
        let isServer = unsafe withOpenSSL { unsafe SSL_is_server($0) == 1 } ?? false
        return unsafe given { ssl, bytes, count in
            // A resumed handshake is finished by the other side first.
            let isOurs = unsafe (SSL_session_reused(ssl) == 1) == isServer
            return isOurs
                ? unsafe SSL_get_finished(ssl, bytes, count)
                : unsafe SSL_get_peer_finished(ssl, bytes, count)
        }
    }

    private var curveName: [UInt8] {
        unsafe withOpenSSL { ssl in
            let number = unsafe openssl_curve(ssl)
            guard number > 0,
                let name = unsafe OBJ_nid2sn(Int32(truncatingIfNeeded: number & 0xffff))
            else { return [] }
            return Array(unsafe String(cString: name).utf8)
        } ?? []
    }

    /// The other side's certificates, one behind the other; a client's own one is not among them, as in HAProxy.
    private var chain: [UInt8] {
        unsafe withOpenSSL { ssl in
            var bytes: [UInt8] = []
            let count = unsafe openssl_peer_chain_count(ssl)
            for index in 0..<max(count, 0) {
                guard let certificate = unsafe openssl_peer_chain(ssl, index) else { continue }
                bytes += unsafe CertificateFacts.bytes(.der, certificate)
                if bytes.count > TLSSession.textLimit { break }
            }
            return bytes
        } ?? []
    }

    private static func root(of ssl: OpaquePointer, entry: String) -> [UInt8] {
        let count = unsafe openssl_verified_chain_count(ssl)
        guard count > 0, let root = unsafe openssl_verified_chain(ssl, count - 1) else { return [] }
        return unsafe CertificateFacts.text(.subject, root, entry: entry)
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

/// What TLS of a connection can tell (HAProxy manual, section 7.3.4).
public enum TLSFact: UInt8, Sendable, BitwiseCopyable {
    // Of the connection.
    case isOn, isResumed, hasServerName, serverName, applicationProtocol, version, cipher
    case keyBits, usedKeyBits, sessionID
    // Of verifying the other side.
    case hasCertificate, usesCertificate, verifyResult, leafError, authorityError, authorityDepth
    // Of a certificate.
    case der, subject, issuer, notBefore, notAfter, serial, fingerprint, keyAlgorithm
    case signatureAlgorithm, certificateVersion

    /// What the fact is where there is no TLS.
    var absent: Sample? {
        switch self {
        case .isOn, .isResumed, .hasServerName, .hasCertificate, .usesCertificate: .bool(false)
        default: nil
        }
    }
}

/// Whose TLS is asked for.
public enum TLSPart: UInt8, Sendable, BitwiseCopyable {
    /// The client's connection and the client's certificate: `ssl_fc_*`, `ssl_c_*`.
    case client
    /// The certificate that we show to the client: `ssl_f_*`.
    case own
    /// The server's connection and the server's certificate: `ssl_bc_*`, `ssl_s_*`.
    case server
}

/// The fetches that ask for it.
enum TLSFetches {
    static let entries: [FetchEntry] =
        connection(.client, "ssl_fc") + connection(.server, "ssl_bc") + verification
        + certificate(.client, "ssl_c") + certificate(.own, "ssl_f") + certificate(.server, "ssl_s")

    private static func connection(_ part: TLSPart, _ prefix: String) -> [FetchEntry] {
        let facts: [(String, SampleType, TLSFact)] = [
            ("", .bool, .isOn), ("_is_resumed", .bool, .isResumed),
            ("_sni", .string, .serverName), ("_alpn", .string, .applicationProtocol),
            ("_protocol", .string, .version), ("_cipher", .string, .cipher),
            ("_alg_keysize", .integer, .keyBits), ("_use_keysize", .integer, .usedKeyBits),
            ("_session_id", .binary, .sessionID),
        ]
        let common = facts.map { fact(prefix + $0.0, $0.1, $0.2, part) }
        guard part == .client else { return common }
        return common + [
            fact("ssl_fc_has_sni", .bool, .hasServerName, part),
            fact("ssl_fc_has_crt", .bool, .hasCertificate, part),
        ]
    }

    private static let verification: [FetchEntry] = [
        fact("ssl_c_used", .bool, .usesCertificate, .client),
        fact("ssl_c_verify", .integer, .verifyResult, .client),
        fact("ssl_c_err", .integer, .leafError, .client),
        fact("ssl_c_ca_err", .integer, .authorityError, .client),
        fact("ssl_c_ca_err_depth", .integer, .authorityDepth, .client),
    ]

    private static func certificate(_ part: TLSPart, _ prefix: String) -> [FetchEntry] {
        let facts: [(String, SampleType, TLSFact)] = [
            ("_der", .binary, .der), ("_notbefore", .string, .notBefore),
            ("_notafter", .string, .notAfter), ("_serial", .binary, .serial),
            ("_sha1", .binary, .fingerprint), ("_key_alg", .string, .keyAlgorithm),
            ("_sig_alg", .string, .signatureAlgorithm), ("_version", .integer, .certificateVersion),
        ]
        return facts.map { fact(prefix + $0.0, $0.1, $0.2, part) } + [
            name("\(prefix)_s_dn", .subject, part), name("\(prefix)_i_dn", .issuer, part),
        ]
    }

    private static func fact(
        _ name: String, _ type: SampleType, _ fact: TLSFact, _ part: TLSPart
    ) -> FetchEntry {
        let none = Bytes(0..<0)
        return FetchEntry(
            name, type, part == .server ? .server : [], is: .tls(fact, part, entry: none))
    }

    /// A distinguished name, or the first of its entries of one kind: `ssl_c_s_dn(CN)`.
    private static func name(_ name: String, _ fact: TLSFact, _ part: TLSPart) -> FetchEntry {
        FetchEntry(name, .string, part == .server ? .server : [], 0...1) {
            a throws(ExpressionProblem) in
            .tls(fact, part, entry: a.bytes(0, or: ""))
        }
    }
}

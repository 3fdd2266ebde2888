/// What TLS of a connection can tell (HAProxy manual, section 7.3.4).
public enum TLSFact: UInt8, Sendable, BitwiseCopyable {
    // Of the connection.
    case isOn, isResumed, hasServerName, serverName, applicationProtocol, version, cipher
    case keyBits, usedKeyBits, sessionID, clientRandom, serverRandom, masterKey, uniqueID, curve
    /// Of the handshake; 0: none. What has failed makes no stream, and is logged as HAProxy does.
    case error
    /// Its words; nothing where there is none.
    case errorText
    /// Data before the end of the handshake, which is never taken here.
    case earlyData
    /// A secret by its label in key log files: `tune.ssl.keylog`.
    case secret
    // Of verifying the other side.
    case hasCertificate, usesCertificate, verifyResult, leafError, authorityError, authorityDepth
    // Of a certificate.
    case der, subject, issuer, notBefore, notAfter, serial, fingerprint, keyAlgorithm
    case signatureAlgorithm, certificateVersion, chain, alternativeNames
    /// RFC 2253
    case subject2253, issuer2253
    /// The subject of the last certificate of the chain.
    case rootSubject
    /// OIDs of its policies (RFC 5280 4.2.1.4), or one that is asked for.
    case policies
    /// The certificate's file.
    case file
    // Of the client's hello, where it is kept: `tune.ssl.capture-buffer-size`.
    case helloVersion, helloCiphers, helloCiphersHex, helloCiphersText, helloCiphersHash
    case helloExtensions, helloGroups, helloFormats, helloSignatures, helloVersions

    /// What the fact is where there is no TLS.
    var absent: Sample? {
        switch self {
        case .isOn, .isResumed, .hasServerName, .hasCertificate, .usesCertificate, .earlyData:
            .bool(false)
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
        connection(.client, "ssl_fc") + connection(.server, "ssl_bc") + hello + verification
        + certificate(.client, "ssl_c") + certificate(.own, "ssl_f") + certificate(.server, "ssl_s")

    private static func connection(_ part: TLSPart, _ prefix: String) -> [FetchEntry] {
        let facts: [(String, SampleType, TLSFact)] = [
            ("", .bool, .isOn), ("_is_resumed", .bool, .isResumed),
            ("_sni", .string, .serverName), ("_alpn", .string, .applicationProtocol),
            ("_protocol", .string, .version), ("_cipher", .string, .cipher),
            ("_alg_keysize", .integer, .keyBits), ("_use_keysize", .integer, .usedKeyBits),
            ("_session_id", .binary, .sessionID), ("_client_random", .binary, .clientRandom),
            ("_server_random", .binary, .serverRandom), ("_session_key", .binary, .masterKey),
            ("_unique_id", .binary, .uniqueID), ("_curve", .string, .curve),
            ("_err", .integer, .error), ("_err_str", .string, .errorText),
        ]
        let common = facts.map { fact(prefix + $0.0, $0.1, $0.2, part) } + secrets(part, prefix)
        guard part == .client else { return common }
        return common + [
            fact("ssl_fc_has_sni", .bool, .hasServerName, part),
            fact("ssl_fc_has_crt", .bool, .hasCertificate, part),
            fact("ssl_fc_has_early", .bool, .earlyData, part),
            fact("ssl_fc_early_rcvd", .bool, .earlyData, part),
            fact("ssl_fc_crtname", .string, .file, .own),
        ]
    }

    /// Their labels in key log files are their names in capitals.
    private static func secrets(_ part: TLSPart, _ prefix: String) -> [FetchEntry] {
        [
            "client_early_traffic_secret", "client_handshake_traffic_secret",
            "server_handshake_traffic_secret", "client_traffic_secret_0",
            "server_traffic_secret_0", "exporter_secret", "early_exporter_secret",
        ].map { name in
            FetchEntry("\(prefix)_\(name)", .string, part == .server ? .server : [], 0...0) {
                a throws(ExpressionProblem) in
                .tls(.secret, part, entry: a.bytes(0, or: name.uppercased()))
            }
        }
    }

    private static let hello: [FetchEntry] =
        [
            fact("ssl_fc_protocol_hello_id", .integer, .helloVersion, .client),
            fact("ssl_fc_cipherlist_xxh", .integer, .helloCiphersHash, .client),
            fact("ssl_fc_ecformats_bin", .binary, .helloFormats, .client),
        ]
        + [
            ("cipherlist_bin", .binary, .helloCiphers),
            ("cipherlist_hex", .string, .helloCiphersHex),
            ("cipherlist_str", .string, .helloCiphersText),
            ("extlist_bin", .binary, .helloExtensions), ("eclist_bin", .binary, .helloGroups),
            ("sigalgs_bin", .binary, .helloSignatures),
            ("supported_versions_bin", .binary, .helloVersions),
        ].map { (name: String, type: SampleType, fact: TLSFact) in
            // 1: without GREASE (RFC 8701).
            FetchEntry("ssl_fc_\(name)", type, [], 0...1) { a throws(ExpressionProblem) in
                guard (0...1).contains(try a.integer(0, or: 0)) else {
                    throw ExpressionProblem(
                        "'ssl_fc_\(name)' takes 0, or 1 to leave out what is GREASE")
                }
                return .tls(fact, .client, entry: a.bytes(0, or: "0"))
            }
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
        let common =
            facts.map { fact(prefix + $0.0, $0.1, $0.2, part) } + [
                name("\(prefix)_s_dn", .subject, .subject2253, part),
                name("\(prefix)_i_dn", .issuer, .issuer2253, part),
            ]
        switch part {
        case .own: return common
        case .server: return common + [fact("ssl_s_chain_der", .binary, .chain, part)]
        case .client:
            return common + [
                fact("ssl_c_chain_der", .binary, .chain, part),
                fact("ssl_c_san", .string, .alternativeNames, part),
                FetchEntry("ssl_c_policies", .string, [], 0...1) { a throws(ExpressionProblem) in
                    .tls(.policies, part, entry: a.bytes(0, or: ""))
                },
                name("ssl_c_r_dn", .rootSubject, .rootSubject, part),
            ]
        }
    }

    private static func fact(
        _ name: String, _ type: SampleType, _ fact: TLSFact, _ part: TLSPart
    ) -> FetchEntry {
        let none = Bytes(0..<0)
        return FetchEntry(
            name, type, part == .server ? .server : [], is: .tls(fact, part, entry: none))
    }

    /// A distinguished name, or the first of its entries of one kind: `ssl_c_s_dn(CN)`; `ssl_c_s_dn(,0,rfc2253)`.
    private static func name(
        _ name: String, _ fact: TLSFact, _ standard: TLSFact, _ part: TLSPart
    ) -> FetchEntry {
        FetchEntry(name, .string, part == .server ? .server : [], 0...3) {
            a throws(ExpressionProblem) in
            let place = try a.count > 1 ? a.text(1) : ""
            guard ["", "0", "1"].contains(place) else {
                throw ExpressionProblem(
                    "'\(name)' knows the first entry of a kind only", fix: "leave the number out")
            }
            let form = try a.count > 2 ? a.text(2) : ""
            guard form.isEmpty || form == "rfc2253" else {
                throw ExpressionProblem("'\(name)' : only 'rfc2253' is a format of names")
            }
            return .tls(form.isEmpty ? fact : standard, part, entry: a.bytes(0, or: ""))
        }
    }
}

internal import COpenSSL
internal import Linux

/// What an authority says of a certificate (RFC 6960), to be stapled to handshakes.
package struct OCSPResponse: Sendable, Equatable {
    package let bytes: [UInt8]
    /// The certificate that it is about: digests of who signed it, and its serial, DER.
    let subject: [UInt8]
    /// Until when it may be used, seconds since 1970; nil: it says nothing.
    package let nextUpdate: Int64?
    /// The certificate was not revoked.
    let isGood: Bool

    /// How far clocks may differ, seconds; HAProxy's.
    private static let skew: Int64 = 300

    /// DER. Throws HAProxy's words.
    package init(_ bytes: [UInt8]) throws(TLSProblem) {
        ErrorQueue.drain()
        defer { ErrorQueue.drain() }
        let parsed = unsafe bytes.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            return unsafe d2i_OCSP_RESPONSE(nil, &start, buffer.count)
        }
        guard let response = unsafe parsed else {
            throw TLSProblem("Unable to parse OCSP response")
        }
        defer { unsafe OCSP_RESPONSE_free(response) }
        guard unsafe OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL else {
            throw TLSProblem("OCSP response status not successful")
        }
        guard let basic = unsafe OCSP_response_get1_basic(response) else {
            throw TLSProblem("OCSP response: Cannot get the basic response")
        }
        defer { unsafe OCSP_BASICRESP_free(basic) }
        guard unsafe OCSP_resp_count(basic) == 1, let single = unsafe OCSP_resp_get0(basic, 0)
        else {
            throw TLSProblem("OCSP response ignored because contains multiple single responses")
        }
        var next: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        let status = unsafe OCSP_single_get0_status(single, nil, nil, nil, &next)
        guard status == V_OCSP_CERTSTATUS_GOOD || status == V_OCSP_CERTSTATUS_REVOKED else {
            throw TLSProblem("OCSP single response: certificate status is unknown")
        }
        isGood = status == V_OCSP_CERTSTATUS_GOOD
        nextUpdate = unsafe next.map { unsafe CertificateTime.seconds($0) }
        guard let identity = unsafe OCSP_SINGLERESP_get0_id(single) else {
            throw TLSProblem("OCSP single response: no certificate is named")
        }
        subject = unsafe OCSPResponse.identity(identity)
        self.bytes = bytes
        if !isCurrent { throw TLSProblem("OCSP single response: no longer valid.") }
    }

    package func isAbout(_ certificate: TLSCertificate) -> Bool {
        !subject.isEmpty && subject == certificate.identity
    }

    package var statusWord: String { isGood ? "good" : "revoked" }

    /// For instance `Dec  1 14:15:50 2026 GMT`.
    package var nextUpdateText: String { nextUpdate.map(CertificateTime.text) ?? "-" }

    var isCurrent: Bool {
        guard let nextUpdate else { return true }
        return Clock.realtime() / 1_000_000_000 < nextUpdate - OCSPResponse.skew
    }

    /// The identity of a certificate under its issuer; empty: it has none.
    static func identity(of leaf: OpaquePointer, issuer: OpaquePointer) -> [UInt8] {
        // The digest that authorities use (RFC 5019 2.1.1).
        guard let made = unsafe OCSP_cert_to_id(EVP_sha1(), leaf, issuer) else { return [] }
        defer { unsafe OCSP_CERTID_free(made) }
        return unsafe identity(made)
    }

    private static func identity(_ identity: OpaquePointer) -> [UInt8] {
        var memory: UnsafeMutablePointer<UInt8>?
        let count = Int(unsafe i2d_OCSP_CERTID(identity, &memory))
        guard count > 0, let bytes = unsafe memory else { return [] }
        defer { unsafe CRYPTO_free(bytes, "", 0) }
        return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    }
}

internal import COpenSSL
package import Configuration

/// A certificate with its chain and its key, read from PEM.
@safe
package final class TLSCertificate: @unchecked Sendable {
    /// Certificates of one chain, at most.
    static let chainLimit = 32

    /// The kinds of keys that may stand side by side under one name.
    enum KeyKind: Int, Sendable { case rsa, ecdsa, other }

    let path: String
    let leaf: OpaquePointer
    let key: OpaquePointer
    /// Above the leaf, nearest first.
    private(set) var chain: [OpaquePointer]
    /// The file of `issuers-chain-path` that the chain is from; nil: it came with the certificate.
    package private(set) var chainFile: String?
    /// `.issuer`, or the first of the chain; nil: unknown.
    private(set) var issuer: OpaquePointer?
    /// What it was read from.
    package let material: TLSCertificateSettings
    /// What its authority says of it.
    package private(set) var stapled: OCSPResponse?
    let keyKind: KeyKind
    /// The host names in the certificate, in small letters; `*.` in front of wildcards.
    let names: [String]
    /// When it ends, seconds since 1970.
    package let notAfter: Int64
    package let notBefore: Int64

    /// The parts may stand in any order and in several files; the leaf is the certificate that the key belongs to.
    /// `chains`: of `issuers-chain-path`.
    package init(
        _ material: TLSCertificateSettings, chains: [TLSFile] = []
    ) throws(TLSProblem) {
        let files = material.files
        self.material = material
        path = material.path
        ErrorQueue.drain()
        defer { ErrorQueue.drain() }
        var certificates: [OpaquePointer] = unsafe []
        var key: OpaquePointer?
        for file in files {
            let found = unsafe PEM.certificates(file.bytes, limit: TLSCertificate.chainLimit)
            unsafe certificates += found
        }
        // A key in a file of its own counts more than one beside the certificate.
        for file in files.reversed() where unsafe key == nil {
            switch unsafe PEM.privateKey(file.bytes) {
            case .key(let found): unsafe key = found
            case .locked:
                unsafe TLSCertificate.free(certificates, key)
                throw CertificateComplaint.lockedKey(
                    file.path, isAlone: !PEM.contains("-----BEGIN CERTIFICATE", file.bytes),
                    other: material.besidePath(".key"))
            case .unreadable(let why):
                unsafe TLSCertificate.free(certificates, key)
                throw CertificateComplaint.damagedKey(file.path, why)
            case .missing: break
            }
        }
        if unsafe certificates.isEmpty {
            unsafe TLSCertificate.free(certificates, key)
            throw CertificateComplaint.missing(path, files)
        }
        guard let found = unsafe key else {
            unsafe TLSCertificate.free(certificates, key)
            throw CertificateComplaint.withoutKey(material)
        }
        let own = unsafe certificates.firstIndex { unsafe X509_check_private_key($0, found) == 1 }
        guard let own else {
            unsafe TLSCertificate.free(certificates, found)
            throw TLSProblem(
                "inconsistencies between private key and certificate loaded '\(path)'.",
                fix:
                    "compare 'openssl x509 -noout -pubkey -in \(path)' with 'openssl pkey -pubout -in' of the key"
            )
        }
        unsafe leaf = certificates.remove(at: own)
        unsafe chain = certificates
        unsafe self.key = found
        keyKind = unsafe TLSCertificate.kind(of: found)
        names = unsafe TLSCertificate.names(in: leaf)
        notAfter = unsafe CertificateTime.seconds(X509_get0_notAfter(leaf))
        notBefore = unsafe CertificateTime.seconds(X509_get0_notBefore(leaf))
        unsafe issuer = nil
        findIssuer(chains)
        takeResponse()
    }

    /// Takes the rest of the chain from elsewhere, and who signed the certificate.
    private func findIssuer(_ chains: [TLSFile]) {
        if unsafe chain.isEmpty {
            for file in chains {
                let found = unsafe PEM.certificates(file.bytes, limit: TLSCertificate.chainLimit)
                if let first = unsafe found.first,
                    unsafe X509_check_issued(first, leaf) == X509_V_OK
                {
                    unsafe chain = found
                    chainFile = file.path
                    break
                }
                unsafe TLSCertificate.free(found, nil)
            }
        }
        if let file = material.issuer {
            let found = unsafe PEM.certificates(file.bytes, limit: 1)
            unsafe issuer = found.first
        }
        if unsafe issuer == nil {
            let found = unsafe chain.first { unsafe X509_check_issued($0, leaf) == X509_V_OK }
            guard let found = unsafe found else { return }
            _ = unsafe X509_up_ref(found)
            unsafe issuer = found
        }
    }

    /// Its identity in OCSP; empty: who signed it is not known.
    package var identity: [UInt8] {
        guard let issuer = unsafe issuer else { return [] }
        return unsafe OCSPResponse.identity(of: leaf, issuer: issuer)
    }

    private func takeResponse() {
        guard let file = material.ocspResponse, !file.bytes.isEmpty else { return }
        let response: OCSPResponse
        do throws(TLSProblem) {
            response = try OCSPResponse(file.bytes)
        } catch {
            // Without it the certificate works as well: clients ask the authority themselves.
            responseProblem = "the OCSP response '\(file.path)' is not stapled: \(error.message)"
            return
        }
        guard response.subject == identity else {
            responseProblem =
                "the OCSP response '\(file.path)' is not stapled: it is about another certificate, or who signed '\(path)' is not known."
            return
        }
        stapled = response
    }

    /// Why the response that lies beside the certificate is not used.
    package private(set) var responseProblem: String?

    deinit {
        unsafe X509_free(issuer)
        unsafe X509_free(leaf)
        for index in unsafe chain.indices { unsafe X509_free(chain[index]) }
        unsafe EVP_PKEY_free(key)
    }

    private static func free(_ certificates: [OpaquePointer], _ key: OpaquePointer?) {
        for index in unsafe certificates.indices { unsafe X509_free(certificates[index]) }
        unsafe EVP_PKEY_free(key)
    }

    private static func kind(of key: OpaquePointer) -> KeyKind {
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: .rsa
        case EVP_PKEY_EC: .ecdsa
        default: .other
        }
    }

    /// The alternative names; the common name where there is none.
    private static func names(in certificate: OpaquePointer) -> [String] {
        var found: [String] = []
        if let list = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) {
            let names = OpaquePointer(list)
            for index in 0..<max(unsafe openssl_name_count(names), 0) {
                guard let name = unsafe openssl_dns_name(names, index) else { continue }
                if let text = unsafe text(of: name) { found.append(text.lowercased()) }
            }
            unsafe GENERAL_NAMES_free(names)
        }
        let subject = unsafe X509_get_subject_name(certificate)
        let index = unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        if index >= 0, let entry = unsafe X509_NAME_get_entry(subject, index),
            let data = unsafe X509_NAME_ENTRY_get_data(entry),
            let text = unsafe text(of: data)?.lowercased(), !found.contains(text)
        {
            found.append(text)
        }
        return found
    }

    /// nil for what is no plain name: a zero byte in it would be read differently by others (CVE-2009-2408).
    private static func text(of string: UnsafePointer<ASN1_STRING>) -> String? {
        let count = Int(unsafe ASN1_STRING_length(string))
        guard count > 0, let bytes = unsafe ASN1_STRING_get0_data(string) else { return nil }
        let buffer = unsafe UnsafeBufferPointer(start: bytes, count: count)
        guard unsafe buffer.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
        return unsafe String(decoding: buffer, as: UTF8.self)
    }
}

/// Times in certificates.
internal enum CertificateTime {
    /// Seconds since 1970; 0 where it cannot be read.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        guard let time = unsafe time, let epoch = unsafe ASN1_TIME_set(nil, 0) else { return 0 }
        defer { unsafe ASN1_STRING_free(epoch) }
        var days: Int32 = 0
        var rest: Int32 = 0
        guard unsafe ASN1_TIME_diff(&days, &rest, epoch, time) == 1 else { return 0 }
        return Int64(days) * 86400 + Int64(rest)
    }
}

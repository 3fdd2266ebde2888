internal import COpenSSL
internal import Expressions
internal import Linux

/// What commands show of a certificate: its facts as text, never its key.
package struct CertificateReport: Sendable, Equatable {
    package private(set) var serial = ""
    package private(set) var notBefore = ""
    package private(set) var notAfter = ""
    /// When it ends, seconds since 1970.
    package private(set) var end: Int64 = 0
    /// `DNS:a.example, DNS:b.example`
    package private(set) var alternativeNames = ""
    /// For instance `RSA2048` or `EC256`.
    package private(set) var algorithm = ""
    package private(set) var fingerprint = ""
    package private(set) var subject = ""
    package private(set) var issuer = ""

    /// Names of one certificate that are shown, at most.
    private static let nameLimit = 1000

    /// Whole days until it ends, negative where it has; rounded down.
    package func daysLeft(now: Int64) -> Int64 {
        let left = end - now
        return left >= 0 ? left / 86400 : -((-left + 86399) / 86400)
    }

    package static var now: Int64 { Clock.realtime() / 1_000_000_000 }

    init(_ certificate: OpaquePointer) {
        serial = CertificateReport.hex(unsafe CertificateFacts.bytes(.serial, certificate))
        fingerprint = CertificateReport.hex(
            unsafe CertificateFacts.bytes(.fingerprint, certificate))
        notBefore = unsafe CertificateReport.printed {
            unsafe ASN1_TIME_print($0, X509_get0_notBefore(certificate))
        }
        notAfter = unsafe CertificateReport.printed {
            unsafe ASN1_TIME_print($0, X509_get0_notAfter(certificate))
        }
        end = unsafe CertificateTime.seconds(X509_get0_notAfter(certificate))
        subject = String(
            decoding: unsafe CertificateFacts.text(.subject, certificate, entry: ""), as: UTF8.self)
        issuer = String(
            decoding: unsafe CertificateFacts.text(.issuer, certificate, entry: ""), as: UTF8.self)
        alternativeNames = unsafe CertificateReport.alternatives(of: certificate)
        algorithm = unsafe CertificateReport.algorithm(of: certificate)
    }

    private static func algorithm(of certificate: OpaquePointer) -> String {
        guard let key = unsafe X509_get0_pubkey(certificate) else { return "" }
        let bits = unsafe EVP_PKEY_get_bits(key)
        switch unsafe EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA, EVP_PKEY_RSA_PSS: return "RSA\(bits)"
        case EVP_PKEY_EC: return "EC\(bits)"
        case EVP_PKEY_DSA: return "DSA\(bits)"
        default: return "\(bits)"
        }
    }

    static func alternatives(of certificate: OpaquePointer) -> String {
        guard let list = unsafe X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil)
        else { return "" }
        let names = OpaquePointer(list)
        defer { unsafe GENERAL_NAMES_free(names) }
        var found: [String] = []
        for index in 0..<min(max(unsafe openssl_name_count(names), 0), Int32(nameLimit)) {
            found.append(unsafe printed { unsafe openssl_print_name($0, names, index) })
        }
        return found.joined(separator: ", ")
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// What OpenSSL writes.
    static func printed(_ write: (OpaquePointer) -> Int32) -> String {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { unsafe BIO_free_all(bio) }
        _ = unsafe write(bio)
        var memory: UnsafeMutablePointer<CChar>?
        let count = unsafe openssl_memory(bio, &memory)
        guard count > 0, let bytes = unsafe memory else { return "" }
        return unsafe bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            unsafe String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }
}

extension CertificateTime {
    /// For instance `Dec  1 14:15:50 2026 GMT`.
    static func text(_ seconds: Int64) -> String {
        guard let time = unsafe ASN1_TIME_set(nil, Int(seconds)) else { return "-" }
        defer { unsafe ASN1_STRING_free(time) }
        return unsafe CertificateReport.printed { unsafe ASN1_TIME_print($0, time) }
    }
}

extension TLSCertificate {
    package var hostNames: [String] { names }

    package var kindWord: String {
        switch keyKind {
        case .rsa: "rsa"
        case .ecdsa: "ecdsa"
        case .other: "other"
        }
    }

    package var report: CertificateReport { unsafe CertificateReport(leaf) }

    /// The subjects of the chain, as one text for each.
    package var chainReports: [CertificateReport] {
        unsafe chain.indices.map { unsafe CertificateReport(chain[$0]) }
    }
}

/// What commands show of authorities and revocation lists.
package enum TLSFileReport {
    /// Certificates of a file that are shown, at most.
    private static let limit = 4096

    package static func certificates(_ bytes: [UInt8]) -> [CertificateReport] {
        let found = unsafe PEM.certificates(bytes, limit: limit)
        defer { for index in unsafe found.indices { unsafe X509_free(found[index]) } }
        ErrorQueue.drain()
        return unsafe found.indices.map { unsafe CertificateReport(found[$0]) }
    }

    /// The issuers and numbers of revoked certificates of each list.
    package static func revocations(_ bytes: [UInt8]) -> [RevocationReport] {
        let found = unsafe PEM.revocations(bytes, limit: limit)
        defer { for index in unsafe found.indices { unsafe X509_CRL_free(found[index]) } }
        ErrorQueue.drain()
        return unsafe found.indices.map { unsafe RevocationReport(found[$0]) }
    }
}

/// What commands show of a revocation list.
package struct RevocationReport: Sendable {
    package let issuer: String
    package let revoked: Int
    /// The first of the revoked certificates: serial in hexadecimal digits, and when.
    package let entries: [(serial: String, date: String)]
    private static let entryLimit: Int32 = 1000
    /// When it was made and when the next one is due, seconds since 1970.
    package let lastUpdate: Int64
    package let nextUpdate: Int64

    package var lastUpdateText: String { CertificateTime.text(lastUpdate) }
    package var nextUpdateText: String { CertificateTime.text(nextUpdate) }

    init(_ list: OpaquePointer) {
        issuer = String(
            decoding: unsafe CertificateFacts.name(X509_CRL_get_issuer(list), ""), as: UTF8.self)
        let count = max(unsafe openssl_revoked_count(list), 0)
        revoked = Int(count)
        var entries: [(serial: String, date: String)] = []
        for index in 0..<min(count, RevocationReport.entryLimit) {
            guard let entry = unsafe openssl_revoked(list, index) else { continue }
            let serial = unsafe X509_REVOKED_get0_serialNumber(entry)
            let date = unsafe X509_REVOKED_get0_revocationDate(entry)
            entries.append(
                (
                    unsafe CertificateReport.hex(CertificateFacts.bytes(of: serial)),
                    CertificateTime.text(unsafe CertificateTime.seconds(date))
                ))
        }
        self.entries = entries
        lastUpdate = unsafe CertificateTime.seconds(X509_CRL_get0_lastUpdate(list))
        nextUpdate = unsafe CertificateTime.seconds(X509_CRL_get0_nextUpdate(list))
    }
}

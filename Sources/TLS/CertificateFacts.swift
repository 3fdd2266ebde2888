internal import COpenSSL
internal import Expressions

/// What stands in a certificate, in the form of HAProxy's fetches.
internal enum CertificateFacts {
    /// Entries of a name, at most.
    private static let entryLimit: Int32 = 64

    static func bytes(_ fact: TLSFact, _ certificate: OpaquePointer) -> [UInt8] {
        switch fact {
        case .serial:
            return unsafe bytes(of: X509_get_serialNumber(certificate))
        case .fingerprint:
            var digest = [UInt8](repeating: 0, count: 64)
            var count: UInt32 = 0
            guard unsafe X509_digest(certificate, EVP_sha1(), &digest, &count) == 1 else {
                return []
            }
            return Array(digest.prefix(Int(count)))
        default:
            var memory: UnsafeMutablePointer<UInt8>?
            let count = Int(unsafe i2d_X509(certificate, &memory))
            guard count > 0, let bytes = unsafe memory else { return [] }
            defer { unsafe CRYPTO_free(bytes, "", 0) }
            return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
        }
    }

    static func bytes(of number: UnsafePointer<ASN1_INTEGER>?) -> [UInt8] {
        guard let number = unsafe number, let data = unsafe ASN1_STRING_get0_data(number) else {
            return []
        }
        let count = Int(unsafe ASN1_STRING_length(number))
        return unsafe Array(UnsafeBufferPointer(start: data, count: count))
    }

    static func text(_ fact: TLSFact, _ certificate: OpaquePointer, entry: String) -> [UInt8] {
        switch fact {
        case .subject2253: unsafe standardName(X509_get_subject_name(certificate))
        case .issuer2253: unsafe standardName(X509_get_issuer_name(certificate))
        case .alternativeNames:
            Array(unsafe CertificateReport.alternatives(of: certificate).utf8)
        case .policies: unsafe policies(certificate, entry)
        case .subject: unsafe name(X509_get_subject_name(certificate), entry)
        case .issuer: unsafe name(X509_get_issuer_name(certificate), entry)
        case .notBefore: unsafe time(X509_get0_notBefore(certificate))
        case .notAfter: unsafe time(X509_get0_notAfter(certificate))
        case .keyAlgorithm:
            switch unsafe EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) {
            case EVP_PKEY_RSA: Array("rsaEncryption".utf8)
            case EVP_PKEY_EC: Array("id-ecPublicKey".utf8)
            case let other: unsafe words(OBJ_nid2sn(other))
            }
        default: unsafe words(OBJ_nid2sn(X509_get_signature_nid(certificate)))
        }
    }

    /// `/C=FR/CN=name`, or the last entry of one kind alone.
    static func name(_ name: OpaquePointer?, _ entry: String) -> [UInt8] {
        guard let name = unsafe name else { return [] }
        var result: [UInt8] = []
        for index in 0..<min(unsafe X509_NAME_entry_count(name), entryLimit) {
            guard let part = unsafe X509_NAME_get_entry(name, index),
                let data = unsafe X509_NAME_ENTRY_get_data(part),
                let bytes = unsafe ASN1_STRING_get0_data(data)
            else { continue }
            let kind = unsafe words(OBJ_nid2sn(OBJ_obj2nid(X509_NAME_ENTRY_get_object(part))))
            let count = Int(unsafe ASN1_STRING_length(data))
            let value = unsafe UnsafeBufferPointer(start: bytes, count: count)
            if entry.isEmpty {
                result += [UInt8(ascii: "/")] + kind + [UInt8(ascii: "=")]
                unsafe result.append(contentsOf: value)
            } else if kind.elementsEqual(entry.utf8) {
                return unsafe Array(value)
            }
        }
        return result
    }

    /// `1.3.6.1.4.1.1,2.23.140.1.2.1`; `wanted`: only this one, if it is there.
    private static func policies(_ certificate: OpaquePointer, _ wanted: String) -> [UInt8] {
        guard
            let list = unsafe X509_get_ext_d2i(certificate, NID_certificate_policies, nil, nil)
        else { return [] }
        let policies = OpaquePointer(list)
        defer { unsafe openssl_free_policies(policies) }
        var found: [String] = []
        for index in 0..<min(max(unsafe openssl_policy_count(policies), 0), entryLimit) {
            var text = [CChar](repeating: 0, count: 128)
            let object = unsafe openssl_policy(policies, index)
            let count = unsafe OBJ_obj2txt(&text, Int32(text.count), object, 1)
            guard count > 0, Int(count) < text.count else { continue }
            let bytes = text.prefix(Int(count)).map { UInt8(bitPattern: $0) }
            found.append(String(decoding: bytes, as: UTF8.self))
        }
        if !wanted.isEmpty { return found.contains(wanted) ? Array(wanted.utf8) : [] }
        return Array(found.joined(separator: ",").utf8)
    }

    /// `CN=name,C=FR`
    private static func standardName(_ name: OpaquePointer?) -> [UInt8] {
        let text = unsafe CertificateReport.printed { bio in
            unsafe X509_NAME_print_ex(bio, name, 0, openssl_rfc2253())
        }
        return Array(text.utf8)
    }

    /// `YYMMDDhhmmss[Z]`
    private static func time(_ time: UnsafePointer<ASN1_TIME>?) -> [UInt8] {
        guard let time = unsafe time, let data = unsafe ASN1_STRING_get0_data(time) else {
            return []
        }
        let count = Int(unsafe ASN1_STRING_length(time))
        let text = unsafe Array(UnsafeBufferPointer(start: data, count: count))
        // The century of the long form goes.
        return unsafe ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME
            ? Array(text.dropFirst(2)) : text
    }

    private static func words(_ text: UnsafePointer<CChar>?) -> [UInt8] {
        unsafe text.map { unsafe Array(String(cString: $0).utf8) } ?? []
    }
}

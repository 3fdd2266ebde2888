private import COpenSSL
import Core

extension Cryptography {
    /// A public key that signatures are verified with, for one thread.
    @safe final class PublicKey: @unchecked Sendable {
        // Given back with the object; nothing changes it.
        fileprivate let key: OpaquePointer

        /// The first public key or certificate of a PEM file; nil: there is none.
        init?(pem: [UInt8]) {
            guard let key = unsafe PublicKey.read(pem) else { return nil }
            unsafe self.key = key
        }

        private init(sharing other: PublicKey) {
            unsafe EVP_PKEY_up_ref(other.key)
            unsafe key = other.key
        }

        deinit { unsafe EVP_PKEY_free(key) }

        /// The same for another thread, which then counts references of its own.
        func copy() -> PublicKey { PublicKey(sharing: self) }

        /// A public key, or that of a certificate.
        private static func read(_ pem: [UInt8]) -> OpaquePointer? {
            defer { ERR_clear_error() }
            return unsafe withBIO(pem) { unsafe PEM_read_bio_PUBKEY($0, nil, nil, nil) }
                ?? withBIO(pem) { bio in
                    guard let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) else {
                        return nil
                    }
                    defer { unsafe X509_free(certificate) }
                    return unsafe X509_get_pubkey(certificate)
                }
        }

        /// Reads bytes, which have to stay where they are meanwhile.
        private static func withBIO(
            _ bytes: [UInt8], _ read: (OpaquePointer) -> OpaquePointer?
        ) -> OpaquePointer? {
            unsafe bytes.withUnsafeBytes { bytes in
                guard
                    let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count))
                else { return nil }
                defer { unsafe BIO_free(bio) }
                return unsafe read(bio)
            }
        }
    }

    /// Verifies signatures for one thread, in one context.
    @safe final class Verifier {
        private var context: OpaquePointer?

        init() { unsafe context = nil }

        deinit { unsafe EVP_MD_CTX_free(context) }

        /// Whether the signature of a message is good: in DER for a curve.
        func accepts(
            _ signature: RawSpan, of message: RawSpan, by key: PublicKey,
            _ algorithm: TokenAlgorithm
        ) -> Bool {
            defer { ERR_clear_error() }
            let key = unsafe key.key
            let wanted = algorithm.family == .curve ? EVP_PKEY_EC : EVP_PKEY_RSA
            if unsafe context == nil { unsafe context = EVP_MD_CTX_new() }
            guard unsafe EVP_PKEY_get_base_id(key) == wanted, let context = unsafe context,
                unsafe EVP_MD_CTX_reset(context) == 1
            else { return false }
            var parameters: OpaquePointer?
            guard
                unsafe EVP_DigestVerifyInit(
                    context, &parameters, method(algorithm.digest), nil, key) == 1
            else { return false }
            if algorithm.family == .pss {
                // RFC 7518 section 3.5: as much salt as the digest has bytes.
                guard unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) > 0,
                    unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) > 0
                else { return false }
            }
            return unsafe signature.withUnsafeBytes { signature in
                unsafe message.withUnsafeBytes { message in
                    unsafe EVP_DigestVerify(
                        context, signature.bindMemory(to: UInt8.self).baseAddress, signature.count,
                        message.bindMemory(to: UInt8.self).baseAddress, message.count) == 1
                }
            }
        }
    }

    /// Two numbers of equal length, one behind the other, in DER.
    static func derSignature(_ numbers: [UInt8]) -> [UInt8] {
        let half = numbers.count / 2
        let body = derInteger(numbers[..<half]) + derInteger(numbers[half...])
        return body.count < 128
            ? [0x30, UInt8(body.count)] + body : [0x30, 0x81, UInt8(clamping: body.count)] + body
    }

    private static func derInteger(_ number: ArraySlice<UInt8>) -> [UInt8] {
        var digits = Array(number.drop { $0 == 0 })
        if digits.first.map({ $0 >= 0x80 }) ?? true { digits.insert(0, at: 0) }
        return [0x02, UInt8(clamping: digits.count)] + digits
    }
}

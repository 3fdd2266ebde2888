private import COpenSSL
import Core

/// Digests, codes and ciphers of converters: OpenSSL's libcrypto. Only this file and `Cryptography+Digests` know the library.
enum Cryptography {
    /// Digests that `digest` and `hmac` know by name.
    enum Digest: UInt8, Sendable, BitwiseCopyable, CaseIterable {
        case md5, sha1, sha224, sha256, sha384, sha512, sha512_224, sha512_256
        case sha3_224, sha3_256, sha3_384, sha3_512, blake2b512, blake2s256, ripemd160

        /// OpenSSL's names, in any case, with or without hyphens.
        init?(name: String) {
            let wanted = Digest.plain(name)
            guard let found = Digest.allCases.first(where: { Digest.plain("\($0)") == wanted })
            else { return nil }
            self = found
        }

        private static func plain(_ name: String) -> String {
            name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "/" }
        }
    }

    /// Bytes of the longest digest.
    static let digestLimit = 64

    /// Most bytes that ciphers take.
    static let messageLimit = 1 << 20

    static func method(_ digest: Digest) -> OpaquePointer? {
        switch digest {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha224: unsafe EVP_sha224()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        case .sha512_224: unsafe EVP_sha512_224()
        case .sha512_256: unsafe EVP_sha512_256()
        case .sha3_224: unsafe EVP_sha3_224()
        case .sha3_256: unsafe EVP_sha3_256()
        case .sha3_384: unsafe EVP_sha3_384()
        case .sha3_512: unsafe EVP_sha3_512()
        case .blake2b512: unsafe EVP_blake2b512()
        case .blake2s256: unsafe EVP_blake2s256()
        case .ripemd160: unsafe EVP_ripemd160()
        }
    }

    /// How `aes_…` converters work on a message.
    struct Cipher: Sendable, BitwiseCopyable {
        enum Mode: UInt8, Sendable, BitwiseCopyable { case gcm, cbc }

        let mode: Mode
        let encrypts: Bool
        /// 128, 192 or 256.
        let bits: Int16
    }

    /// Bytes of the tag of AES-GCM.
    static let tagBytes = 16

    /// Encrypts or decrypts. `tag`: in for decryption by GCM, out for encryption. Nil: a key or nonce of the wrong
    /// length, or bytes that the key or the tag do not fit.
    static func run(
        _ cipher: Cipher, _ message: [UInt8], nonce: [UInt8], key: [UInt8],
        associated: [UInt8], tag: inout [UInt8]
    ) -> [UInt8]? {
        guard message.count <= messageLimit, associated.count <= messageLimit,
            key.count == Int(cipher.bits) / 8, !nonce.isEmpty, nonce.count <= digestLimit,
            cipher.mode == .gcm || nonce.count == 16,
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let direction: CInt = cipher.encrypts ? 1 : 0
        guard unsafe EVP_CipherInit_ex(context, method(cipher), nil, nil, nil, direction) == 1,
            cipher.mode != .gcm
                || (unsafe EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_SET_IVLEN, CInt(nonce.count), nil)) == 1,
            unsafe EVP_CipherInit_ex(context, nil, nil, key, nonce, direction) == 1
        else { return nil }
        var count: CInt = 0
        if cipher.mode == .gcm, !associated.isEmpty {
            guard
                unsafe EVP_CipherUpdate(
                    context, nil, &count, associated, CInt(associated.count)) == 1
            else { return nil }
        }
        var result = [UInt8](repeating: 0, count: message.count + 32)
        var last: CInt = 0
        let isDone = unsafe result.withUnsafeMutableBufferPointer { result -> Bool in
            guard let base = result.baseAddress,
                unsafe EVP_CipherUpdate(context, base, &count, message, CInt(message.count)) == 1
            else { return false }
            if cipher.mode == .gcm, !cipher.encrypts {
                guard !tag.isEmpty, tag.count <= tagBytes,
                    unsafe EVP_CIPHER_CTX_ctrl(
                        context, EVP_CTRL_AEAD_SET_TAG, CInt(tag.count), &tag) == 1
                else { return false }
            }
            return unsafe EVP_CipherFinal_ex(context, base + Int(count), &last) == 1
        }
        guard isDone else { return nil }
        if cipher.mode == .gcm, cipher.encrypts {
            tag = [UInt8](repeating: 0, count: tagBytes)
            guard
                unsafe EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_GET_TAG, CInt(tagBytes), &tag) == 1
            else { return nil }
        }
        return Array(result[..<Int(count + last)])
    }

    private static func method(_ cipher: Cipher) -> OpaquePointer? {
        switch (cipher.mode, cipher.bits) {
        case (.gcm, 128): unsafe EVP_aes_128_gcm()
        case (.gcm, 192): unsafe EVP_aes_192_gcm()
        case (.gcm, _): unsafe EVP_aes_256_gcm()
        case (.cbc, 128): unsafe EVP_aes_128_cbc()
        case (.cbc, 192): unsafe EVP_aes_192_cbc()
        case (.cbc, _): unsafe EVP_aes_256_cbc()
        }
    }

    /// Whether two texts are equal, in a time that does not tell where they differ.
    static func areEqual(_ a: RawSpan, _ b: RawSpan) -> Bool {
        guard a.byteCount == b.byteCount else { return false }
        var difference: UInt8 = 0
        for at in 0..<a.byteCount { difference |= a.byte(at: at) ^ b.byte(at: at) }
        return difference == 0
    }
}

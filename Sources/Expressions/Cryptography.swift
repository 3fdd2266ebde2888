private import COpenSSL
import Core

/// Digests, codes and ciphers of converters: OpenSSL's libcrypto. Only `Cryptography…` files know the library.
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

    /// Whether two texts are equal, in a time that does not tell where they differ.
    static func areEqual(_ a: RawSpan, _ b: RawSpan) -> Bool {
        guard a.byteCount == b.byteCount else { return false }
        var difference: UInt8 = 0
        for at in 0..<a.byteCount { difference |= a.byte(at: at) ^ b.byte(at: at) }
        return difference == 0
    }
}

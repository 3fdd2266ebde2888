private import COpenSSL
import Core

extension Cryptography {
    /// Digests of one thread. Those that rules use most are computed in states of its own. For the others each kind
    /// keeps a context from its first use on, for which OpenSSL allocates once more with each message.
    @safe final class Digests {
        private var contexts: [OpaquePointer?] = unsafe Array(
            repeating: nil, count: Digest.allCases.count)
        private var md5 = MD5_CTX()
        private var sha1 = SHA_CTX()
        private var sha256 = SHA256_CTX()
        private var sha512 = SHA512_CTX()
        /// What the last call made: `count` bytes.
        private var result = [UInt8](repeating: 0, count: digestLimit)
        private var count = 0
        private var pad = [UInt8](repeating: 0, count: blockLimit)

        /// Bytes of the longest block of a digest (SHA3-224: 144), rounded up.
        private static let blockLimit = 256

        deinit {
            for index in 0..<Digest.allCases.count { unsafe EVP_MD_CTX_free(contexts[index]) }
        }

        /// Appends what the last call made; false where there is no room.
        func append(to arena: inout Buffer) -> Bool {
            let made = result
            return unsafe arena.append(made.span.bytes.extracting(0..<count))
        }

        /// What the last call made.
        var last: [UInt8] { Array(result.prefix(count)) }

        /// Puts the digest of a message into `result`, or with a key its HMAC. False: the library has no such digest.
        func make(_ digest: Digest, of message: RawSpan, key: RawSpan? = nil) -> Bool {
            guard let key else {
                return begin(digest) && add(message, digest) && end(digest)
            }
            return authenticate(digest, message, key)
        }

        /// RFC 2104 section 2.
        private func authenticate(_ digest: Digest, _ message: RawSpan, _ key: RawSpan) -> Bool {
            let block = Int(unsafe EVP_MD_get_block_size(method(digest)))
            guard block > 0, block <= Digests.blockLimit else { return false }
            for at in 0..<block { pad[at] = 0 }
            if key.byteCount > block {
                guard begin(digest), add(key, digest), end(digest) else { return false }
                for at in 0..<count { pad[at] = result[at] }
            } else {
                for at in 0..<key.byteCount { pad[at] = key.byte(at: at) }
            }
            for at in 0..<block { pad[at] ^= 0x36 }
            guard begin(digest), addPad(block, digest), add(message, digest), end(digest) else {
                return false
            }
            for at in 0..<block { pad[at] ^= 0x36 ^ 0x5c }
            return begin(digest) && addPad(block, digest) && addResult(digest) && end(digest)
        }

        private func begin(_ digest: Digest) -> Bool {
            switch digest {
            case .md5: unsafe MD5_Init(&md5) == 1
            case .sha1: unsafe SHA1_Init(&sha1) == 1
            case .sha224: unsafe SHA224_Init(&sha256) == 1
            case .sha256: unsafe SHA256_Init(&sha256) == 1
            case .sha384: unsafe SHA384_Init(&sha512) == 1
            case .sha512: unsafe SHA512_Init(&sha512) == 1
            default: beginInContext(digest)
            }
        }

        private func beginInContext(_ digest: Digest) -> Bool {
            let index = Int(digest.rawValue)
            if let context = unsafe contexts[index] {
                return unsafe EVP_DigestInit_ex(context, nil, nil) == 1
            }
            guard let context = unsafe EVP_MD_CTX_new() else { return false }
            guard unsafe EVP_DigestInit_ex(context, method(digest), nil) == 1 else {
                unsafe EVP_MD_CTX_free(context)
                return false
            }
            unsafe contexts[index] = context
            return true
        }

        private func add(_ bytes: RawSpan, _ digest: Digest) -> Bool {
            unsafe bytes.withUnsafeBytes { bytes in
                unsafe add(bytes.baseAddress, bytes.count, digest)
            }
        }

        private func addPad(_ block: Int, _ digest: Digest) -> Bool {
            unsafe add(pad, block, digest)
        }

        private func addResult(_ digest: Digest) -> Bool {
            unsafe add(result, count, digest)
        }

        private func add(_ bytes: UnsafeRawPointer?, _ count: Int, _ digest: Digest) -> Bool {
            switch digest {
            case .md5: unsafe MD5_Update(&md5, bytes, count) == 1
            case .sha1: unsafe SHA1_Update(&sha1, bytes, count) == 1
            case .sha224, .sha256: unsafe SHA256_Update(&sha256, bytes, count) == 1
            case .sha384, .sha512: unsafe SHA512_Update(&sha512, bytes, count) == 1
            default: unsafe EVP_DigestUpdate(contexts[Int(digest.rawValue)], bytes, count) == 1
            }
        }

        private func end(_ digest: Digest) -> Bool {
            let isDone: Bool
            switch digest {
            case .md5: isDone = unsafe MD5_Final(&result, &md5) == 1
            case .sha1: isDone = unsafe SHA1_Final(&result, &sha1) == 1
            case .sha224: isDone = unsafe SHA224_Final(&result, &sha256) == 1
            case .sha256: isDone = unsafe SHA256_Final(&result, &sha256) == 1
            case .sha384: isDone = unsafe SHA384_Final(&result, &sha512) == 1
            case .sha512: isDone = unsafe SHA512_Final(&result, &sha512) == 1
            default:
                var size: UInt32 = 0
                isDone =
                    unsafe EVP_DigestFinal_ex(contexts[Int(digest.rawValue)], &result, &size) == 1
                count = Int(size)
                return isDone && count > 0 && count <= digestLimit
            }
            count = unsafe Int(EVP_MD_get_size(method(digest)))
            return isDone
        }
    }
}

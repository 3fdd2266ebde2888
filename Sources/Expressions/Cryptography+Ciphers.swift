private import COpenSSL
import Core

extension Cryptography {
    /// How `aes_…` converters work on a message.
    struct Cipher: Sendable, BitwiseCopyable {
        enum Mode: UInt8, Sendable, BitwiseCopyable { case gcm, cbc }

        let mode: Mode
        let encrypts: Bool
        /// 128, 192 or 256.
        let bits: Int16

        /// Numbers of ciphers, from 0 on.
        static let count = 12

        fileprivate var index: Int {
            (mode == .gcm ? 0 : 6) &+ (encrypts ? 3 : 0) &+ (bits == 128 ? 0 : bits == 192 ? 1 : 2)
        }
    }

    /// Bytes of the tag of AES-GCM.
    static let tagBytes = 16

    /// Ciphers of one thread. Each kind keeps its context from its first use on, and all of them one buffer: nothing is
    /// allocated for a message that is not longer than those before.
    @safe final class Ciphers {
        private var contexts: [OpaquePointer?] = unsafe Array(
            repeating: nil, count: Cipher.count)
        private var result: [UInt8] = []
        private var count = 0
        private var tag = [UInt8](repeating: 0, count: tagBytes)

        deinit {
            for index in 0..<Cipher.count { unsafe EVP_CIPHER_CTX_free(contexts[index]) }
        }

        /// Appends what the last call made; false where there is no room.
        func append(to arena: inout Buffer) -> Bool {
            let made = result
            return unsafe arena.append(made.span.bytes.extracting(0..<count))
        }

        /// Appends the tag that the last encryption by GCM made.
        func appendTag(to arena: inout Buffer) -> Bool {
            let made = tag
            return unsafe arena.append(made.span.bytes)
        }

        /// Encrypts or decrypts; `tag` is what decryption by GCM compares with, `associated` what it covers besides. False: a key or nonce of the
        /// wrong length, or bytes that the key or the tag do not fit.
        func run(
            _ cipher: Cipher, _ message: RawSpan, nonce: RawSpan, key: RawSpan,
            associated: RawSpan, tag expected: RawSpan
        ) -> Bool {
            guard message.byteCount <= messageLimit, associated.byteCount <= messageLimit,
                key.byteCount == Int(cipher.bits) / 8, nonce.byteCount > 0,
                nonce.byteCount <= digestLimit, cipher.mode == .gcm || nonce.byteCount == 16,
                let context = unsafe context(cipher)
            else { return false }
            // What a wrong message leaves there would look like an error of whatever is done next in this thread.
            defer { if ERR_peek_error() != 0 { ERR_clear_error() } }
            let isDone =
                unsafe begin(context, cipher, key, nonce) && associate(context, cipher, associated)
                && update(context, message) && expect(context, cipher, expected) && end(context)
            guard isDone else { return false }
            guard cipher.mode == .gcm, cipher.encrypts else { return true }
            return unsafe EVP_CIPHER_CTX_ctrl(
                context, EVP_CTRL_AEAD_GET_TAG, CInt(tagBytes), &tag) == 1
        }

        private func context(_ cipher: Cipher) -> OpaquePointer? {
            if let context = unsafe contexts[cipher.index] { return unsafe context }
            guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
            guard
                unsafe EVP_CipherInit_ex(
                    context, method(cipher), nil, nil, nil, cipher.encrypts ? 1 : 0) == 1
            else {
                unsafe EVP_CIPHER_CTX_free(context)
                return nil
            }
            unsafe contexts[cipher.index] = context
            return unsafe context
        }

        private func begin(
            _ context: OpaquePointer, _ cipher: Cipher, _ key: RawSpan, _ nonce: RawSpan
        ) -> Bool {
            guard
                cipher.mode != .gcm
                    || (unsafe EVP_CIPHER_CTX_ctrl(
                        context, EVP_CTRL_AEAD_SET_IVLEN, CInt(nonce.byteCount), nil)) == 1
            else { return false }
            return unsafe key.withUnsafeBytes { key in
                unsafe nonce.withUnsafeBytes { nonce in
                    unsafe EVP_CipherInit_ex(
                        context, nil, nil, key.bindMemory(to: UInt8.self).baseAddress,
                        nonce.bindMemory(to: UInt8.self).baseAddress, cipher.encrypts ? 1 : 0) == 1
                }
            }
        }

        private func associate(
            _ context: OpaquePointer, _ cipher: Cipher, _ bytes: RawSpan
        ) -> Bool {
            guard cipher.mode == .gcm, bytes.byteCount > 0 else { return true }
            var count: CInt = 0
            return unsafe bytes.withUnsafeBytes { bytes in
                unsafe EVP_CipherUpdate(
                    context, nil, &count, bytes.bindMemory(to: UInt8.self).baseAddress,
                    CInt(bytes.count)) == 1
            }
        }

        private func update(_ context: OpaquePointer, _ message: RawSpan) -> Bool {
            // Room for what padding adds, and the end.
            let wanted = message.byteCount + 32
            if result.count < wanted {
                result.append(contentsOf: repeatElement(0, count: wanted - result.count))
            }
            var made: CInt = 0
            let isDone = unsafe message.withUnsafeBytes { message in
                unsafe EVP_CipherUpdate(
                    context, &result, &made, message.bindMemory(to: UInt8.self).baseAddress,
                    CInt(message.count)) == 1
            }
            count = Int(made)
            return isDone
        }

        private func expect(_ context: OpaquePointer, _ cipher: Cipher, _ tag: RawSpan) -> Bool {
            guard cipher.mode == .gcm, !cipher.encrypts else { return true }
            guard tag.byteCount > 0, tag.byteCount <= tagBytes else { return false }
            return unsafe tag.withUnsafeBytes { tag in
                unsafe EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_SET_TAG, CInt(tag.count),
                    UnsafeMutableRawPointer(mutating: tag.baseAddress)) == 1
            }
        }

        private func end(_ context: OpaquePointer) -> Bool {
            var last: CInt = 0
            let before = count
            let isDone = unsafe result.withUnsafeMutableBufferPointer { result in
                guard let base = result.baseAddress else { return false }
                return unsafe EVP_CipherFinal_ex(context, base + before, &last) == 1
            }
            count = before + Int(last)
            return isDone
        }
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
}

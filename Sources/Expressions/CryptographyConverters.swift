import Core

/// Octets that a converter takes in base64.
public enum Octets: Sendable, BitwiseCopyable {
    /// Decoded while compiling.
    case constant(Bytes)
    case variable(Variable)
}

/// Converters that digest, sign and encrypt.
enum CryptographyConverters {
    static let entries: [ConverterEntry] = [
        ConverterEntry("sha1", .binary, .binary, is: .digest(Cryptography.Digest.sha1.rawValue)),
        ConverterEntry("sha2", .binary, .binary, 0...1) { a throws(ExpressionProblem) in
            let bits = try a.integer(0, or: 256)
            guard let digest = Cryptography.Digest(name: "sha\(bits)"), bits > 1 else {
                throw ExpressionProblem(
                    "Unsupported number of bits: '\(bits)'",
                    fix: "use sha2(224), sha2(256), sha2(384) or sha2(512)")
            }
            return .digest(digest.rawValue)
        },
        ConverterEntry("digest", .binary, .binary, 1...1) { a throws(ExpressionProblem) in
            .digest(try digest(a))
        },
        ConverterEntry("hmac", .binary, .binary, 2...2) { a throws(ExpressionProblem) in
            .authenticate(try digest(a), try octets(&a, 1, "key"))
        },
        ConverterEntry("secure_memcmp", .binary, .bool, 1...1) { a throws(ExpressionProblem) in
            .compareSecurely(try a.variable(0))
        },
        cipher("aes_gcm_enc", .gcm, encrypts: true), cipher("aes_gcm_dec", .gcm, encrypts: false),
        cipher("aes_cbc_enc", .cbc, encrypts: true), cipher("aes_cbc_dec", .cbc, encrypts: false),
    ]

    private static func digest(_ a: ExpressionArguments) throws(ExpressionProblem) -> UInt8 {
        let name = try a.text(0)
        guard let digest = Cryptography.Digest(name: name) else {
            throw ExpressionProblem("Unknown message digest '\(name)'")
        }
        return digest.rawValue
    }

    /// A variable, or base64. No base64 has a dot, and each variable has one.
    private static func octets(
        _ a: inout ExpressionArguments, _ index: Int, _ what: String
    ) throws(ExpressionProblem) -> Octets {
        let text = try a.text(index)
        if text.contains(".") { return .variable(try a.variable(index)) }
        guard let decoded = Base64.decoded(text) else {
            throw ExpressionProblem("failed to parse \(what) : it is no base64")
        }
        return .constant(a.keep(decoded))
    }

    private static func cipher(
        _ name: String, _ mode: Cryptography.Cipher.Mode, encrypts: Bool
    ) -> ConverterEntry {
        let hasTag = mode == .gcm
        return ConverterEntry(name, .binary, .binary, hasTag ? 4...5 : 3...4) {
            a throws(ExpressionProblem) in
            let bits = try a.integer(0)
            guard [128, 192, 256].contains(bits) else {
                throw ExpressionProblem("key size must be 128, 192 or 256 (bits).")
            }
            let nonce = try octets(&a, 1, "nonce")
            let key = try octets(&a, 2, "key")
            var tag: Octets?
            if hasTag, encrypts {
                tag = .variable(try a.variable(3))
            } else if hasTag {
                tag = try octets(&a, 3, "aead_tag")
            }
            let place = hasTag ? 4 : 3
            let associated: Octets? = a.has(place) ? try octets(&a, place, "aad") : nil
            return .cipher(
                mode: mode.rawValue, encrypts: encrypts, bits: Int16(clamping: bits), nonce, key,
                tag: tag, associated: associated)
        }
    }
}

extension Evaluation {
    /// What converters of that kind make of bytes.
    mutating func convertSecretly(
        _ range: Bytes, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        switch converter {
        case .digest(let number):
            guard let digest = Cryptography.Digest(rawValue: number) else { return nil }
            guard digests.make(digest, of: bytes(range)) else { return nil }
            return appendDigest()
        case .authenticate(let number, let key):
            guard let digest = Cryptography.Digest(rawValue: number),
                let key = octets(key, expression)
            else { return nil }
            guard digests.make(digest, of: bytes(range), key: bytes(key)) else { return nil }
            return appendDigest()
        case .compareSecurely(let variable):
            guard let other = load(variable), case .binary(let text) = cast(other, to: .binary)
            else { return nil }
            return .bool(Cryptography.areEqual(bytes(range), bytes(text)))
        case .cipher(let mode, let encrypts, let bits, let nonce, let key, let tag, let associated):
            guard let mode = Cryptography.Cipher.Mode(rawValue: mode),
                let nonce = octets(nonce, expression), let key = octets(key, expression)
            else { return nil }
            var extra = Bytes(0..<0)
            if let associated {
                guard let found = octets(associated, expression) else { return nil }
                extra = found
            }
            var expected = Bytes(0..<0)
            if !encrypts, let tag {
                guard let found = octets(tag, expression) else { return nil }
                expected = found
            }
            guard
                ciphers.run(
                    Cryptography.Cipher(mode: mode, encrypts: encrypts, bits: bits), bytes(range),
                    nonce: bytes(nonce), key: bytes(key), associated: bytes(extra),
                    tag: bytes(expected))
            else { return nil }
            if encrypts, case .variable(let variable) = tag {
                guard keepTag(in: variable) else { return nil }
            }
            let start = arena.count
            return ciphers.append(to: &arena) ? .binary(Bytes(start..<arena.count)) : nil
        default: return nil
        }
    }

    private mutating func appendDigest() -> Sample? {
        let start = arena.count
        return digests.append(to: &arena) ? .binary(Bytes(start..<arena.count)) : nil
    }

    /// Keeps the tag of an encryption in a variable, in base64.
    private mutating func keepTag(in variable: Variable) -> Bool {
        let start = arena.count
        guard ciphers.appendTag(to: &arena) else { return false }
        let end = arena.count
        guard Base64.encode(start..<end, in: &arena, forURL: false) else { return false }
        return set(variable, to: .string(Bytes(end..<arena.count)))
    }

    private mutating func octets(_ octets: Octets, _ expression: SampleExpression) -> Bytes? {
        switch octets {
        case .constant(let constant): return append(constant: constant, of: expression)
        case .variable(let variable):
            guard let sample = load(variable), let text = textRange(sample) else { return nil }
            let start = arena.count
            guard Base64.decode(text.range, in: &arena, forURL: false) else { return nil }
            return Bytes(start..<arena.count)
        }
    }
}

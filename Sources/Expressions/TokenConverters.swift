import Core

/// Converters that look into JSON and into JSON Web Tokens.
enum TokenConverters {
    static let entries: [ConverterEntry] = [
        ConverterEntry("json_query", .string, .any, 1...2) { a throws(ExpressionProblem) in
            .jsonValue(path: try path(&a, 0), isInteger: try isInteger(a, 1))
        },
        ConverterEntry("jwt_header_query", .string, .any, 0...2) { a throws(ExpressionProblem) in
            try part(&a, isHeader: true)
        },
        ConverterEntry("jwt_payload_query", .string, .any, 0...2) { a throws(ExpressionProblem) in
            try part(&a, isHeader: false)
        },
        ConverterEntry("jwt_verify", .string, .integer, 2...2) { a throws(ExpressionProblem) in
            .tokenSignature(try check(&a))
        },
    ]

    private static func path(
        _ a: inout ExpressionArguments, _ index: Int
    ) throws(ExpressionProblem) -> Bytes {
        let path = try a.text(index)
        guard JSONQuery.isPath(path) else {
            throw ExpressionProblem(
                "Invalid json path '\(path)'", fix: "write it as '$.name' or '$.list[0].name'")
        }
        return a.keep(path)
    }

    private static func isInteger(
        _ a: ExpressionArguments, _ index: Int
    ) throws(ExpressionProblem) -> Bool {
        guard a.has(index) else { return false }
        guard try a.text(index) == "int" else {
            throw ExpressionProblem(
                "output_type only supports \"int\" as argument, not '\(try a.text(index))'")
        }
        return true
    }

    private static func part(
        _ a: inout ExpressionArguments, isHeader: Bool
    ) throws(ExpressionProblem) -> Converter {
        guard a.has(0) else { return .tokenPart(isHeader: isHeader, path: nil, isInteger: false) }
        return .tokenPart(
            isHeader: isHeader, path: try path(&a, 0), isInteger: try isInteger(a, 1))
    }

    private static func check(
        _ a: inout ExpressionArguments
    ) throws(ExpressionProblem) -> TokenCheck {
        var check = TokenCheck()
        let name = try a.text(0)
        if isVariable(name) {
            check.algorithmVariable = try a.variable(0)
        } else {
            guard let algorithm = Array(name.utf8).withBytes({ TokenAlgorithm($0) }) else {
                throw ExpressionProblem(
                    "unknown JWT algorithm : \(name)",
                    fix:
                        "use HS256, RS256, ES256 or PS256, their relatives with 384 and 512, or a variable"
                )
            }
            check.algorithm = algorithm
        }
        let key = try a.text(1)
        let family = check.algorithm?.family
        if isVariable(key), family ?? .secret == .secret {
            check.secretVariable = try a.variable(1)
            return check
        }
        if family != .secret, family != TokenAlgorithm.Family.none {
            if let place = a.publicKey(key) {
                check.key = place
            } else if family != nil {
                throw ExpressionProblem(
                    "failed to load the public key '\(key)'",
                    fix: "name a PEM file with a public key or a certificate")
            }
        }
        check.secret = a.keep(key)
        return check
    }

    private static func isVariable(_ text: String) -> Bool {
        ["proc.", "sess.", "txn.", "req.", "res.", "check."].contains { text.hasPrefix($0) }
    }
}

extension Evaluation {
    /// What those converters make of a text.
    mutating func convertToken(
        _ range: Bytes, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        switch converter {
        case .jsonValue(let path, let isInteger):
            return json(in: range, path, expression, isInteger)
        case .tokenPart(let isHeader, let path, let isInteger):
            guard let part = TokenParts.part(isHeader ? 0 : 1, of: arena.bytes, range.range) else {
                return nil
            }
            let start = arena.count
            guard !part.isEmpty, Base64.decode(part, in: &arena, forURL: true) else { return nil }
            let decoded = Bytes(start..<arena.count)
            return path.map { json(in: decoded, $0, expression, isInteger) } ?? .string(decoded)
        case .tokenSignature(let check):
            return .integer(verdict(on: range, check, expression).rawValue)
        default: return nil
        }
    }

    private mutating func json(
        in range: Bytes, _ path: Bytes, _ expression: SampleExpression, _ isInteger: Bool
    ) -> Sample? {
        let found = JSONQuery.find(expression.constant(path), in: bytes(range))
        guard let found else { return nil }
        let value =
            Int(range.start) &+ found.range.lowerBound..<Int(range.start)
            &+ found.range.upperBound
        let start = arena.count
        switch found.kind {
        case .yes: return .bool(true)
        case .no: return .bool(false)
        case .null, .object: return nil
        case .array: return .string(Bytes(value))
        case .number:
            if isInteger { return JSONNumber.integer(bytes(Bytes(value))).map { .integer($0) } }
            guard JSONNumber.append(value, in: &arena) else { return nil }
        case .string: guard appendUnescaped(value) else { return nil }
        }
        return .string(Bytes(start..<arena.count))
    }

    /// What a JSON string stands for (RFC 8259 section 7), in UTF-8.
    private mutating func appendUnescaped(_ range: Range<Int>) -> Bool {
        var at = range.lowerBound
        while at < range.upperBound {
            let byte = arena.bytes.byte(at: at)
            at &+= 1
            guard byte == UInt8(ascii: "\\"), at < range.upperBound else {
                guard arena.append(byte) else { return false }
                continue
            }
            let kind = arena.bytes.byte(at: at)
            at &+= 1
            let plain: UInt8
            switch kind {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = kind
            case UInt8(ascii: "b"): plain = 0x08
            case UInt8(ascii: "f"): plain = 0x0c
            case UInt8(ascii: "n"): plain = 0x0a
            case UInt8(ascii: "r"): plain = 0x0d
            case UInt8(ascii: "t"): plain = 0x09
            case UInt8(ascii: "u"):
                guard let scalar = escapedScalar(&at, range.upperBound), append(scalar) else {
                    return false
                }
                continue
            default: return false
            }
            guard arena.append(plain) else { return false }
        }
        return true
    }

    /// Four digits, or two times four for what lies above U+FFFF.
    private func escapedScalar(_ at: inout Int, _ end: Int) -> Unicode.Scalar? {
        guard let first = fourDigits(&at, end) else { return nil }
        guard first & 0xfc00 == 0xd800 else { return Unicode.Scalar(first) }
        guard at &+ 2 <= end, arena.bytes.byte(at: at) == UInt8(ascii: "\\"),
            arena.bytes.byte(at: at &+ 1) == UInt8(ascii: "u")
        else { return nil }
        at &+= 2
        guard let second = fourDigits(&at, end), second & 0xfc00 == 0xdc00 else { return nil }
        return Unicode.Scalar(0x10000 &+ (first & 0x3ff) << 10 &+ second & 0x3ff)
    }

    private func fourDigits(_ at: inout Int, _ end: Int) -> UInt32? {
        guard at &+ 4 <= end else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 {
            guard let digit = HexText.value(arena.bytes.byte(at: at &+ offset)) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        at &+= 4
        return value
    }

    private mutating func append(_ scalar: Unicode.Scalar) -> Bool {
        for byte in UTF8.encode(scalar).map({ Array($0) }) ?? [] {
            guard arena.append(byte) else { return false }
        }
        return true
    }

    // MARK: Signatures

    private mutating func verdict(
        on token: Bytes, _ check: TokenCheck, _ expression: SampleExpression
    ) -> TokenVerdict {
        let saved = arena.count
        defer { arena.truncate(by: arena.count - saved) }
        guard let algorithm = check.algorithm ?? algorithm(check.algorithmVariable) else {
            return .unknownAlgorithm
        }
        guard let parts = TokenParts(arena.bytes, token.range), !parts.header.isEmpty,
            !parts.payload.isEmpty
        else { return .invalidToken }
        if algorithm.family == .none { return parts.signature.isEmpty ? .right : .wrong }
        let start = arena.count
        guard !parts.signature.isEmpty, Base64.decode(parts.signature, in: &arena, forURL: true)
        else { return .invalidToken }
        let signature = Bytes(start..<arena.count)
        // RFC 7515 section 2: without padding.
        guard arena.bytes.byte(at: parts.signature.upperBound &- 1) != UInt8(ascii: "=") else {
            return .wrong
        }
        let message = Bytes(parts.header.lowerBound..<parts.payload.upperBound)
        guard algorithm.family != .secret else {
            return secret(check, expression).map { isSigned(message, signature, algorithm, $0) }
                ?? .unknownKey
        }
        guard expression.keys.indices.contains(Int(check.key)) else { return .unknownKey }
        let key = expression.keys[Int(check.key)]
        guard algorithm.family == .curve else {
            return verifier.accepts(bytes(signature), of: bytes(message), by: key, algorithm)
                ? .right : .wrong
        }
        guard signature.range.count == algorithm.curveBytes else { return .wrong }
        let proof = Cryptography.derSignature(bytes(signature).array())
        return unsafe verifier.accepts(proof.span.bytes, of: bytes(message), by: key, algorithm)
            ? .right : .wrong
    }

    private mutating func algorithm(_ variable: Variable?) -> TokenAlgorithm? {
        guard let variable, let sample = load(variable), let range = textRange(sample) else {
            return nil
        }
        return TokenAlgorithm(bytes(range))
    }

    private mutating func secret(_ check: TokenCheck, _ expression: SampleExpression) -> Bytes? {
        if let constant = check.secret { return append(constant: constant, of: expression) }
        guard let variable = check.secretVariable, let sample = load(variable) else { return nil }
        return textRange(sample)
    }

    private mutating func isSigned(
        _ message: Bytes, _ signature: Bytes, _ algorithm: TokenAlgorithm, _ secret: Bytes
    ) -> TokenVerdict {
        guard digests.make(algorithm.digest, of: bytes(message), key: bytes(secret)) else {
            return .wrong
        }
        let start = arena.count
        guard digests.append(to: &arena) else { return .wrong }
        let made = Bytes(start..<arena.count)
        return Cryptography.areEqual(bytes(made), bytes(signature)) ? .right : .wrong
    }
}

internal import Configuration

/// `Authorization: Basic` against the `stats auth` lines.
enum BasicAuthentication {
    /// Longest credentials that are looked at, encoded.
    private static let encodedBytes = 1024

    /// The time it takes says nothing about the right name or password: every line is compared, to
    /// the end.
    static func allows(_ field: String?, _ credentials: [StatsCredential]) -> Bool {
        guard let field, let given = decodedCredentials(field) else { return false }
        var isAllowed = false
        for credential in credentials {
            let wanted = Array("\(credential.user):\(credential.password)".utf8)
            isAllowed = areEqual(given, wanted) || isAllowed
        }
        return isAllowed
    }

    /// Compares all bytes in any case.
    static func areEqual(_ given: [UInt8], _ wanted: [UInt8]) -> Bool {
        var difference = given.count ^ wanted.count
        for index in given.indices {
            let other = wanted.isEmpty ? 0 : wanted[index % wanted.count]
            difference |= Int(given[index] ^ other)
        }
        return difference == 0
    }

    /// `Basic dXNlcjpwYXNz`
    private static func decodedCredentials(_ field: String) -> [UInt8]? {
        let words = field.utf8.split(separator: 0x20, omittingEmptySubsequences: true)
        guard words.count == 2, words[1].count <= encodedBytes,
            String(words[0])?.lowercased() == "basic"
        else { return nil }
        return decodeBase64(words[1])
    }

    /// RFC 4648 section 4, with padding; nil for anything else.
    static func decodeBase64(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        var padding = 0
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - 0x41
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - 0x61 + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - 0x30 + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case UInt8(ascii: "="):
                padding += 1
                value = 0
            default: return nil
            }
            if padding > 0 && character != UInt8(ascii: "=") { return nil }
            bits = bits << 6 | UInt32(value)
            count += 1
            if count % 4 == 0 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
            }
        }
        guard padding <= 2, bytes.count >= padding else { return nil }
        bytes.removeLast(padding)
        return bytes
    }
}

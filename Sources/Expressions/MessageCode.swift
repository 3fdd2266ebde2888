/// Codes that prove who made a message, for what is no expression: OpenSSL's.
public enum MessageCode {
    /// HMAC-SHA256 (RFC 2104): 32 octets; none when the library cannot, which no code equals.
    @Sendable public static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        let digests = Cryptography.Digests()
        return unsafe digests.make(.sha256, of: message.span.bytes, key: key.span.bytes)
            ? digests.last : []
    }
}

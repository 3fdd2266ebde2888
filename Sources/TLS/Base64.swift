internal import COpenSSL

/// Base64 (RFC 4648 4), with or without line ends.
package enum Base64 {
    /// Bytes of text, at most.
    static let limit = 1 << 20

    /// nil: it is none.
    package static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let plain = text.filter { $0 != 10 && $0 != 13 && $0 != 32 }
        let sign = UInt8(ascii: "=")
        guard plain.count <= limit, plain.count % 4 == 0, !plain.isEmpty,
            !plain.dropLast(2).contains(sign)
        else { return nil }
        let padding = plain.suffix(2).filter { $0 == sign }.count
        var bytes = [UInt8](repeating: 0, count: plain.count / 4 * 3)
        guard let count = Int32(exactly: plain.count),
            unsafe EVP_DecodeBlock(&bytes, plain, count) >= 0
        else { return nil }
        return Array(bytes.dropLast(padding))
    }
}

/// Versions of TLS in patterns: `3.1` for TLS 1.0, also as the ends of a range (HAProxy manual, `req.ssl_ver`).
enum VersionPattern {
    /// The pattern with each `major.minor` as the number that the fetch gives for it.
    static func number(_ text: String) -> String {
        text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            let numbers = part.split(separator: ".").map { UInt16($0) }
            guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else {
                return String(part)
            }
            return String(Int(major) << 16 | Int(minor))
        }.joined(separator: ":")
    }
}

/// Versions of TLS in patterns: `3.1` for TLS 1.0, also as the ends of a range (HAProxy manual, `req.ssl_ver`).
enum VersionPattern {
    /// The pattern with each `major.minor` as the number that the fetch gives for it; no minor is 0.
    static func number(_ text: String) -> String {
        NumberPattern.ends(of: text).map { part in
            let numbers = part.split(separator: ".").map { UInt16($0) }
            guard (1...2).contains(numbers.count), let major = numbers[0],
                let minor = numbers.count == 2 ? numbers[1] : 0
            else { return String(part) }
            return String(Int(major) << 16 | Int(minor))
        }.joined(separator: ":")
    }
}

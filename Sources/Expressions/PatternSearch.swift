import Core

/// Comparisons that look inside a subject. Patterns are in lower case where case is ignored.
enum PatternSearch {
    static func contains(_ subject: RawSpan, _ pattern: [UInt8], _ ignoresCase: Bool) -> Bool {
        guard !pattern.isEmpty else { return true }
        var at = 0
        while at &+ pattern.count <= subject.byteCount {
            if isAt(at, subject, pattern, 0..<pattern.count, ignoresCase) { return true }
            at &+= 1
        }
        return false
    }

    /// Whether the pattern stands between delimiters: `/` and `?` for directories, `.` and `:` besides
    /// for domains. Delimiters at the pattern's own ends do not count.
    static func hasPiece(
        _ subject: RawSpan, _ pattern: [UInt8], _ ignoresCase: Bool, isDomain: Bool
    ) -> Bool {
        var start = 0
        var end = pattern.count
        while start < end, isDelimiter(pattern[start], isDomain) { start += 1 }
        while end > start, isDelimiter(pattern[end - 1], isDomain) { end -= 1 }
        guard start < end else { return false }
        let count = end - start
        var at = 0
        var mayMatch = true
        while at &+ count <= subject.byteCount {
            if isDelimiter(subject.byte(at: at), isDomain) {
                mayMatch = true
                at &+= 1
                continue
            }
            if mayMatch {
                mayMatch = false
                let next = at &+ count
                if isAt(at, subject, pattern, start..<end, ignoresCase),
                    next == subject.byteCount || isDelimiter(subject.byte(at: next), isDomain)
                {
                    return true
                }
            }
            at &+= 1
        }
        return false
    }

    @inline(__always)
    private static func isDelimiter(_ byte: UInt8, _ isDomain: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "?"): true
        case UInt8(ascii: "."), UInt8(ascii: ":"): isDomain
        default: false
        }
    }

    @inline(__always)
    private static func isAt(
        _ at: Int, _ subject: RawSpan, _ pattern: [UInt8], _ range: Range<Int>, _ ignoresCase: Bool
    ) -> Bool {
        var offset = 0
        while offset < range.count {
            let byte = subject.byte(at: at &+ offset)
            guard pattern[range.lowerBound &+ offset] == (ignoresCase ? byte.asciiLowercased : byte)
            else { return false }
            offset &+= 1
        }
        return true
    }
}

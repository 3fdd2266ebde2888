import Core

/// The four forms of a request target (RFC 9112 3.2) and where their parts lie.
public enum RequestTarget {
    /// What a target looks like.
    public enum Form: UInt8, Sendable, BitwiseCopyable {
        /// `/path?query`
        case origin
        /// `scheme://authority/path?query`
        case absolute
        /// `host:port`, only in CONNECT
        case authority
        /// `*`, only in OPTIONS
        case asterisk
    }

    /// The path in a target, without the query; empty where there is none.
    public static func path(of target: RawSpan, form: Form) -> Range<Int> {
        switch form {
        case .authority: return 0..<0
        case .asterisk: return 0..<target.byteCount
        case .origin: return 0..<end(of: target, from: 0, at: query)
        case .absolute:
            let start = authority(of: target).upperBound
            return start..<end(of: target, from: start, at: query)
        }
    }

    /// The query behind the first `?` of a target; nil where there is no `?`.
    public static func queryString(of target: RawSpan, form: Form) -> Range<Int>? {
        let path = path(of: target, form: form)
        guard form != .authority, path.upperBound < target.byteCount else { return nil }
        return path.upperBound + 1..<target.byteCount
    }

    /// Whether a target begins with a scheme and `://`.
    public static func hasScheme(_ target: RawSpan) -> Bool {
        var at = 0
        while at < target.byteCount, target.byte(at: at) != colon {
            if target.byte(at: at) == slash || target.byte(at: at) == query { return false }
            at &+= 1
        }
        return at > 0 && at &+ 2 < target.byteCount && target.byte(at: at &+ 1) == slash
            && target.byte(at: at &+ 2) == slash
    }

    /// User information, host and port of an absolute target: what stands between `://` and the
    /// path.
    static func authority(of target: RawSpan) -> Range<Int> {
        var at = 0
        while at < target.byteCount, target.byte(at: at) != colon { at &+= 1 }
        let start = min(at &+ 3, target.byteCount)
        at = start
        // A fragment is there only where violations are accepted.
        while at < target.byteCount, target.byte(at: at) != slash, target.byte(at: at) != query,
            target.byte(at: at) != fragment
        {
            at &+= 1
        }
        return start..<at
    }

    /// Whether the bytes are `host`, `host:` or `host:port` (RFC 9110 7.2), the host being a name
    /// or an IP literal.
    @inline(__always)
    static func isAuthority(_ bytes: RawSpan, _ range: Range<Int>) -> Bool {
        var at = bytes.hostEnd(range)
        if at == range.lowerBound, at < range.upperBound, bytes.byte(at: at) == openBracket {
            at &+= 1
            while at < range.upperBound, bytes.byte(at: at) != closeBracket {
                let byte = bytes.byte(at: at)
                guard Characters.isHost(byte) || byte == colon else { return false }
                at &+= 1
            }
            guard at < range.upperBound else { return false }
            at &+= 1
        }
        guard at < range.upperBound else { return true }
        return bytes.byte(at: at) == colon && port(bytes, at &+ 1..<range.upperBound) != nil
    }

    /// Whether a target's authority and the Host field name the same place, as HAProxy compares
    /// them: letters without case, default ports left out. A CONNECT target always has a port, its
    /// Host field needs none for 80 and 443.
    static func agree(
        _ bytes: RawSpan, authority: Range<Int>, host: Range<Int>, form: Form, isSecure: Bool
    ) -> Bool {
        let (targetName, targetPort) = split(bytes, authority)
        let (hostName, hostPort) = split(bytes, host)
        guard bytes.extracting(targetName).equalsIgnoringCase(bytes.extracting(hostName)) else {
            return false
        }
        if targetPort == hostPort { return true }
        if form == .authority { return hostPort == nil && (targetPort == 80 || targetPort == 443) }
        let defaultPort = isSecure ? 443 : 80
        return (targetPort ?? defaultPort) == (hostPort ?? defaultPort)
    }

    /// Name and port of a valid authority; nil for no port or an empty one.
    static func split(_ bytes: RawSpan, _ range: Range<Int>) -> (name: Range<Int>, port: Int?) {
        var at = range.upperBound
        while at > range.lowerBound {
            let byte = bytes.byte(at: at &- 1)
            if byte == colon {
                let digits = at..<range.upperBound
                return (range.lowerBound..<at &- 1, digits.isEmpty ? nil : port(bytes, digits))
            }
            guard Characters.isDigit(byte) else { break }
            at &-= 1
        }
        return (range, nil)
    }

    /// A port of up to 65535, 0 for an empty one; nil for anything else.
    @inline(__always)
    private static func port(_ bytes: RawSpan, _ range: Range<Int>) -> Int? {
        var value = 0
        for at in range {
            let byte = bytes.byte(at: at)
            guard Characters.isDigit(byte) else { return nil }
            value = value &* 10 &+ Int(byte &- 0x30)
            guard value <= 65535 else { return nil }
        }
        return value
    }

    private static func end(of bytes: RawSpan, from start: Int, at stop: UInt8) -> Int {
        var at = start
        while at < bytes.byteCount, bytes.byte(at: at) != stop { at &+= 1 }
        return at
    }

    private static let colon = UInt8(ascii: ":")
    private static let slash = UInt8(ascii: "/")
    private static let fragment = UInt8(ascii: "#")
    private static let query = UInt8(ascii: "?")
    private static let openBracket = UInt8(ascii: "[")
    private static let closeBracket = UInt8(ascii: "]")
}

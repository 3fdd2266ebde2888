import Core

/// Header names that the engine gives a meaning to. Every other name is `other` and is compared by
/// its bytes.
public enum HeaderName: UInt8, Sendable, BitwiseCopyable {
    case other
    case host, connection, contentLength, transferEncoding, upgrade, expect
    case keepAlive, proxyConnection, http2Settings, trailer, cookie, setCookie
    case te

    /// Whether the field speaks to the next hop only, or says how long the body is: such fields are
    /// never copied, the writer makes its own.
    @inline(__always)
    public var isRegenerated: Bool {
        switch self {
        case .connection, .contentLength, .transferEncoding, .keepAlive, .proxyConnection,
            .http2Settings:
            true
        default: false
        }
    }

    /// Whether a trailer of that name is dropped (RFC 9110 6.5.1): framing, routing and hop-by-hop
    /// fields.
    @inline(__always)
    var isForbiddenInTrailers: Bool {
        isRegenerated || self == .host || self == .upgrade || self == .expect || self == .trailer
            || self == .cookie || self == .setCookie || self == .te
    }

    /// The meaning of the token at `range`.
    @inline(__always)
    static func recognise(_ bytes: RawSpan, _ range: Range<Int>) -> HeaderName {
        // Tokens hold no byte that becomes '-' or a letter by setting bit 5 alone, apart from the
        // letter's other case; so setting that bit everywhere is a sound comparison without case.
        let start = range.lowerBound
        switch range.count {
        case 2: return short(bytes, start, 2, 0x6574) ? .te : .other
        case 4: return short(bytes, start, 4, 0x7473_6f68) ? .host : .other
        case 6:
            if short(bytes, start, 6, 0x7463_6570_7865) { return .expect }
            return short(bytes, start, 6, 0x6569_6b6f_6f63) ? .cookie : .other
        case 7:
            if short(bytes, start, 7, 0x65_6461_7267_7075) { return .upgrade }
            return short(bytes, start, 7, 0x72_656c_6961_7274) ? .trailer : .other
        case 10:
            let first = lowered(bytes, start)
            let last = lowered(bytes, start &+ 2)
            if first == 0x6974_6365_6e6e_6f63, last == 0x6e6f_6974_6365_6e6e {
                return .connection
            }
            if first == 0x696c_612d_7065_656b, last == 0x6576_696c_612d_7065 {
                return .keepAlive
            }
            return first == 0x6b6f_6f63_2d74_6573 && last == 0x6569_6b6f_6f63_2d74
                ? .setCookie : .other
        case 14:
            let first = lowered(bytes, start)
            let last = lowered(bytes, start &+ 6)
            if first == 0x2d74_6e65_746e_6f63, last == 0x6874_676e_656c_2d74 {
                return .contentLength
            }
            return first == 0x6573_2d32_7074_7468
                && last == 0x7367_6e69_7474_6573
                ? .http2Settings : .other
        case 16:
            return lowered(bytes, start) == 0x6f63_2d79_786f_7270
                && lowered(bytes, start &+ 8) == 0x6e6f_6974_6365_6e6e
                ? .proxyConnection : .other
        case 17:
            return lowered(bytes, start) == 0x7265_6673_6e61_7274
                && lowered(bytes, start &+ 8) == 0x6e69_646f_636e_652d
                && bytes.byte(at: start &+ 16) | 0x20 == 0x67
                ? .transferEncoding : .other
        default: return .other
        }
    }

    @inline(__always)
    private static func lowered(_ bytes: RawSpan, _ at: Int) -> UInt64 {
        bytes.word(at: at) | 0x2020_2020_2020_2020
    }

    /// Compares up to seven bytes with `name`, whose bytes stand in memory order.
    @inline(__always)
    private static func short(
        _ bytes: RawSpan, _ start: Int, _ count: Int, _ name: UInt64
    ) -> Bool {
        var word: UInt64 = 0
        if start &+ 8 <= bytes.byteCount {
            word = bytes.word(at: start)
        } else {
            // Only the last field of a head that ends in bare line feeds can be so close to the
            // end.
            for index in 0..<count {
                word |= UInt64(bytes.byte(at: start &+ index)) &<< UInt64(index &* 8)
            }
        }
        let mask = ~0 as UInt64 &>> UInt64(64 &- count &* 8)
        return (word | 0x2020_2020_2020_2020) & mask == name
    }
}

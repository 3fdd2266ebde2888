import Core

/// XXH32 (the xxHash specification, section "XXH32 algorithm").
public enum XXHash32 {
    private static let primes: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
        0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f, 0x1656_67b1
    )

    public static func hash(_ bytes: RawSpan, seed: UInt32) -> UInt32 {
        let count = bytes.byteCount
        var at = 0
        var state: UInt32
        if count >= 16 {
            var a = seed &+ primes.0 &+ primes.1
            var b = seed &+ primes.1
            var c = seed
            var d = seed &- primes.0
            while at &+ 16 <= count {
                a = round(a, word(bytes, at))
                b = round(b, word(bytes, at &+ 4))
                c = round(c, word(bytes, at &+ 8))
                d = round(d, word(bytes, at &+ 12))
                at &+= 16
            }
            state = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
        } else {
            state = seed &+ primes.4
        }
        state &+= UInt32(truncatingIfNeeded: count)
        while at &+ 4 <= count {
            state = rotate(state &+ word(bytes, at) &* primes.2, 17) &* primes.3
            at &+= 4
        }
        while at < count {
            state = rotate(state &+ UInt32(bytes.byte(at: at)) &* primes.4, 11) &* primes.0
            at &+= 1
        }
        state = (state ^ state >> 15) &* primes.1
        state = (state ^ state >> 13) &* primes.2
        return state ^ state >> 16
    }

    private static func round(_ lane: UInt32, _ word: UInt32) -> UInt32 {
        rotate(lane &+ word &* primes.1, 13) &* primes.0
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }

    private static func word(_ bytes: RawSpan, _ at: Int) -> UInt32 {
        var value: UInt32 = 0
        for place in (0..<4).reversed() {
            value = value << 8 | UInt32(bytes.byte(at: at &+ place))
        }
        return value
    }
}

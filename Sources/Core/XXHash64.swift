/// XXH64 (the xxHash specification, section "XXH64 algorithm"): for values that other programs have to find again.
public enum XXHash64 {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9e37_79b1_85eb_ca87, 0xc2b2_ae3d_27d4_eb4f, 0x1656_67b1_9e37_79f9,
        0x85eb_ca77_c2b2_ae63, 0x27d4_eb2f_1656_67c5
    )

    public static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
        unsafe hash(bytes.span.bytes, seed: seed)
    }

    public static func hash(_ bytes: RawSpan, seed: UInt64 = 0) -> UInt64 {
        let count = bytes.byteCount
        var at = 0
        var state: UInt64
        if count >= 32 {
            var lanes: (UInt64, UInt64, UInt64, UInt64) = (
                seed &+ primes.0 &+ primes.1, seed &+ primes.1, seed, seed &- primes.0
            )
            while at + 32 <= count {
                lanes.0 = round(lanes.0, word(bytes, at, 8))
                lanes.1 = round(lanes.1, word(bytes, at + 8, 8))
                lanes.2 = round(lanes.2, word(bytes, at + 16, 8))
                lanes.3 = round(lanes.3, word(bytes, at + 24, 8))
                at += 32
            }
            state =
                rotate(lanes.0, 1) &+ rotate(lanes.1, 7) &+ rotate(lanes.2, 12)
                &+ rotate(lanes.3, 18)
            state = (state ^ round(0, lanes.0)) &* primes.0 &+ primes.3
            state = (state ^ round(0, lanes.1)) &* primes.0 &+ primes.3
            state = (state ^ round(0, lanes.2)) &* primes.0 &+ primes.3
            state = (state ^ round(0, lanes.3)) &* primes.0 &+ primes.3
        } else {
            state = seed &+ primes.4
        }
        state &+= UInt64(count)
        while at + 8 <= count {
            state = rotate(state ^ round(0, word(bytes, at, 8)), 27) &* primes.0 &+ primes.3
            at += 8
        }
        if at + 4 <= count {
            state = rotate(state ^ (word(bytes, at, 4) &* primes.0), 23) &* primes.1 &+ primes.2
            at += 4
        }
        while at < count {
            state = rotate(state ^ (UInt64(bytes.byte(at: at)) &* primes.4), 11) &* primes.0
            at += 1
        }
        state = (state ^ state >> 33) &* primes.1
        state = (state ^ state >> 29) &* primes.2
        return state ^ state >> 32
    }

    private static func round(_ state: UInt64, _ input: UInt64) -> UInt64 {
        rotate(state &+ input &* primes.1, 31) &* primes.0
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }

    /// Little-endian.
    private static func word(_ bytes: RawSpan, _ at: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for offset in 0..<count {
            value |= UInt64(bytes.byte(at: at + offset)) << UInt64(offset * 8)
        }
        return value
    }
}

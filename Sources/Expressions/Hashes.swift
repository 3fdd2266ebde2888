import Core

/// The hash functions that HAProxy's `hash-type` and converters name. All of them are published
/// algorithms; golden values come from the real program.
public enum Hashes {
    public static func hash(_ bytes: RawSpan, _ kind: Converter.Hash) -> UInt32 {
        switch kind {
        case .crc32: crc(bytes, 0xedb8_8320)
        case .crc32c: crc(bytes, 0x82f6_3b78)
        case .djb2: djb2(bytes)
        case .sdbm: sdbm(bytes)
        case .wt6: wt6(bytes)
        }
    }

    /// Bob Jenkins' full avalanche of 32 bits.
    public static func avalanche(_ value: UInt32) -> UInt32 {
        var a = value
        a = (a &+ 0x7ed5_5d16) &+ (a << 12)
        a = (a ^ 0xc761_c23c) ^ (a >> 19)
        a = (a &+ 0x1656_67b1) &+ (a << 5)
        a = (a &+ 0xd3a2_646c) ^ (a << 9)
        a = (a &+ 0xfd70_46c5) &+ (a << 3)
        a = (a ^ 0xb55a_4f09) ^ (a >> 16)
        // A large prime near three quarters of the range spreads neighbours.
        return a &* 3_221_225_473
    }

    private static func crc(_ bytes: RawSpan, _ polynomial: UInt32) -> UInt32 {
        var value: UInt32 = ~0
        for at in 0..<bytes.byteCount {
            value ^= UInt32(bytes.byte(at: at))
            for _ in 0..<8 { value = value & 1 != 0 ? value >> 1 ^ polynomial : value >> 1 }
        }
        return ~value
    }

    private static func djb2(_ bytes: RawSpan) -> UInt32 {
        var value: UInt32 = 5381
        for at in 0..<bytes.byteCount { value = value &* 33 &+ UInt32(bytes.byte(at: at)) }
        return value
    }

    private static func sdbm(_ bytes: RawSpan) -> UInt32 {
        var value: UInt32 = 0
        for at in 0..<bytes.byteCount {
            value = UInt32(bytes.byte(at: at)) &+ (value << 6) &+ (value << 16) &- value
        }
        return value
    }

    /// Willy Tarreau's sixth.
    private static func wt6(_ bytes: RawSpan) -> UInt32 {
        var h0: UInt32 = 0xa53c_965a
        var h1: UInt32 = 0x5ca6_953a
        var step0: UInt32 = 6
        var step1: UInt32 = 18
        for at in 0..<bytes.byteCount {
            let t = UInt32(bytes.byte(at: at))
            h0 = ~(h0 ^ t)
            h1 = ~(h1 &+ t)
            let t1 = h1 << step0 | (step0 == 0 ? 0 : h1 >> (32 - step0))
            let t0 = h0 << step1 | (step1 == 0 ? 0 : h0 >> (32 - step1))
            h0 = t1
            h1 = t0
            let mixed = (h0 >> 16 ^ h1) & 0xffff
            step0 = mixed & 31
            step1 = mixed >> 11
        }
        return h0 ^ h1
    }
}

import Core

/// FIPS 180-4 SHA-1, for the converter of that name; nothing is protected by it.
enum SHA1 {
    static func append(_ message: [UInt8], to arena: inout Buffer) -> Bool {
        var h: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
        for block in SHABlocks.padded(message) {
            var w = block
            for t in 16..<80 {
                w.append(SHABlocks.left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1))
            }
            var (a, b, c, d, e) = (h[0], h[1], h[2], h[3], h[4])
            for t in 0..<80 {
                let f: UInt32
                let k: UInt32
                switch t {
                case 0..<20: (f, k) = (b & c | ~b & d, 0x5a82_7999)
                case 20..<40: (f, k) = (b ^ c ^ d, 0x6ed9_eba1)
                case 40..<60: (f, k) = (b & c | b & d | c & d, 0x8f1b_bcdc)
                default: (f, k) = (b ^ c ^ d, 0xca62_c1d6)
                }
                let next = SHABlocks.left(a, 5) &+ f &+ e &+ k &+ w[t]
                (e, d, c, b, a) = (d, c, SHABlocks.left(b, 30), a, next)
            }
            h[0] &+= a
            h[1] &+= b
            h[2] &+= c
            h[3] &+= d
            h[4] &+= e
        }
        return SHABlocks.append(h, to: &arena)
    }
}

/// FIPS 180-4 SHA-224 and SHA-256.
enum SHA256 {
    private static let k: [UInt32] = [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7,
        0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc,
        0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351,
        0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
        0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
        0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
        0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2,
    ]

    static func append(_ message: [UInt8], bits: Int, to arena: inout Buffer) -> Bool {
        var h: [UInt32] =
            bits == 224
            ? [
                0xc105_9ed8, 0x367c_d507, 0x3070_dd17, 0xf70e_5939, 0xffc0_0b31, 0x6858_1511,
                0x64f9_8fa7, 0xbefa_4fa4,
            ]
            : [
                0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c,
                0x1f83_d9ab, 0x5be0_cd19,
            ]
        for block in SHABlocks.padded(message) {
            var w = block
            for t in 16..<64 {
                let s0 =
                    SHABlocks.right(w[t - 15], 7) ^ SHABlocks.right(w[t - 15], 18) ^ w[t - 15] >> 3
                let s1 =
                    SHABlocks.right(w[t - 2], 17) ^ SHABlocks.right(w[t - 2], 19) ^ w[t - 2] >> 10
                w.append(w[t - 16] &+ s0 &+ w[t - 7] &+ s1)
            }
            var v = h
            for t in 0..<64 {
                let s1 =
                    SHABlocks.right(v[4], 6) ^ SHABlocks.right(v[4], 11) ^ SHABlocks.right(v[4], 25)
                let choice = v[4] & v[5] ^ ~v[4] & v[6]
                let t1 = v[7] &+ s1 &+ choice &+ k[t] &+ w[t]
                let s0 =
                    SHABlocks.right(v[0], 2) ^ SHABlocks.right(v[0], 13) ^ SHABlocks.right(v[0], 22)
                let majority = v[0] & v[1] ^ v[0] & v[2] ^ v[1] & v[2]
                v = [t1 &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ t1, v[4], v[5], v[6]]
            }
            for index in 0..<8 { h[index] &+= v[index] }
        }
        return SHABlocks.append(Array(h.prefix(bits / 32)), to: &arena)
    }
}

/// What both have in common.
private enum SHABlocks {
    static func padded(_ message: [UInt8]) -> [[UInt32]] {
        var bytes = message + [0x80]
        while bytes.count % 64 != 56 { bytes.append(0) }
        let length = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: length >> UInt64(shift)))
        }
        return stride(from: 0, to: bytes.count, by: 64).map { start in
            (0..<16).map { word in
                (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(bytes[start + word * 4 + $1]) }
            }
        }
    }

    static func left(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value << count | value >> (32 - count)
    }

    static func right(_ value: UInt32, _ count: UInt32) -> UInt32 {
        value >> count | value << (32 - count)
    }

    static func append(_ words: [UInt32], to arena: inout Buffer) -> Bool {
        for word in words {
            for shift in [24, 16, 8, 0] as [UInt32] {
                guard arena.append(UInt8(truncatingIfNeeded: word >> shift)) else { return false }
            }
        }
        return true
    }
}

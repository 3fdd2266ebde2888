import Core

/// RFC 4648, both alphabets; the one for URLs has no padding.
enum Base64 {
    static func encode(_ range: Range<Int>, in arena: inout Buffer, forURL: Bool) -> Bool {
        guard arena.room >= (range.count + 2) / 3 * 4 else { return false }
        var at = range.lowerBound
        while at < range.upperBound {
            let left = range.upperBound - at
            let a = UInt32(arena.bytes.byte(at: at))
            let b = left > 1 ? UInt32(arena.bytes.byte(at: at + 1)) : 0
            let c = left > 2 ? UInt32(arena.bytes.byte(at: at + 2)) : 0
            let word = a << 16 | b << 8 | c
            for place in 0..<4 {
                if place <= left {
                    arena.append(character(word >> UInt32(18 - place * 6) & 63, forURL))
                } else if !forURL {
                    arena.append("=")
                }
            }
            at += 3
        }
        return true
    }

    private static func character(_ value: UInt32, _ forURL: Bool) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        switch value {
        case 0..<26: return 0x41 + value
        case 26..<52: return 0x61 + value - 26
        case 52..<62: return 0x30 + value - 52
        case 62: return forURL ? UInt8(ascii: "-") : UInt8(ascii: "+")
        default: return forURL ? UInt8(ascii: "_") : UInt8(ascii: "/")
        }
    }

    static func decode(_ range: Range<Int>, in arena: inout Buffer, forURL: Bool) -> Bool {
        if !forURL, range.count % 4 != 0 { return false }
        var end = range.upperBound
        var padding = 0
        while end > range.lowerBound, padding < 2,
            arena.bytes.byte(at: end - 1) == UInt8(ascii: "=")
        {
            end -= 1
            padding += 1
        }
        var word: UInt32 = 0
        var bits: UInt32 = 0
        for at in range.lowerBound..<end {
            guard let value = value(arena.bytes.byte(at: at), forURL) else { return false }
            word = (word << 6 | value) & 0xffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                guard arena.append(UInt8(truncatingIfNeeded: word >> bits)) else { return false }
            }
        }
        // One character alone holds no byte.
        return bits != 6
    }

    /// What a text of the configuration stands for; nil: it is no base64.
    static func decoded(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits: UInt32 = 0
        let padding = characters.suffix(2).count { $0 == UInt8(ascii: "=") }
        for character in characters.dropLast(padding) {
            guard let value = value(character, false) else { return nil }
            word = (word << 6 | value) & 0xffff
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> bits))
            }
        }
        return bits == 6 ? nil : bytes
    }

    private static func value(_ byte: UInt8, _ forURL: Bool) -> UInt32? {
        switch byte {
        case 0x41...0x5a: UInt32(byte - 0x41)
        case 0x61...0x7a: UInt32(byte - 0x61 + 26)
        case 0x30...0x39: UInt32(byte - 0x30 + 52)
        case forURL ? UInt8(ascii: "-") : UInt8(ascii: "+"): 62
        case forURL ? UInt8(ascii: "_") : UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

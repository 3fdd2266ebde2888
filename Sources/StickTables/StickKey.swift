public import Core

/// A key in the form that a table compares: whole words, a string's length before it. Kept by its owner and filled
/// again and again, so that looking up allocates nothing.
public struct StickKey: Sendable, Equatable {
    public private(set) var words: [UInt64] = []

    public init() {}

    public mutating func set(_ address: IPv4Address) {
        words.removeAll(keepingCapacity: true)
        words.append(UInt64(address.rawValue))
    }

    public mutating func set(_ address: IPv6Address) {
        words.removeAll(keepingCapacity: true)
        words.append(address.high)
        words.append(address.low)
    }

    /// As HAProxy: a table of integers has 32 bits.
    public mutating func set(_ number: Int64) {
        words.removeAll(keepingCapacity: true)
        words.append(UInt64(UInt32(truncatingIfNeeded: number)))
    }

    /// A text, cut to the table's length, or bytes, cut or filled up with zeros.
    public mutating func set(_ bytes: RawSpan, for settings: StickTableSettings) {
        words.removeAll(keepingCapacity: true)
        let count = min(bytes.byteCount, settings.keyLength)
        if settings.keyType == .string { words.append(UInt64(count)) }
        var word: UInt64 = 0
        var filled = 0
        for index in 0..<(settings.keyLength + 7) / 8 * 8 {
            word = word << 8 | (index < count ? UInt64(bytes.byte(at: index)) : 0)
            filled += 1
            if filled == 8 {
                words.append(word)
                word = 0
                filled = 0
            }
        }
    }

    mutating func set(_ words: ArraySlice<UInt64>) {
        self.words.removeAll(keepingCapacity: true)
        self.words.append(contentsOf: words)
    }

    /// As `show table` writes it.
    public func text(for settings: StickTableSettings) -> String {
        switch settings.keyType {
        case .ip: return IPv4Address(rawValue: UInt32(truncatingIfNeeded: words[0])).description
        case .ipv6: return IPv6Address(high: words[0], low: words[1]).description
        case .integer: return String(words[0])
        case .string: return escaped(bytes(from: 1, count: Int(words[0])))
        case .binary:
            let digits = Array("0123456789ABCDEF".utf8)
            let text = bytes(from: 0, count: settings.keyLength).flatMap {
                [digits[Int($0 >> 4)], digits[Int($0 & 15)]]
            }
            return String(decoding: text, as: UTF8.self)
        }
    }

    private func bytes(from first: Int, count: Int) -> [UInt8] {
        (0..<count).map { index in
            UInt8(truncatingIfNeeded: words[first + index / 8] >> UInt64(56 - index % 8 * 8))
        }
    }

    /// What could end the line or the value is written as `\xHH` or with a backslash.
    private func escaped(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in bytes {
            if byte > 0x20, byte < 0x7f, byte != 0x5c {
                text.append(byte)
            } else if byte == 0x20 || byte == 0x5c {
                text += [0x5c, byte]
            } else {
                text += [0x5c, 0x78, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

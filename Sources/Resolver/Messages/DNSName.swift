/// A domain name as messages carry it (RFC 1035, section 3.1), in lower case: names compare without regard to case.
package struct DNSName: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of a name in a message, lengths of labels and the root's included.
    package static let byteLimit = 255
    /// Bytes of a label.
    package static let labelLimit = 63
    /// Pointers that are followed in one name; each must lead backwards, so a loop cannot come about anyway.
    static let pointerLimit = 32

    /// Labels with their lengths in front, and the root's empty one.
    let wire: [UInt8]

    private init(wire: [UInt8]) { self.wire = wire }

    /// nil: an empty name or label, or one that is too long. A final dot is allowed.
    package init?(_ text: some StringProtocol) {
        var wire: [UInt8] = []
        let trimmed = text.hasSuffix(".") ? text.dropLast() : text[...]
        for label in trimmed.split(separator: ".", omittingEmptySubsequences: false) {
            let bytes = Array(label.utf8)
            guard !bytes.isEmpty, bytes.count <= DNSName.labelLimit else { return nil }
            wire.append(UInt8(bytes.count))
            wire += bytes.map(DNSName.lowercased)
        }
        wire.append(0)
        guard wire.count <= DNSName.byteLimit else { return nil }
        self.wire = wire
    }

    /// Reads the name at `position`, which moves behind it; nil where the bytes hold none.
    static func read(_ message: [UInt8], at position: inout Int) -> DNSName? {
        var wire: [UInt8] = []
        var place = position
        var end: Int?
        var pointers = 0
        while place < message.count {
            let length = Int(message[place])
            switch length {
            case 0:
                position = end ?? place + 1
                return DNSName(wire: wire + [0])
            case 1...labelLimit:
                guard place + length < message.count, wire.count + length + 2 <= byteLimit else {
                    return nil
                }
                wire.append(UInt8(length))
                wire += message[(place + 1)...(place + length)].map(lowercased)
                place += length + 1
            case 0xc0...:
                guard place + 1 < message.count, pointers < pointerLimit else { return nil }
                let target = (length & 0x3f) << 8 | Int(message[place + 1])
                guard target < place else { return nil }
                end = end ?? place + 2
                place = target
                pointers += 1
            default: return nil
            }
        }
        return nil
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
    }

    /// Without the root's dot. A byte that would not print stands as `\ddd` (RFC 1035, section 5.1).
    package var description: String {
        var labels: [String] = []
        var place = 0
        while place < wire.count, wire[place] > 0 {
            let length = Int(wire[place])
            labels.append(wire[(place + 1)...(place + length)].map(DNSName.printed).joined())
            place += length + 1
        }
        return labels.joined(separator: ".")
    }

    private static func printed(_ byte: UInt8) -> String {
        if (0x21...0x7e).contains(byte), byte != 0x2e, byte != 0x5c {
            return String(Character(Unicode.Scalar(byte)))
        }
        let digits = String(byte)
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }
}

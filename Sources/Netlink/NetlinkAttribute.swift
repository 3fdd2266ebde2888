/// An attribute of a netlink message (netlink(7)): a type and bytes, or other attributes.
internal enum NetlinkAttribute {
    case bytes(UInt16, [UInt8])
    case nested(UInt16, [NetlinkAttribute])

    /// In this machine's order, as netlink has all of its numbers.
    static func number(_ type: UInt16, _ value: UInt32) -> NetlinkAttribute {
        .bytes(type, value.hostOctets)
    }

    /// With the zero byte that the kernel wants.
    static func text(_ type: UInt16, _ value: String) -> NetlinkAttribute {
        .bytes(type, Array(value.utf8) + [0])
    }

    private static let isNested: UInt16 = 0x8000
    private static let headerLength = 4

    /// The wire form: length, type, value, padding to four octets.
    static func encode(_ attributes: [NetlinkAttribute]) -> [UInt8] {
        var result: [UInt8] = []
        for attribute in attributes {
            let type: UInt16
            let value: [UInt8]
            switch attribute {
            case .bytes(let number, let bytes): (type, value) = (number, bytes)
            case .nested(let number, let inner): (type, value) = (number | isNested, encode(inner))
            }
            result += UInt16(clamping: headerLength + value.count).hostOctets + type.hostOctets
            result += value + [UInt8](repeating: 0, count: -value.count & 3)
        }
        return result
    }

    /// The value of an attribute inside another one's value; nil when it is not there or not whole.
    static func find(_ type: UInt16, in octets: [UInt8]) -> [UInt8]? {
        var rest = octets[...]
        while rest.count >= headerLength {
            let bytes = Array(rest.prefix(headerLength))
            let length = Int(UInt16(hostOctets: bytes[0], bytes[1]))
            guard length >= headerLength, length <= rest.count else { return nil }
            let found = UInt16(hostOctets: bytes[2], bytes[3]) & ~isNested
            if found == type { return Array(rest.prefix(length).dropFirst(headerLength)) }
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return nil
    }
}

extension FixedWidthInteger {
    /// The octets as they lie in this machine's memory.
    var hostOctets: [UInt8] { unsafe withUnsafeBytes(of: self) { unsafe Array($0) } }
}

extension UInt16 {
    fileprivate init(hostOctets first: UInt8, _ second: UInt8) {
        let ordered = UInt16(first) << 8 | UInt16(second)
        self = UInt16(bigEndian: 1) == 1 ? ordered : ordered.byteSwapped
    }
}

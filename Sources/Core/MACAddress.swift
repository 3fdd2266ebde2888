/// An Ethernet address.
public struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    /// The six octets in the low 48 bits, the first one highest.
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue & 0xffff_ffff_ffff }

    /// From exactly six octets.
    public init?(octets: [UInt8]) {
        guard octets.count == 6 else { return nil }
        rawValue = octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The six octets in the order of the wire.
    public var octets: [UInt8] {
        (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> UInt64(8 * (5 - $0))) }
    }

    /// ff:ff:ff:ff:ff:ff
    public static let broadcast = MACAddress(rawValue: 0xffff_ffff_ffff)

    public var description: String {
        octets.map { octet in
            let text = String(octet, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined(separator: ":")
    }
}

/// Who is at the other end of a connection, without the path of a unix socket: small, trivially copied, and appended
/// to a buffer without allocating.
public struct PeerAddress: Hashable, Sendable, BitwiseCopyable {
    /// nil for unix sockets.
    public let ip: IPAddress?
    public let port: UInt16

    @inline(__always)
    public init(ip: IPAddress?, port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// A unix socket, or one whose peer is not known.
    public static let unnamed = PeerAddress(ip: nil, port: 0)

    /// Longest text of an address.
    public static let textLimit = 45
}

extension Buffer {
    /// Appends an address as text, or `unix` where there is none.
    public mutating func append(_ address: IPAddress?) {
        switch address {
        case .v4(let address): append(address)
        case .v6(let address): append(address)
        case nil: append("unix")
        }
    }

    /// Appends dotted decimal text.
    public mutating func append(_ address: IPv4Address) {
        guard room >= 15 else { return }
        var shift: UInt32 = 24
        while true {
            let octet = UInt8(truncatingIfNeeded: address.rawValue &>> shift)
            if octet >= 100 { append(0x30 &+ octet / 100) }
            if octet >= 10 { append(0x30 &+ octet / 10 % 10) }
            append(0x30 &+ octet % 10)
            if shift == 0 { return }
            append(UInt8(ascii: "."))
            shift &-= 8
        }
    }

    /// Appends the text of RFC 5952: lower case, the longest run of zero groups is `::`.
    public mutating func append(_ address: IPv6Address) {
        guard room >= PeerAddress.textLimit else { return }
        if let mapped = address.mappedIPv4 {
            append("::ffff:")
            append(mapped)
            return
        }
        var best = 0
        var bestCount = 1
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, address.group(end) == 0 { end &+= 1 }
            if end &- index > bestCount {
                best = index
                bestCount = end &- index
            }
            index = max(end, index &+ 1)
        }
        index = 0
        while index < 8 {
            if bestCount > 1, index == best {
                append("::")
                index &+= bestCount
                continue
            }
            if index > 0, bestCount < 2 || index != best &+ bestCount { append(UInt8(ascii: ":")) }
            append(hexadecimal: address.group(index))
            index &+= 1
        }
    }

    private mutating func append(hexadecimal group: UInt16) {
        var shift: UInt16 = 12
        while shift > 0, group &>> shift == 0 { shift &-= 4 }
        while true {
            let digit = UInt8(truncatingIfNeeded: group &>> shift) & 15
            append(digit < 10 ? 0x30 &+ digit : 0x57 &+ digit)
            if shift == 0 { return }
            shift &-= 4
        }
    }
}

extension IPv6Address {
    /// One of the eight groups, the first one highest.
    @inline(__always)
    fileprivate func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half &>> UInt64(16 &* (3 &- (index & 3))))
    }
}

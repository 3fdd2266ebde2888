/// An IPv4 address.
public struct IPv4Address: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible
{
    /// In host order: 10.0.0.1 is 0x0a000001.
    public let rawValue: UInt32

    @inline(__always)
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Four decimal numbers, each 0 to 255, without leading zeros beyond three digits.
    public init?(_ text: some StringProtocol) {
        var value: UInt32 = 0
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        for part in parts {
            guard (1...3).contains(part.count) else { return nil }
            var number: UInt32 = 0
            for digit in part {
                guard (0x30...0x39).contains(digit) else { return nil }
                number = number * 10 + UInt32(digit - 0x30)
            }
            guard number <= 255 else { return nil }
            value = value << 8 | number
        }
        rawValue = value
    }

    public var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
    }

    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    public var isMulticast: Bool { rawValue >> 28 == 0xe }
    public var isLoopback: Bool { rawValue >> 24 == 127 }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool {
        left.rawValue < right.rawValue
    }

    public static let any = IPv4Address(rawValue: 0)
}

/// An IPv6 address, without a scope.
public struct IPv6Address: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible
{
    /// The first eight octets, the first one highest.
    public let high: UInt64
    /// The last eight octets.
    public let low: UInt64

    @inline(__always)
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// RFC 4291 section 2.2: eight groups, one `::`, an IPv4 tail. No scope, no brackets.
    public init?(_ text: some StringProtocol) {
        guard let groups = IPv6Address.groups(of: String(text)) else { return nil }
        high = groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) }
        low = groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) }
    }

    public var octets: [UInt8] {
        [high, low].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(8 * (7 - $0))) }
        }
    }

    public var isLinkLocal: Bool { high >> 54 == 0x3fa }
    public var isMulticast: Bool { high >> 56 == 0xff }
    public var isLoopback: Bool { high == 0 && low == 1 }

    /// The IPv4 address inside `::ffff:a.b.c.d`.
    public var mappedIPv4: IPv4Address? {
        high == 0 && low >> 32 == 0xffff
            ? IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)) : nil
    }

    /// RFC 5952: lower case, the longest run of two or more zero groups is `::`.
    public var description: String {
        if let mappedIPv4 { return "::ffff:\(mappedIPv4)" }
        let groups = (0..<8).map { index in
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(16 * (3 - index % 4)))
        }
        var best = 0..<0
        var index = 0
        while index < 8 {
            guard groups[index] == 0 else {
                index += 1
                continue
            }
            let end = groups[index...].firstIndex { $0 != 0 } ?? 8
            if end - index > max(best.count, 1) { best = index..<end }
            index = end
        }
        func join(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty
            ? join(0..<8) : join(0..<best.lowerBound) + "::" + join(best.upperBound..<8)
    }

    public static func < (left: IPv6Address, right: IPv6Address) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }

    public static let any = IPv6Address(high: 0, low: 0)

    private static func groups(of text: String) -> [UInt16]? {
        var text = text
        if let dot = text.firstIndex(of: ".") {
            guard let colon = text[..<dot].lastIndex(of: ":"),
                let tail = IPv4Address(text[text.index(after: colon)...])
            else { return nil }
            text =
                text[...colon] + String(tail.rawValue >> 16, radix: 16) + ":"
                + String(tail.rawValue & 0xffff, radix: 16)
        }
        func parse(_ part: Substring) -> [UInt16]? {
            if part.isEmpty { return [] }
            var result: [UInt16] = []
            for group in part.split(separator: ":", omittingEmptySubsequences: false) {
                guard (1...4).contains(group.utf8.count), group.allSatisfy(\.isHexDigit),
                    let value = UInt16(group, radix: 16)
                else { return nil }
                result.append(value)
            }
            return result
        }
        guard let gap = text.firstRange(of: "::") else {
            let groups = parse(text[...])
            return groups?.count == 8 ? groups : nil
        }
        guard let head = parse(text[..<gap.lowerBound]), let tail = parse(text[gap.upperBound...]),
            head.count + tail.count <= 7
        else { return nil }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }
}

/// An address of either family.
public enum IPAddress: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// Either form, without brackets.
    public init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    public var octets: [UInt8] {
        switch self {
        case .v4(let address): address.octets
        case .v6(let address): address.octets
        }
    }

    /// Whether it stands for all addresses of its family.
    public var isAny: Bool { self == .v4(.any) || self == .v6(.any) }

    public var isIPv4: Bool {
        if case .v4 = self { true } else { false }
    }
}

/// An address with the length of its network.
public struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
    public let address: IPAddress
    /// 0 to 32 or 128.
    public let length: Int

    public init?(_ address: IPAddress, length: Int) {
        guard (0...(address.isIPv4 ? 32 : 128)).contains(length) else { return nil }
        self.address = address
        self.length = length
    }

    /// One address: /32 or /128.
    public static func host(_ address: IPAddress) -> IPPrefix {
        IPPrefix(unchecked: address, length: address.isIPv4 ? 32 : 128)
    }

    private init(unchecked address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    /// Whether the other address lies in the network.
    public func contains(_ other: IPAddress) -> Bool {
        switch (address, other) {
        case (.v4(let mine), .v4(let other)):
            return length == 0 || (mine.rawValue ^ other.rawValue) >> UInt32(32 - length) == 0
        case (.v6(let mine), .v6(let other)):
            let high = mine.high ^ other.high
            if length == 0 { return true }
            if length <= 64 { return high >> UInt64(64 - length) == 0 }
            return high == 0 && (mine.low ^ other.low) >> UInt64(128 - length) == 0
        default: return false
        }
    }

    public var description: String { "\(address)/\(length)" }
}

/// Where a stream socket listens or connects to.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
    case ip(IPAddress, port: UInt16)
    /// A socket file.
    case unix(String)
    /// A name in Linux' abstract namespace.
    case abstract(String)

    public var ip: IPAddress? {
        if case .ip(let address, _) = self { address } else { nil }
    }

    public var port: UInt16? {
        if case .ip(_, let port) = self { port } else { nil }
    }

    /// `10.0.0.1:80`, `[::1]:80`, `unix@/path`, `abns@name`.
    public var description: String {
        switch self {
        case .ip(.v4(let address), let port): "\(address):\(port)"
        case .ip(.v6(let address), let port): "[\(address)]:\(port)"
        case .unix(let path): "unix@\(path)"
        case .abstract(let name): "abns@\(name)"
        }
    }
}

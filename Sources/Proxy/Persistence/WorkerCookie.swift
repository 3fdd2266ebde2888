internal import Configuration
internal import Core

/// A backend's `cookie` line, ready to use.
final class WorkerCookie {
    let settings: CookieSettings
    let name: [UInt8]
    /// Lines tell what became of it; as HAProxy: not of one that is only read.
    let isLogged: Bool
    /// What follows the value.
    let tail: [UInt8]
    /// The whole value that takes the cookie away.
    let removal: [UInt8]

    init(_ settings: CookieSettings) {
        self.settings = settings
        name = Array(settings.name.utf8)
        isLogged = settings.mode != .passive || settings.isIndirect
        tail = Array("; path=/\(settings.tail)".utf8)
        removal = Array(
            "\(settings.name)=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/\(settings.tail)"
                .utf8)
    }

    /// A server's value: its own, or with `dynamic` one made of its address and the backend's secret, as HAProxy makes
    /// it; nil: none.
    static func value(_ server: ServerSettings, _ proxy: ProxySettings) -> [UInt8]? {
        if let value = server.cookie { return Array(value.utf8) }
        guard proxy.cookie?.isDynamic == true, let key = proxy.dynamicCookieKey,
            case .ip(let address, let port) = server.address
        else { return nil }
        var bytes = Array(key.utf8)
        switch address {
        case .v4(let address): bytes += bigEndian(UInt64(address.rawValue), 4)
        case .v6(let address): bytes += bigEndian(address.high, 8) + bigEndian(address.low, 8)
        }
        bytes += bigEndian(UInt64(port), 4)
        let digits = String(XXHash64.hash(bytes), radix: 16)
        return Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8)
    }

    private static func bigEndian(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64((count - 1 - $0) * 8)) }
    }
}

/// Dates in cookies: 30 bits of seconds in units of four, in five digits of base64.
enum CookieDate {
    static let digits = 5

    /// Seconds since 1970; nil: no date.
    static func parse(_ bytes: RawSpan) -> Int64? {
        guard bytes.byteCount >= digits else { return nil }
        var value: Int64 = 0
        for index in 0..<digits {
            guard let digit = value64(bytes.byte(at: index)) else { return nil }
            value = value << 6 | digit
        }
        return value == 0 ? nil : value << 2
    }

    static func append(_ seconds: Int64, to buffer: inout Buffer) -> Bool {
        let value = seconds >> 2
        for index in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: value >> Int64((digits - 1 - index) * 6)) & 63
            guard buffer.append(character(digit)) else { return false }
        }
        return true
    }

    private static func character(_ digit: UInt8) -> UInt8 {
        switch digit {
        case 0..<26: 0x41 + digit
        case 26..<52: 0x61 + digit - 26
        case 52..<62: 0x30 + digit - 52
        case 62: 0x2b
        default: 0x2f
        }
    }

    private static func value64(_ byte: UInt8) -> Int64? {
        switch byte {
        case 0x41...0x5a: Int64(byte - 0x41)
        case 0x61...0x7a: Int64(byte - 0x61 + 26)
        case 0x30...0x39: Int64(byte - 0x30 + 52)
        case 0x2b: 62
        case 0x2f: 63
        default: nil
        }
    }
}

import Core

/// Numbers in texts.
enum NumberText {
    /// The number that a text begins with, 0 where there is none; it stops at what does not fit.
    static func leading(_ text: RawSpan) -> Int64 {
        var at = 0
        var isNegative = false
        if at < text.byteCount, text.byte(at: at) == UInt8(ascii: "-") {
            isNegative = true
            at &+= 1
        } else if at < text.byteCount, text.byte(at: at) == UInt8(ascii: "+") {
            at &+= 1
        }
        var value: Int64 = 0
        while at < text.byteCount, text.byte(at: at) &- 0x30 < 10 {
            let digit = Int64(text.byte(at: at) &- 0x30)
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !isTooLarge, !overflows else { return isNegative ? .min : .max }
            value = sum
            at &+= 1
        }
        return value
    }
}

/// Addresses in texts.
enum AddressText {
    private static let textLimit = 64

    /// The address that a text is, a port behind it and brackets around it left out.
    static func leading(_ text: RawSpan) -> IPAddress? {
        if let address = parse(text) { return address }
        guard let end = HostText.nameEnd(text) else { return nil }
        if end > 1, text.byte(at: 0) == UInt8(ascii: "[") {
            return parse(text.extracting(1..<end &- 1))
        }
        return end < text.byteCount ? parse(text.extracting(0..<end)) : nil
    }

    /// The address that all of a text is. IPv4 is parsed in place; IPv6 is rare enough for a String.
    static func parse(_ text: RawSpan) -> IPAddress? {
        guard !text.isEmpty, text.byteCount <= textLimit else { return nil }
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for at in 0..<text.byteCount {
            let byte = text.byte(at: at)
            if byte &- 0x30 < 10 {
                part = part &* 10 &+ UInt32(byte &- 0x30)
                digits &+= 1
                guard digits <= 3, part <= 255 else { return mixed(text) }
            } else if byte == UInt8(ascii: "."), digits > 0, dots < 3 {
                value = value &<< 8 | part
                part = 0
                digits = 0
                dots &+= 1
            } else {
                return dots == 0 ? IPv6Address(text.text()).map { .v6($0) } : mixed(text)
            }
        }
        guard dots == 3, digits > 0 else { return nil }
        return .v4(IPv4Address(rawValue: value &<< 8 | part))
    }

    private static func mixed(_ text: RawSpan) -> IPAddress? {
        IPv6Address(text.text()).map { .v6($0) }
    }
}

/// `host:port` and `[address]:port`.
enum HostText {
    /// Where the host ends; nil for an address in brackets without its end.
    static func nameEnd(_ text: RawSpan) -> Int? {
        if !text.isEmpty, text.byte(at: 0) == UInt8(ascii: "[") {
            for at in 1..<text.byteCount where text.byte(at: at) == UInt8(ascii: "]") {
                return at &+ 1
            }
            return nil
        }
        for at in 0..<text.byteCount where text.byte(at: at) == UInt8(ascii: ":") { return at }
        return text.byteCount
    }

    static func port(_ text: RawSpan) -> Int? {
        guard let end = nameEnd(text), end < text.byteCount, text.byte(at: end) == UInt8(ascii: ":")
        else { return nil }
        return Int(clamping: NumberText.leading(text.extracting(end &+ 1..<text.byteCount)))
    }
}

extension RawSpan {
    /// Whether both hold the same bytes.
    func equals(_ other: RawSpan) -> Bool {
        guard byteCount == other.byteCount else { return false }
        for at in 0..<byteCount where byte(at: at) != other.byte(at: at) { return false }
        return true
    }
}

import Core

/// Numbers of JSON texts.
enum JSONNumber {
    /// Where a number ends that begins at `start` (RFC 8259 section 6); nil: there is none.
    static func end(_ text: RawSpan, _ start: Int) -> Int? {
        var at = start
        if at < text.byteCount, text.byte(at: at) == UInt8(ascii: "-") { at &+= 1 }
        guard let whole = digitsEnd(text, at) else { return nil }
        at = whole
        if at < text.byteCount, text.byte(at: at) == UInt8(ascii: ".") {
            guard let fraction = digitsEnd(text, at &+ 1) else { return nil }
            at = fraction
        }
        if at < text.byteCount, text.byte(at: at) | 0x20 == UInt8(ascii: "e") {
            at &+= 1
            if at < text.byteCount,
                text.byte(at: at) == UInt8(ascii: "+") || text.byte(at: at) == UInt8(ascii: "-")
            {
                at &+= 1
            }
            guard let exponent = digitsEnd(text, at) else { return nil }
            at = exponent
        }
        return at
    }

    private static func digitsEnd(_ text: RawSpan, _ start: Int) -> Int? {
        var at = start
        while at < text.byteCount, text.byte(at: at) &- 0x30 < 10 { at &+= 1 }
        return at > start ? at : nil
    }

    /// Largest whole number that JSON's readers agree on (RFC 8259 section 6).
    static let integerLimit: Int64 = (1 << 53) - 1

    /// The whole part; nil where it is too large.
    static func integer(_ text: RawSpan) -> Int64? {
        let isNegative = !text.isEmpty && text.byte(at: 0) == UInt8(ascii: "-")
        var value: Int64 = 0
        var at = isNegative ? 1 : 0
        while at < text.byteCount, text.byte(at: at) &- 0x30 < 10 {
            value = value &* 10 &+ Int64(text.byte(at: at) &- 0x30)
            guard value <= integerLimit else { return nil }
            at &+= 1
        }
        return isNegative ? -value : value
    }

    /// Significant digits that are written.
    private static let precision = 6
    /// Highest power of ten that is written.
    private static let exponentLimit = 308

    /// Writes a number as C's `%g` does: six digits at most, `1.5e+20` where it is large or small. False: there is no
    /// room, or it is too large.
    static func append(_ range: Range<Int>, in arena: inout Buffer) -> Bool {
        var digits: UInt32 = 0
        var taken = 0
        // The power of ten of the first digit that is taken.
        var exponent = -1
        var isRoundedUp = false
        var at = range.lowerBound
        let isNegative = arena.bytes.byte(at: at) == UInt8(ascii: "-")
        if isNegative { at &+= 1 }
        var isFraction = false
        scan: while at < range.upperBound {
            let byte = arena.bytes.byte(at: at)
            at &+= 1
            switch byte {
            case UInt8(ascii: "."): isFraction = true
            case 0x30...0x39:
                if taken == 0, byte == 0x30 {
                    if isFraction { exponent &-= 1 }
                    continue scan
                }
                if !isFraction { exponent &+= 1 }
                if taken < precision {
                    digits = digits &* 10 &+ UInt32(byte &- 0x30)
                } else if taken == precision {
                    isRoundedUp = byte >= 0x35
                }
                taken &+= 1
            default:
                at &-= 1
                break scan
            }
        }
        if taken == 0 {
            return (!isNegative || arena.append("-")) && arena.append("0")
        }
        for _ in 0..<max(precision &- taken, 0) { digits &*= 10 }
        if isRoundedUp { digits &+= 1 }
        if digits == 1_000_000 {
            digits = 100_000
            exponent &+= 1
        }
        if at < range.upperBound {
            var power = 0
            let isDown = arena.bytes.byte(at: at &+ 1) == UInt8(ascii: "-")
            for place in at &+ 1..<range.upperBound where arena.bytes.byte(at: place) &- 0x30 < 10 {
                power = min(power &* 10 &+ Int(arena.bytes.byte(at: place) &- 0x30), 100_000)
            }
            exponent &+= isDown ? -power : power
        }
        guard exponent <= exponentLimit else { return false }
        if exponent < -exponentLimit { return arena.append("0") }
        return (!isNegative || arena.append("-")) && append(digits, exponent, to: &arena)
    }

    private static func append(_ digits: UInt32, _ exponent: Int, to arena: inout Buffer) -> Bool {
        var digits = digits
        var count = precision
        while count > 1, digits % 10 == 0 {
            digits /= 10
            count &-= 1
        }
        var divisor: UInt32 = 1
        for _ in 1..<count { divisor &*= 10 }
        let isScientific = exponent < -4 || exponent >= precision
        // Digits before the point.
        var before = isScientific ? 1 : exponent &+ 1
        if before <= 0 {
            guard arena.append("0.") else { return false }
            for _ in 0..<(0 &- before) { guard arena.append("0") else { return false } }
            before = -1
        }
        for place in 0..<max(count, before) {
            if place == before { guard arena.append(".") else { return false } }
            let digit = place < count ? UInt8(truncatingIfNeeded: digits / divisor % 10) : 0
            guard arena.append(0x30 + digit) else { return false }
            if place < count &- 1 { divisor /= 10 }
        }
        guard isScientific else { return true }
        let size = abs(exponent)
        return arena.append(exponent < 0 ? "e-" : "e+") && (size > 9 || arena.append("0"))
            && arena.append(decimal: size)
    }
}

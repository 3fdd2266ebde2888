import Core

/// Parts of a text between delimiters.
enum TextPieces {
    private static func has(_ set: RawSpan, _ byte: UInt8) -> Bool {
        for at in 0..<set.byteCount where set.byte(at: at) == byte { return true }
        return false
    }

    /// `field`: pieces may be empty. A negative index counts from the end; a count of 0 goes to the end.
    static func field(
        _ bytes: RawSpan, _ range: Range<Int>, _ index: Int32, _ delimiters: RawSpan, _ count: Int32
    ) -> Range<Int>? {
        if index > 0 {
            var number: Int32 = 1
            var start = range.lowerBound
            var at = range.lowerBound
            while number < index {
                guard at < range.upperBound else { return nil }
                if has(delimiters, bytes.byte(at: at)) {
                    number &+= 1
                    start = at &+ 1
                }
                at &+= 1
            }
            guard count != 0 else { return start..<range.upperBound }
            var left = count
            at = start
            while at < range.upperBound {
                if has(delimiters, bytes.byte(at: at)) {
                    left &-= 1
                    if left <= 0 { break }
                }
                at &+= 1
            }
            return start..<at
        }
        var number: Int32 = -1
        var end = range.upperBound
        var at = range.upperBound
        while number > index {
            guard at > range.lowerBound else { return nil }
            if has(delimiters, bytes.byte(at: at &- 1)) {
                number &-= 1
                end = at &- 1
            }
            at &-= 1
        }
        guard count != 0 else { return range.lowerBound..<end }
        var left = count
        at = end
        while at > range.lowerBound {
            if has(delimiters, bytes.byte(at: at &- 1)) {
                left &-= 1
                if left <= 0 { break }
            }
            at &-= 1
        }
        return at..<end
    }

    /// `word`: runs of delimiters are one.
    static func word(
        _ bytes: RawSpan, _ range: Range<Int>, _ index: Int32, _ delimiters: RawSpan, _ count: Int32
    ) -> Range<Int>? {
        if index > 0 {
            var number: Int32 = 0
            var start = 0
            var at = range.lowerBound
            var isInside = false
            while at < range.upperBound {
                let isDelimiter = has(delimiters, bytes.byte(at: at))
                if !isDelimiter, !isInside {
                    number &+= 1
                    if number == index { start = at }
                    if number == index, count == 0 { return start..<range.upperBound }
                    isInside = true
                } else if isDelimiter, isInside {
                    isInside = false
                    if count > 0, number == index &+ count &- 1 { return start..<at }
                }
                at &+= 1
            }
            return number >= index ? start..<range.upperBound : nil
        }
        var number: Int32 = 0
        var end = range.upperBound
        var at = range.upperBound
        var isInside = false
        while at > range.lowerBound {
            let isDelimiter = has(delimiters, bytes.byte(at: at &- 1))
            if !isDelimiter, !isInside {
                number &-= 1
                if number == index { end = at }
                if number == index, count == 0 { return range.lowerBound..<end }
                isInside = true
            } else if isDelimiter, isInside {
                isInside = false
                if count > 0, number == index &- count &+ 1 { return at..<end }
            }
            at &-= 1
        }
        return number <= index ? range.lowerBound..<end : nil
    }

    /// A UTF-8 scalar and its bytes; nil for bytes that are none.
    static func scalar(_ bytes: RawSpan, _ range: Range<Int>) -> (UInt32?, Int) {
        let first = bytes.byte(at: range.lowerBound)
        let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
        guard length > 1, range.count >= length else { return (nil, 1) }
        var value = UInt32(first) & (0x7f >> UInt32(length))
        for offset in 1..<length {
            let byte = bytes.byte(at: range.lowerBound + offset)
            guard byte & 0xc0 == 0x80 else { return (nil, 1) }
            value = value << 6 | UInt32(byte & 0x3f)
        }
        return (value, length)
    }
}

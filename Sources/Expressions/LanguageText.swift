import Core

/// The values of an `Accept-Language` field (RFC 9110 section 12.5.4).
enum LanguageText {
    /// The place in `offered`, a list split at semicolons, of the language that the field wants most: of equal ones the
    /// first in the field. A variant that is not offered counts as its base language. nil: none is offered.
    static func best(_ field: RawSpan, of offered: RawSpan) -> Range<Int>? {
        var best: (quality: Int, place: Range<Int>)?
        var start = 0
        while start < field.byteCount {
            var end = start
            while end < field.byteCount, field.byte(at: end) != UInt8(ascii: ",") { end &+= 1 }
            let (name, quality) = element(field, start..<end)
            start = end &+ 1
            guard quality > best?.quality ?? 0, !name.isEmpty,
                let place = place(field.extracting(name), of: offered)
            else { continue }
            best = (quality, place)
        }
        return best?.place
    }

    /// A language and what it is worth, in thousandths: all where that is not to be read, as in HAProxy.
    private static func element(_ field: RawSpan, _ range: Range<Int>) -> (Range<Int>, Int) {
        var start = range.lowerBound
        while start < range.upperBound, isBlank(field.byte(at: start)) { start &+= 1 }
        var end = start
        while end < range.upperBound, !isBlank(field.byte(at: end)),
            field.byte(at: end) != UInt8(ascii: ";")
        {
            end &+= 1
        }
        var at = end
        while at < range.upperBound,
            isBlank(field.byte(at: at)) || field.byte(at: at) == UInt8(ascii: ";")
        {
            at &+= 1
        }
        guard at < range.upperBound else { return (start..<end, 1000) }
        guard field.byte(at: at) | 0x20 == UInt8(ascii: "q") else { return (start..<end, 1000) }
        at &+= 1
        while at < range.upperBound,
            isBlank(field.byte(at: at)) || field.byte(at: at) == UInt8(ascii: "=")
        {
            at &+= 1
        }
        return (start..<end, quality(field, at..<range.upperBound))
    }

    private static func quality(_ field: RawSpan, _ range: Range<Int>) -> Int {
        guard !range.isEmpty else { return 1000 }
        let whole = field.byte(at: range.lowerBound)
        guard whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1") else { return 1000 }
        var value = whole == UInt8(ascii: "1") ? 1000 : 0
        var at = range.lowerBound &+ 1
        guard at < range.upperBound, field.byte(at: at) == UInt8(ascii: ".") else { return value }
        at &+= 1
        var worth = 100
        while at < range.upperBound, worth > 0, field.byte(at: at) &- 0x30 < 10 {
            value &+= Int(field.byte(at: at) &- 0x30) &* worth
            worth /= 10
            at &+= 1
        }
        return min(value, 1000)
    }

    private static func place(_ name: RawSpan, of offered: RawSpan) -> Range<Int>? {
        var base = 0
        while base < name.byteCount, name.byte(at: base) != UInt8(ascii: "-") { base &+= 1 }
        return find(name, in: offered) ?? find(name.extracting(0..<base), in: offered)
    }

    private static func find(_ name: RawSpan, in offered: RawSpan) -> Range<Int>? {
        var start = 0
        while start <= offered.byteCount {
            var end = start
            while end < offered.byteCount, offered.byte(at: end) != UInt8(ascii: ";") { end &+= 1 }
            if equals(offered.extracting(start..<end), name) { return start..<end }
            start = end &+ 1
        }
        return nil
    }

    private static func equals(_ a: RawSpan, _ b: RawSpan) -> Bool {
        guard a.byteCount == b.byteCount else { return false }
        for at in 0..<a.byteCount where a.byte(at: at) != b.byte(at: at) { return false }
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}

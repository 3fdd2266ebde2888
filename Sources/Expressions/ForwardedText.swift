public import Core

/// The grammar of `Forwarded` (RFC 7239 sections 4 and 6), as narrow as HAProxy is where it trusts one: four parameters in
/// lower case, each once, without blanks and escapes.
public enum ForwardedText {
    /// A node's name.
    public enum NodeName: Sendable, Equatable, BitwiseCopyable {
        case address(IPAddress)
        /// `unknown`, or an identifier behind an underscore.
        case word
    }

    /// Whether a field's value is a list of such elements.
    public static func isList(_ text: RawSpan) -> Bool {
        var start = 0
        // No value that is good has a comma in it, not even between quotes.
        for at in 0...text.byteCount
        where at == text.byteCount || text.byte(at: at) == UInt8(ascii: ",") {
            guard isElement(text.extracting(trimmed(text, start..<at))) else { return false }
            start = at &+ 1
        }
        return true
    }

    /// Whether a text is one element: `for=192.0.2.60;proto=http`.
    static func isElement(_ text: RawSpan) -> Bool {
        var start = 0
        var seen: UInt8 = 0
        for at in 0...text.byteCount
        where at == text.byteCount || text.byte(at: at) == UInt8(ascii: ";") {
            guard let parameter = parameter(text.extracting(start..<at)), seen & parameter == 0
            else { return false }
            seen |= parameter
            start = at &+ 1
        }
        return true
    }

    /// The bit of a parameter whose value is good; nil for all others.
    private static func parameter(_ text: RawSpan) -> UInt8? {
        guard let equals = first(UInt8(ascii: "="), text), equals &+ 1 < text.byteCount else {
            return nil
        }
        let name = text.extracting(0..<equals)
        let value = text.extracting(equals &+ 1..<text.byteCount)
        let quote = UInt8(ascii: "\"")
        let isQuoted = value.byte(at: 0) == quote
        if isQuoted, value.byteCount < 2 || value.byte(at: value.byteCount &- 1) != quote {
            return nil
        }
        let inner = isQuoted ? value.extracting(1..<value.byteCount &- 1) : value
        if name.equals("for") { return isNode(inner, isQuoted: isQuoted) ? 1 : nil }
        if name.equals("by") { return isNode(inner, isQuoted: isQuoted) ? 2 : nil }
        if name.equals("host") { return isHost(inner, isQuoted: isQuoted) ? 4 : nil }
        if name.equals("proto") { return value.equals("http") || value.equals("https") ? 8 : nil }
        return nil
    }

    /// Where the value of the first such parameter lies in a list that is one, without its quotes.
    static func field(_ name: RawSpan, of text: RawSpan) -> Range<Int>? {
        guard isList(text) else { return nil }
        var start = 0
        // No value that is good has a comma or a semicolon in it.
        for at in 0...text.byteCount
        where at == text.byteCount || text.byte(at: at) == UInt8(ascii: ",")
            || text.byte(at: at) == UInt8(ascii: ";")
        {
            let part = trimmed(text, start..<at)
            start = at &+ 1
            let equals = part.lowerBound &+ name.byteCount
            guard equals < part.upperBound, text.byte(at: equals) == UInt8(ascii: "="),
                isEqual(text.extracting(part.lowerBound..<equals), name)
            else { continue }
            let isQuoted = text.byte(at: equals &+ 1) == UInt8(ascii: "\"")
            return isQuoted
                ? equals &+ 2..<part.upperBound &- 1 : equals &+ 1..<part.upperBound
        }
        return nil
    }

    private static func isEqual(_ a: RawSpan, _ b: RawSpan) -> Bool {
        for at in 0..<min(a.byteCount, b.byteCount) where a.byte(at: at) != b.byte(at: at) {
            return false
        }
        return a.byteCount == b.byteCount
    }

    // MARK: Values

    /// `192.0.2.43`, and between quotes also `[2001:db8::17]` and a port behind either.
    static func isNode(_ text: RawSpan, isQuoted: Bool) -> Bool {
        let end = HostText.nameEnd(text) ?? text.byteCount
        guard isQuoted || end == text.byteCount && !text.isEmpty && text.byte(at: 0) != 0x5b,
            nodeName(text.extracting(0..<end)) != nil
        else { return false }
        if end == text.byteCount { return true }
        return text.byte(at: end) == UInt8(ascii: ":")
            && isNodePort(text.extracting(end &+ 1..<text.byteCount))
    }

    /// nil: the text names no node.
    public static func nodeName(_ text: RawSpan) -> NodeName? {
        guard !text.isEmpty else { return nil }
        switch text.byte(at: 0) {
        case UInt8(ascii: "_"):
            return isIdentifier(text.extracting(1..<text.byteCount)) ? .word : nil
        case UInt8(ascii: "u"):
            return text.equals("unknown") ? .word : nil
        case UInt8(ascii: "["):
            guard text.byteCount > 2, text.byte(at: text.byteCount &- 1) == UInt8(ascii: "]"),
                case .v6(let address) = AddressText.parse(
                    text.extracting(1..<text.byteCount &- 1))
            else { return nil }
            return .address(.v6(address))
        default:
            guard case .v4(let address) = AddressText.parse(text) else { return nil }
            return .address(.v4(address))
        }
    }

    /// A number from 1 to 65535, or an identifier behind an underscore.
    public static func isNodePort(_ text: RawSpan) -> Bool {
        guard !text.isEmpty, text.byte(at: 0) == UInt8(ascii: "_") else { return isPort(text) }
        return isIdentifier(text.extracting(1..<text.byteCount))
    }

    /// Whether an underscore before the text makes a name that hides the real one (section 6.3).
    public static func isIdentifier(_ text: RawSpan) -> Bool {
        for at in 0..<text.byteCount where !isNameByte(text.byte(at: at)) { return false }
        return !text.isEmpty
    }

    /// A host, and between quotes also an address in brackets and a port. HAProxy stops at '-' and '_' and then says
    /// nothing of a host; names have them.
    public static func isHost(_ text: RawSpan, isQuoted: Bool = true) -> Bool {
        guard isQuoted || first(UInt8(ascii: ":"), text) == nil else { return false }
        guard let end = HostText.nameEnd(text) else { return false }
        if end > 0, text.byte(at: 0) == UInt8(ascii: "[") {
            guard isQuoted, nodeName(text.extracting(0..<end)) != nil else { return false }
        } else {
            for at in 0..<end where !isNameByte(text.byte(at: at)) { return false }
        }
        if end == text.byteCount { return true }
        return text.byte(at: end) == UInt8(ascii: ":")
            && isPort(text.extracting(end &+ 1..<text.byteCount))
    }

    // MARK: Pieces

    private static func isPort(_ text: RawSpan) -> Bool {
        var value = 0
        for at in 0..<text.byteCount {
            let digit = text.byte(at: at) &- 0x30
            guard digit < 10 else { return false }
            value = value &* 10 &+ Int(digit)
            guard value <= 65535 else { return false }
        }
        return value > 0
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func first(_ byte: UInt8, _ text: RawSpan) -> Int? {
        for at in 0..<text.byteCount where text.byte(at: at) == byte { return at }
        return nil
    }

    private static func trimmed(_ text: RawSpan, _ range: Range<Int>) -> Range<Int> {
        func isBlank(_ at: Int) -> Bool {
            text.byte(at: at) == 0x20 || text.byte(at: at) == 0x09
        }
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(start) { start &+= 1 }
        while end > start, isBlank(end &- 1) { end &-= 1 }
        return start..<end
    }
}

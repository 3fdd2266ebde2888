import Core

/// Finds one value in a JSON text by its path: `$.user.roles[0]`. The text is read once, as far as the value; what comes
/// behind that is not looked at, as in HAProxy.
enum JSONQuery {
    enum Kind: Sendable, BitwiseCopyable { case string, number, yes, no, null, object, array }

    /// A value: of a string what stands between its quotes.
    struct Found: Sendable {
        let kind: Kind
        let range: Range<Int>
    }

    /// Deepest nesting.
    static let depthLimit = 20

    /// nil: there is no such value before the end of the text, or before the first place that is no JSON.
    static func find(_ path: RawSpan, in text: RawSpan) -> Found? {
        guard !path.isEmpty, path.byte(at: 0) == UInt8(ascii: "$") else { return nil }
        if case .found(let found) = value(text, 0, path, at: 1, depth: 0) { return found }
        return nil
    }

    /// Whether a text can be a path: `$`, and then `.name` and `[number]` in any order.
    static func isPath(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        guard bytes.first == UInt8(ascii: "$") else { return false }
        var at = 1
        while at < bytes.count {
            let start = at + 1
            switch bytes[at] {
            case UInt8(ascii: "."):
                at = start
                while at < bytes.count, bytes[at] != UInt8(ascii: "."),
                    bytes[at] != UInt8(ascii: "[")
                {
                    at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard at > start, at <= bytes.count else { return false }
            case UInt8(ascii: "["):
                at = start
                while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
                guard at > start, at - start <= 9, at < bytes.count, bytes[at] == UInt8(ascii: "]")
                else { return false }
                at += 1
            default: return false
            }
        }
        return true
    }

    // MARK: Reading

    private enum Outcome {
        case found(Found)
        /// The value was not wanted; it ended here.
        case ended(Int)
        case malformed
    }

    /// `place`: how far the path has been followed to this value; nil: it is not on the path.
    private static func value(
        _ text: RawSpan, _ start: Int, _ path: RawSpan, at place: Int?, depth: Int
    ) -> Outcome {
        let start = blanksEnd(text, start)
        guard start < text.byteCount, depth < depthLimit else { return .malformed }
        let isWanted = place == path.byteCount
        let inner = isWanted ? nil : place
        switch text.byte(at: start) {
        case UInt8(ascii: "{"):
            return whole(
                object(text, start &+ 1, path, at: inner, depth: depth &+ 1), .object, start,
                isWanted)
        case UInt8(ascii: "["):
            return whole(
                array(text, start &+ 1, path, at: inner, depth: depth &+ 1), .array, start, isWanted
            )
        case UInt8(ascii: "\""):
            guard let end = stringEnd(text, start &+ 1) else { return .malformed }
            return isWanted
                ? .found(Found(kind: .string, range: start &+ 1..<end)) : .ended(end &+ 1)
        default:
            guard let (kind, end) = scalar(text, start) else { return .malformed }
            return isWanted ? .found(Found(kind: kind, range: start..<end)) : .ended(end)
        }
    }

    /// A container that is wanted itself.
    private static func whole(
        _ outcome: Outcome, _ kind: Kind, _ start: Int, _ isWanted: Bool
    ) -> Outcome {
        guard isWanted, case .ended(let end) = outcome else { return outcome }
        return .found(Found(kind: kind, range: start..<end))
    }

    private static func object(
        _ text: RawSpan, _ start: Int, _ path: RawSpan, at place: Int?, depth: Int
    ) -> Outcome {
        var at = blanksEnd(text, start)
        if byte(text, at) == UInt8(ascii: "}") { return .ended(at &+ 1) }
        while true {
            guard byte(text, at) == UInt8(ascii: "\""), let end = stringEnd(text, at &+ 1) else {
                return .malformed
            }
            let next = place.flatMap { follow(path, $0, name: text.extracting(at &+ 1..<end)) }
            at = blanksEnd(text, end &+ 1)
            guard byte(text, at) == UInt8(ascii: ":") else { return .malformed }
            switch value(text, at &+ 1, path, at: next, depth: depth) {
            case .ended(let end): at = blanksEnd(text, end)
            case let other: return other
            }
            switch byte(text, at) {
            case UInt8(ascii: "}"): return .ended(at &+ 1)
            case UInt8(ascii: ","): at = blanksEnd(text, at &+ 1)
            default: return .malformed
            }
        }
    }

    private static func array(
        _ text: RawSpan, _ start: Int, _ path: RawSpan, at place: Int?, depth: Int
    ) -> Outcome {
        var at = blanksEnd(text, start)
        if byte(text, at) == UInt8(ascii: "]") { return .ended(at &+ 1) }
        var index = 0
        while true {
            let next = place.flatMap { follow(path, $0, index: index) }
            switch value(text, at, path, at: next, depth: depth) {
            case .ended(let end): at = blanksEnd(text, end)
            case let other: return other
            }
            switch byte(text, at) {
            case UInt8(ascii: "]"): return .ended(at &+ 1)
            case UInt8(ascii: ","): at &+= 1
            default: return .malformed
            }
            index &+= 1
        }
    }

    // MARK: The path

    /// Behind `.name` where that is the name, as it is written in the text; a backslash in the path protects a dot.
    private static func follow(_ path: RawSpan, _ place: Int, name: RawSpan) -> Int? {
        guard byte(path, place) == UInt8(ascii: ".") else { return nil }
        var at = place &+ 1
        var offset = 0
        while at < path.byteCount {
            var character = path.byte(at: at)
            if character == UInt8(ascii: ".") || character == UInt8(ascii: "[") { break }
            if character == UInt8(ascii: "\\"), at &+ 1 < path.byteCount {
                at &+= 1
                character = path.byte(at: at)
            }
            guard offset < name.byteCount, name.byte(at: offset) == character else { return nil }
            at &+= 1
            offset &+= 1
        }
        return offset == name.byteCount ? at : nil
    }

    /// Behind `[index]`.
    private static func follow(_ path: RawSpan, _ place: Int, index: Int) -> Int? {
        guard byte(path, place) == UInt8(ascii: "[") else { return nil }
        var at = place &+ 1
        var wanted = 0
        while let digit = byte(path, at).map({ $0 &- 0x30 }), digit < 10 {
            wanted = wanted &* 10 &+ Int(digit)
            at &+= 1
        }
        return wanted == index ? at &+ 1 : nil
    }

    // MARK: Tokens

    /// nil: the end of the text.
    private static func byte(_ text: RawSpan, _ at: Int) -> UInt8? {
        at < text.byteCount ? text.byte(at: at) : nil
    }

    private static func blanksEnd(_ text: RawSpan, _ start: Int) -> Int {
        var at = start
        while let byte = byte(text, at),
            byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
        {
            at &+= 1
        }
        return at
    }

    /// The place of the quote that ends a string.
    private static func stringEnd(_ text: RawSpan, _ start: Int) -> Int? {
        var at = start
        while let byte = byte(text, at) {
            switch byte {
            case UInt8(ascii: "\""): return at
            case UInt8(ascii: "\\"): at &+= 2
            case 0: return nil
            default: at &+= 1
            }
        }
        return nil
    }

    private static func scalar(_ text: RawSpan, _ start: Int) -> (Kind, Int)? {
        if starts(text, start, "true") { return (.yes, start &+ 4) }
        if starts(text, start, "false") { return (.no, start &+ 5) }
        if starts(text, start, "null") { return (.null, start &+ 4) }
        guard let end = JSONNumber.end(text, start) else { return nil }
        // `0x10`, `1.2.3`: what goes on is no number.
        switch byte(text, end) {
        case nil, 0x20, 0x09, 0x0a, 0x0d, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            return (.number, end)
        default: return nil
        }
    }

    private static func starts(_ text: RawSpan, _ start: Int, _ word: StaticString) -> Bool {
        let end = start &+ word.utf8CodeUnitCount
        return end <= text.byteCount && text.extracting(start..<end).equals(word)
    }
}

/// A small reader of JSON (RFC 8259), for the replies of our own service. Depth and size are bounded.
indirect enum JSONValue: Equatable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Lists and objects inside each other.
    static let depthLimit = 32

    /// nil: not JSON, or too deep.
    init?(_ text: String) {
        var reader = JSONReader(bytes: Array(text.utf8)[...])
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipBlanks()
        guard reader.bytes.isEmpty else { return nil }
        self = value
    }

    subscript(_ key: String) -> JSONValue {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    var items: [JSONValue] { if case .list(let items) = self { items } else { [] } }
    var string: String { if case .text(let text) = self { text } else { "" } }
    var integer: Int? {
        if case .number(let number) = self { Int(exactly: number.rounded()) } else { nil }
    }
    var isTrue: Bool { self == .boolean(true) }
}

private struct JSONReader {
    var bytes: ArraySlice<UInt8>

    mutating func skipBlanks() {
        while let byte = bytes.first, [0x20, 0x09, 0x0a, 0x0d].contains(byte) {
            bytes.removeFirst()
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard bytes.first == byte else { return false }
        bytes.removeFirst()
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let word = Array("\(word)".utf8)
        guard bytes.starts(with: word) else { return false }
        bytes.removeFirst(word.count)
        return true
    }

    mutating func value(depth: Int) -> JSONValue? {
        guard depth < JSONValue.depthLimit else { return nil }
        skipBlanks()
        switch bytes.first {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return list(depth: depth)
        case UInt8(ascii: "\""): return text().map(JSONValue.text)
        case UInt8(ascii: "t"): return take(word: "true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take(word: "false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
        default:
            let digits = bytes.prefix { "+-0123456789.eE".utf8.contains($0) }
            bytes = bytes.dropFirst(digits.count)
            return Double(String(decoding: digits, as: UTF8.self)).map(JSONValue.number)
        }
    }

    private mutating func list(depth: Int) -> JSONValue? {
        bytes.removeFirst()
        var items: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return .list([]) }
        repeat {
            guard let item = value(depth: depth + 1) else { return nil }
            items.append(item)
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "]")) ? .list(items) : nil
    }

    private mutating func object(depth: Int) -> JSONValue? {
        bytes.removeFirst()
        var members: [String: JSONValue] = [:]
        if take(UInt8(ascii: "}")) { return .object([:]) }
        repeat {
            skipBlanks()
            guard bytes.first == UInt8(ascii: "\""), let key = text(), take(UInt8(ascii: ":")),
                let member = value(depth: depth + 1)
            else { return nil }
            members[key] = member
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}")) ? .object(members) : nil
    }

    private mutating func text() -> String? {
        bytes.removeFirst()
        var result: [UInt8] = []
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
            if byte != UInt8(ascii: "\\") {
                result.append(byte)
                continue
            }
            switch bytes.popFirst() {
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "u"):
                // Our service escapes control characters only, so there are no pairs.
                guard bytes.count >= 4,
                    let code = UInt32(String(decoding: bytes.prefix(4), as: UTF8.self), radix: 16)
                else { return nil }
                bytes = bytes.dropFirst(4)
                result.append(contentsOf: String(Unicode.Scalar(code) ?? "\u{fffd}").utf8)
            case let other?: result.append(other)
            case nil: return nil
            }
        }
        return nil
    }
}

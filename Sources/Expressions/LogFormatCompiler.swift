/// Reads the language of log formats: `%name`, `%{+Q,-X}name`, `%(label)name`, `%[expression]`,
/// `%%`.
struct LogFormatCompiler {
    private(set) var items: [LogFormat.Item] = []
    private(set) var literals: [UInt8] = []
    private(set) var ignoredFlags: [String] = []
    /// One for each item.
    private(set) var labels: [LogFormat.Label] = []
    /// That of the whole line.
    private(set) var encoding = LogEncoding.none
    /// Whether any item is encoded.
    private(set) var isEncoded = false

    private let text: String
    private let bytes: [UInt8]
    private var at = 0
    private var literalStart = 0
    /// Flags that `%{…}o` has set for all that follows.
    private var common = LogFlags()

    private let world: ExpressionWorld?
    private let place: RulePlace

    init(_ text: String, _ world: ExpressionWorld?, _ place: RulePlace) {
        self.text = text
        self.world = world
        self.place = place
        bytes = Array(text.utf8)
    }

    mutating func run() throws(LogFormatProblem) {
        guard bytes.count <= LogFormat.textLimit else { throw .tooLong }
        var isAfterBlank = true
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "%") {
                if at < bytes.count, bytes[at] == UInt8(ascii: "%") {
                    literals.append(byte)
                    at += 1
                    isAfterBlank = false
                } else if try variable() {
                    isAfterBlank = false
                }
            } else if byte == UInt8(ascii: " ") {
                // Runs of blanks are one separator; none stands at the beginning.
                if !isAfterBlank { literals.append(byte) }
                isAfterBlank = true
            } else {
                literals.append(byte)
                isAfterBlank = false
            }
        }
        endLiteral()
    }

    private mutating func endLiteral() {
        if literals.count > literalStart {
            items.append(.literal(literalStart..<literals.count))
            labels.append(LogFormat.Label())
        }
        literalStart = literals.count
    }

    /// What follows a `%`; false for `%o`, which writes nothing.
    private mutating func variable() throws(LogFormatProblem) -> Bool {
        let start = at - 1
        var flags = common
        var hasModifiers = false
        guard at < bytes.count else { throw .truncated(after: "%") }
        var label = ""
        if bytes[at] == UInt8(ascii: "("), let end = end(of: UInt8(ascii: ")")) {
            label = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
            at = end + 1
        }
        if at < bytes.count, bytes[at] == UInt8(ascii: "{") {
            guard let end = end(of: UInt8(ascii: "}")) else {
                throw .truncated(after: String(decoding: bytes[(at + 1)...], as: UTF8.self))
            }
            try modifiers(String(decoding: bytes[(at + 1)..<end], as: UTF8.self), &flags)
            hasModifiers = true
            at = end + 1
        }
        guard at < bytes.count else {
            throw .modifierWithoutName(near: String(decoding: bytes[start...], as: UTF8.self))
        }
        if bytes[at] == UInt8(ascii: "[") {
            return try expression(flags, label)
        }
        var end = at
        while end < bytes.count, isAlphanumeric(bytes[end]) { end += 1 }
        guard end > at else {
            throw .unexpectedName(
                near: Character(Unicode.Scalar(bytes[at])), position: at, text: text)
        }
        let name = String(decoding: bytes[at..<end], as: UTF8.self)
        at = end
        if name == "o" {
            if hasModifiers { common = flags }
            encoding = common.encoding
            return false
        }
        guard let field = LogField(rawValue: name) else { throw .unknownVariable(name) }
        if place != .log, field.isOfRequestLine { world?.keepRequestLine() }
        try add(.field(field, flags), flags, label)
        return true
    }

    /// An item and its name, which stands among the literals without being one.
    private mutating func add(
        _ item: LogFormat.Item, _ flags: LogFlags, _ text: String
    ) throws(LogFormatProblem) {
        endLiteral()
        var label = LogFormat.Label()
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if let name = parts.first {
            let isBad = name.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5c || $0 == 0x7f }
            guard !isBad else { throw .badLabel(text) }
            literals.append(contentsOf: name.utf8)
            label.name = literalStart..<literals.count
            literalStart = literals.count
        }
        if parts.count == 2 {
            switch parts[1] {
            case "str": label.type = .text
            case "sint": label.type = .number
            case "bool": label.type = .bool
            default: throw .unknownType(String(parts[1]))
            }
        }
        if flags.encoding != .none { isEncoded = true }
        items.append(item)
        labels.append(label)
    }

    private mutating func expression(_ flags: LogFlags, _ label: String) throws(LogFormatProblem)
        -> Bool
    {
        guard let end = expressionEnd() else {
            throw .truncated(after: String(decoding: bytes[(at + 1)...], as: UTF8.self))
        }
        let text = String(decoding: bytes[(at + 1)..<end], as: UTF8.self)
        guard let world else { throw .expression(text) }
        let compiled: SampleExpression
        do throws(ExpressionProblem) {
            compiled = try SampleExpression.compile(text, in: world)
        } catch {
            throw .badExpression(text, error)
        }
        guard compiled.needs.isSubset(of: place.offers) else {
            throw .misplacedExpression(
                text, needs: compiled.needs.subtracting(place.offers).name)
        }
        at = end + 1
        try add(.expression(compiled, flags), flags, label)
        return true
    }

    /// The bracket that closes an expression; those between parentheses and quotes belong to it.
    private func expressionEnd() -> Int? {
        var depth = 0
        var quote: UInt8?
        var index = at + 1
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\\"), depth > 0 {
                index += 1
            } else if let open = quote {
                if byte == open { quote = nil }
            } else if depth > 0, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: "(") {
                depth += 1
            } else if byte == UInt8(ascii: ")") {
                depth -= 1
            } else if byte == UInt8(ascii: "]"), depth <= 0 {
                return index
            }
            index += 1
        }
        return nil
    }

    private mutating func modifiers(
        _ text: String, _ flags: inout LogFlags
    ) throws(LogFormatProblem) {
        var isBinary = flags.encoding == .binaryCBOR
        for word in text.split(separator: ",") {
            let isOn = word.hasPrefix("+")
            guard isOn || word.hasPrefix("-") else {
                ignoredFlags.append(String(word))
                continue
            }
            switch word.dropFirst() {
            case "Q": flags.isQuoted = isOn
            case "X": flags.isHexadecimal = isOn
            case "E": flags.isEscaped = isOn
            case "json": flags.encoding = isOn ? .json : .none
            case "cbor": flags.encoding = !isOn ? .none : isBinary ? .binaryCBOR : .cbor
            case "bin":
                isBinary = isOn
                if flags.encoding == .cbor, isOn { flags.encoding = .binaryCBOR }
                if flags.encoding == .binaryCBOR, !isOn { flags.encoding = .cbor }
            default: ignoredFlags.append(String(word))
            }
        }
    }

    /// The place of the next `byte` behind the opening one.
    private func end(of byte: UInt8) -> Int? { bytes[at...].firstIndex(of: byte) }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }
}

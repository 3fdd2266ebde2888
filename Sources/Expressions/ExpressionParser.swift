import Core

/// Reads `fetch(arguments),converter(arguments),…`.
struct ExpressionParser {
    private let text: [UInt8]
    private var at = 0
    private let world: ExpressionWorld

    private init(_ text: String, _ world: ExpressionWorld) {
        self.text = Array(text.utf8)
        self.world = world
    }

    /// Compiles the text, all of it.
    static func parse(
        _ text: String, in world: ExpressionWorld
    ) throws(ExpressionProblem) -> SampleExpression {
        guard text.utf8.count <= SampleExpression.textLimit else {
            throw ExpressionProblem(
                "the expression is longer than \(SampleExpression.textLimit) bytes")
        }
        var parser = ExpressionParser(text, world)
        return try parser.run(text)
    }

    private mutating func run(_ whole: String) throws(ExpressionProblem) -> SampleExpression {
        let name = takeName()
        guard !name.isEmpty else { throw ExpressionProblem("missing fetch method") }
        guard let entry = FetchTable.byName[name] else { throw FetchCatalog.problem(name) }
        var arguments = ExpressionArguments(
            try takeArguments(
                of: "fetch method '\(name)'", entry.arguments),
            of: name, constants: [], world: world)
        try check(arguments, entry.arguments, "in fetch method '\(name)'")
        let fetch: Fetch
        do {
            fetch = try entry.make(&arguments)
        } catch {
            throw ExpressionProblem(
                "invalid args in fetch method '\(name)' : \(error.message)", fix: error.fix)
        }
        let userLists = arguments.userLists
        let condition = arguments.condition
        var type = entry.type
        var converters: [Converter] = []
        var constants = arguments.constants
        var regexes: [Regex] = []
        var maps: [PatternMap] = []
        var keys: [Cryptography.PublicKey] = []
        while at < text.count {
            guard text[at] == UInt8(ascii: ",") else {
                throw ExpressionProblem("missing comma after fetch keyword '\(name)'")
            }
            at += 1
            guard at < text.count else { break }
            guard converters.count < SampleExpression.converterLimit else {
                throw ExpressionProblem("more than \(SampleExpression.converterLimit) converters")
            }
            let name = takeName()
            guard let entry = ConverterTable.byName[name] else {
                throw FetchCatalog.converterProblem(name)
            }
            var arguments = ExpressionArguments(
                try takeArguments(
                    of: "converter '\(name)'", entry.arguments),
                of: name, constants: constants, world: world)
            arguments.regexes = regexes
            arguments.maps = maps
            arguments.keys = keys
            try check(arguments, entry.arguments, "in converter '\(name)'")
            guard type.isCastable(to: entry.input) else {
                throw ExpressionProblem("converter '\(name)' cannot be applied")
            }
            do {
                converters.append(try entry.make(&arguments))
            } catch {
                throw ExpressionProblem(
                    "invalid args in converter '\(name)' : \(error.message)", fix: error.fix)
            }
            constants = arguments.constants
            regexes = arguments.regexes
            maps = arguments.maps
            keys = arguments.keys
            if entry.output != .any { type = entry.output }
        }
        return SampleExpression(
            text: whole, needs: entry.needs.union(condition?.needs ?? []), type: type, fetch: fetch,
            fetchName: name,
            converters: converters, constants: constants, regexes: regexes, maps: maps,
            userLists: userLists, condition: condition, keys: keys)
    }

    private func check(
        _ arguments: ExpressionArguments, _ allowed: ClosedRange<Int>, _ place: String
    ) throws(ExpressionProblem) {
        guard arguments.count < allowed.lowerBound else { return }
        throw ExpressionProblem(
            "missing arguments (got \(arguments.count)/\(allowed.lowerBound)) \(place)")
    }

    private mutating func takeName() -> String {
        let start = at
        while at < text.count, text[at] != UInt8(ascii: "("), text[at] != UInt8(ascii: ",") {
            at += 1
        }
        return String(decoding: text[start..<at], as: UTF8.self)
    }

    /// What stands between parentheses, split at commas. Quotes and backslashes protect.
    private mutating func takeArguments(
        of owner: String, _ allowed: ClosedRange<Int>
    ) throws(ExpressionProblem) -> [String] {
        guard at < text.count, text[at] == UInt8(ascii: "(") else { return [] }
        let start = at
        at += 1
        var arguments: [[UInt8]] = [[]]
        var quote: UInt8?
        while at < text.count {
            let byte = text[at]
            at += 1
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), at < text.count {
                arguments[arguments.count - 1].append(contentsOf: escaped(text[at]))
                at += 1
            } else if let open = quote {
                if byte == open { quote = nil } else { arguments[arguments.count - 1].append(byte) }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ",") {
                arguments.append([])
            } else if byte == UInt8(ascii: ")") {
                let texts = arguments.map { String(decoding: $0, as: UTF8.self) }
                let isEmpty = texts.count == 1 && texts[0].isEmpty
                guard allowed.upperBound > 0 || isEmpty else {
                    let rest = String(decoding: text[(start + 1)...], as: UTF8.self)
                    throw ExpressionProblem(
                        "invalid arg 1 in \(owner) : expected ')' before '\(rest)'")
                }
                // `str()` is an empty text.
                return isEmpty && allowed.lowerBound == 0 ? [] : texts
            } else {
                arguments[arguments.count - 1].append(byte)
            }
        }
        throw ExpressionProblem(
            quote == nil
                ? "missing closing ')' after arguments to \(owner)" : "unmatched quote in \(owner)")
    }

    /// A backslash keeps only what the argument's own syntax would take away.
    private func escaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: ","),
            UInt8(ascii: ")"), UInt8(ascii: "("), UInt8(ascii: " "):
            [byte]
        default: [UInt8(ascii: "\\"), byte]
        }
    }
}

extension SampleExpression {
    /// Compiles an expression. Throws HAProxy's words, without the place.
    public static func compile(
        _ text: String, in world: ExpressionWorld
    ) throws(ExpressionProblem) -> SampleExpression {
        try ExpressionParser.parse(text, in: world)
    }
}

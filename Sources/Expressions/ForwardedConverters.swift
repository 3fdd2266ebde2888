import Core

/// Converters for `Forwarded` (RFC 7239), and `language`.
enum ForwardedConverters {
    static let entries: [ConverterEntry] = [
        ConverterEntry("rfc7239_is_valid", .string, .bool, is: .forwardedIsValid),
        ConverterEntry("rfc7239_field", .string, .string, 1...1) { a throws(ExpressionProblem) in
            let name = try a.text(0)
            guard ["for", "by", "host", "proto"].contains(name) else {
                throw ExpressionProblem(
                    "rfc7239 field '\(name)' is unknown", fix: "use for, by, host or proto")
            }
            return .forwardedField(name: a.keep(name))
        },
        ConverterEntry("rfc7239_n2nn", .string, .any, is: .forwardedNode(isPort: false)),
        ConverterEntry("rfc7239_n2np", .string, .any, is: .forwardedNode(isPort: true)),
        ConverterEntry("rfc7239_nn", .any, .string, is: .nodeName),
        ConverterEntry("rfc7239_np", .any, .string, is: .nodePort),
        ConverterEntry("language", .string, .string, 1...2) { a throws(ExpressionProblem) in
            .language(try a.bytes(0), standard: a.has(1) ? try a.bytes(1) : nil)
        },
    ]
}

extension Evaluation {
    /// What those converters make of a text.
    mutating func convertForwarded(
        _ range: Bytes, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        switch converter {
        case .forwardedIsValid: return .bool(ForwardedText.isList(bytes(range)))
        case .forwardedField(let name):
            return ForwardedText.field(expression.constant(name), of: bytes(range)).map {
                .string(
                    Bytes(Int(range.start) &+ $0.lowerBound..<Int(range.start) &+ $0.upperBound))
            }
        case .forwardedNode(let isPort): return node(range, isPort: isPort)
        case .language(let offered, let standard):
            if let found = LanguageText.best(bytes(range), of: expression.constant(offered)) {
                let start = Int(offered.start)
                return append(
                    constant: Bytes(start &+ found.lowerBound..<start &+ found.upperBound),
                    of: expression
                ).map { .string($0) }
            }
            return standard.flatMap { append(constant: $0, of: expression) }.map { .string($0) }
        default: return nil
        }
    }

    /// `rfc7239_n2nn`, `rfc7239_n2np`
    private func node(_ range: Bytes, isPort: Bool) -> Sample? {
        let text = bytes(range)
        guard ForwardedText.isNode(text, isQuoted: true) else { return nil }
        let end = HostText.nameEnd(text) ?? text.byteCount
        let start = Int(range.start)
        guard isPort else {
            guard case .address(let address) = ForwardedText.nodeName(text.extracting(0..<end))
            else { return .string(Bytes(start..<start &+ end)) }
            return .address(address)
        }
        guard end < text.byteCount else { return nil }
        let port = text.extracting(end &+ 1..<text.byteCount)
        if port.byte(at: 0) == UInt8(ascii: "_") {
            return .string(Bytes(start &+ end &+ 1..<Int(range.end)))
        }
        var number: Int64 = 0
        for at in 0..<port.byteCount { number = number &* 10 &+ Int64(port.byte(at: at) &- 0x30) }
        return .integer(number)
    }

    /// `rfc7239_nn`, `rfc7239_np`
    mutating func writeNode(_ sample: Sample, isPort: Bool) -> Sample? {
        switch sample {
        case .address(let address):
            guard !isPort else { return nil }
            let start = arena.count
            guard case .v6 = address else { return textRange(sample).map { .string($0) } }
            guard arena.append("["), textRange(sample) != nil, arena.append("]") else { return nil }
            return .string(Bytes(start..<arena.count))
        case .integer(let number):
            guard isPort, (1...65535).contains(number) else { return nil }
            return textRange(sample).map { .string($0) }
        default:
            guard let range = textRange(sample) else { return nil }
            let start = arena.count
            if range.isEmpty {
                guard !isPort, arena.append("unknown") else { return nil }
            } else {
                guard ForwardedText.isIdentifier(bytes(range)), arena.append("_"),
                    arena.append(copyOf: range.range)
                else { return nil }
            }
            return .string(Bytes(start..<arena.count))
        }
    }
}

import Core

/// Converters of texts.
extension Evaluation {
    mutating func convert(
        text range: Bytes, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        let start = arena.count
        switch converter {
        case .length: return .integer(Int64(range.count))
        case .portOnly: return .integer(Int64(HostText.port(bytes(range)) ?? 0))
        case .engine(let number): return ask(number, of: range)
        case .capture(let index, let side):
            return capture(range, index, side) ? .string(range) : nil
        case .hasControl(let mask):
            for at in range.range {
                let byte = arena.bytes.byte(at: at)
                let place = byte == 0x7f ? 32 : byte
                if place <= 32, byte != 0x20, mask >> UInt64(place) & 1 != 0 { return .bool(true) }
            }
            return .bool(false)
        case .hostOnly:
            let end = HostText.nameEnd(bytes(range)) ?? range.count
            return .string(Bytes(Int(range.start)..<Int(range.start) + end))
        case .cutLineEnd: return .string(Bytes(lineStart(of: range)))
        case .trimLeft(let characters):
            var first = Int(range.start)
            while first < Int(range.end), has(characters, expression, arena.bytes.byte(at: first)) {
                first &+= 1
            }
            return .string(Bytes(first..<Int(range.end)))
        case .trimRight(let characters):
            var end = Int(range.end)
            while end > Int(range.start),
                has(characters, expression, arena.bytes.byte(at: end &- 1))
            {
                end &-= 1
            }
            return .string(Bytes(Int(range.start)..<end))
        case .field(let index, let delimiters, let count):
            return TextPieces.field(
                arena.bytes, range.range, index, expression.constant(delimiters),
                count
            ).map { .string(Bytes($0)) }
        case .word(let index, let delimiters, let count):
            return TextPieces.word(
                arena.bytes, range.range, index, expression.constant(delimiters),
                count
            ).map { .string(Bytes($0)) }
        case .parameter(let name, let delimiter):
            return QueryScanner.parameter(
                expression.constant(name), arena.bytes, range.range, delimiter
            ).map { .string(Bytes($0)) }
        case .compare(let variable):
            guard let other = load(variable), let text = textRange(other) else { return nil }
            return .integer(Evaluation.compare(bytes(range), bytes(text)))
        case .hexToInteger: return hexNumber(range)
        case .jsonValue, .tokenPart, .tokenSignature:
            return convertToken(range, converter, expression)
        case .forwardedIsValid, .forwardedField, .forwardedNode, .language:
            return convertForwarded(range, converter, expression)
        case .lower:
            guard arena.append(lowercaseOf: range.range) else { return nil }
        case .upper:
            for at in range.range {
                let byte = arena.bytes.byte(at: at)
                guard arena.append(byte &- 0x61 < 26 ? byte & ~0x20 : byte) else { return nil }
            }
        case .reverse:
            for at in range.range.reversed() {
                guard arena.append(arena.bytes.byte(at: at)) else { return nil }
            }
        case .reverseDomain: guard reverseDomain(range) else { return nil }
        case .urlDecode(let inForm): guard urlDecode(range, inForm: inForm) else { return nil }
        case .urlEncode: guard urlEncode(range) else { return nil }
        case .json(let mode): guard json(range, mode) else { return nil }
        case .base64Decode, .urlBase64Decode:
            let isURL = if case .urlBase64Decode = converter { true } else { false }
            guard Base64.decode(range.range, in: &arena, forURL: isURL) else { return nil }
            return .binary(Bytes(start..<arena.count))
        case .concatenate(let first, let variable, let last):
            guard arena.append(copyOf: range.range), append(constant: first, of: expression) != nil,
                appendVariable(variable), append(constant: last, of: expression) != nil
            else { return nil }
            return .string(Bytes(joined(start)))
        case .addItem(let delimiter, let variable, let suffix):
            return addItem(range, delimiter, variable, suffix, expression)
        case .substitute(let regex, let replacement, let isGlobal):
            guard
                substitute(
                    expression.regexes[Int(regex)], replacement, range, isGlobal: isGlobal,
                    expression)
            else { return nil }
        default: return nil
        }
        return .string(Bytes(start..<arena.count))
    }

    private func joined(_ start: Int) -> Range<Int> { start..<arena.count }

    private func lineStart(of range: Bytes) -> Range<Int> {
        var at = Int(range.start)
        while at < Int(range.end) {
            let byte = arena.bytes.byte(at: at)
            if byte == 0x0d || byte == 0x0a { break }
            at &+= 1
        }
        return Int(range.start)..<at
    }

    private func has(_ set: Bytes, _ expression: SampleExpression, _ byte: UInt8) -> Bool {
        for at in 0..<set.count where expression.constant(set).byte(at: at) == byte { return true }
        return false
    }

    private static func compare(_ a: RawSpan, _ b: RawSpan) -> Int64 {
        for at in 0..<min(a.byteCount, b.byteCount) {
            let difference = Int64(a.byte(at: at)) - Int64(b.byte(at: at))
            if difference != 0 { return difference }
        }
        return Int64(a.byteCount - b.byteCount)
    }

    private func hexNumber(_ range: Bytes) -> Sample? {
        var value: UInt64 = 0
        for at in range.range {
            guard let digit = HexText.value(arena.bytes.byte(at: at)) else { return nil }
            value = value &<< 4 | UInt64(digit)
        }
        return .integer(Int64(bitPattern: value))
    }

    /// A variable's text behind what is being built; nothing where it has none.
    private mutating func appendVariable(_ variable: Variable?) -> Bool {
        guard let variable, let sample = load(variable) else { return true }
        switch sample {
        case .string, .method, .binary:
            // Loading put the bytes where they belong.
            return true
        case .bool, .integer, .address: return textRange(sample) != nil
        }
    }

    private mutating func addItem(
        _ range: Bytes, _ delimiter: Bytes, _ variable: Variable?, _ suffix: Bytes,
        _ expression: SampleExpression
    ) -> Sample? {
        let start = arena.count
        guard arena.append(copyOf: range.range) else { return nil }
        let before = arena.count
        if !range.isEmpty {
            guard append(constant: delimiter, of: expression) != nil else { return nil }
        }
        let item = arena.count
        guard appendVariable(variable) else { return nil }
        if arena.count == item, suffix.isEmpty || variable != nil {
            // Without an item there is no delimiter either.
            arena.truncate(by: arena.count - before)
            if variable != nil { return .string(Bytes(start..<arena.count)) }
        }
        guard append(constant: suffix, of: expression) != nil else { return nil }
        return .string(Bytes(start..<arena.count))
    }

    private mutating func substitute(
        _ regex: Regex, _ replacement: Bytes, _ range: Bytes, isGlobal: Bool,
        _ expression: SampleExpression
    ) -> Bool {
        var at = Int(range.start)
        while at < Int(range.end) {
            let rest = Bytes(at..<Int(range.end))
            guard regex.match(bytes(rest), with: scratch) == .matches, let whole = scratch.group(0)
            else { break }
            guard arena.append(copyOf: at..<at + whole.lowerBound),
                appendReplacement(expression.constant(replacement), rest)
            else { return false }
            let end = at + whole.upperBound
            if whole.isEmpty {
                // An empty match moves on by one byte, or it would be found for ever.
                guard arena.append(copyOf: end..<min(end + 1, Int(range.end))) else { return false }
                at = min(end + 1, Int(range.end))
            } else {
                at = end
            }
            if !isGlobal { break }
        }
        return arena.append(copyOf: at..<Int(range.end))
    }

    /// HAProxy manual, `reverse_dom`: one dot at the end does not count, and no label is empty.
    private mutating func reverseDomain(_ range: Bytes) -> Bool {
        var end = Int(range.end)
        if end > Int(range.start), arena.bytes.byte(at: end &- 1) == UInt8(ascii: ".") {
            end &-= 1
        }
        while true {
            var start = end
            while start > Int(range.start), arena.bytes.byte(at: start &- 1) != UInt8(ascii: ".") {
                start &-= 1
            }
            guard start < end, arena.append(copyOf: start..<end) else { return false }
            guard start > Int(range.start) else { return true }
            guard arena.append(".") else { return false }
            end = start &- 1
        }
    }

    private mutating func urlDecode(_ range: Bytes, inForm: Bool) -> Bool {
        var at = Int(range.start)
        var isInForm = inForm
        while at < Int(range.end) {
            let byte = arena.bytes.byte(at: at)
            at &+= 1
            if byte == UInt8(ascii: "?") { isInForm = true }
            if byte == UInt8(ascii: "%") {
                guard at &+ 1 < Int(range.end), let high = HexText.value(arena.bytes.byte(at: at)),
                    let low = HexText.value(arena.bytes.byte(at: at &+ 1))
                else { return false }
                guard arena.append(high << 4 | low) else { return false }
                at &+= 2
            } else {
                guard arena.append(byte == UInt8(ascii: "+") && isInForm ? 0x20 : byte) else {
                    return false
                }
            }
        }
        return true
    }

    private mutating func urlEncode(_ range: Bytes) -> Bool {
        for at in range.range {
            let byte = arena.bytes.byte(at: at)
            let isPlain =
                byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "~")
            if isPlain {
                guard arena.append(byte) else { return false }
            } else {
                guard arena.append("%"), arena.append(Evaluation.digit(byte >> 4)),
                    arena.append(Evaluation.digit(byte & 15))
                else { return false }
            }
        }
        return true
    }

    /// A JSON string without its quotes. Modes: ascii, ascii, utf8, utf8s, utf8p, utf8ps.
    private mutating func json(_ range: Bytes, _ mode: UInt8) -> Bool {
        let isUTF8 = mode >= 2
        var at = Int(range.start)
        while at < Int(range.end) {
            let byte = arena.bytes.byte(at: at)
            var scalar = UInt32(byte)
            var length = 1
            if isUTF8, byte >= 0x80 {
                let (decoded, count) = TextPieces.scalar(arena.bytes, at..<Int(range.end))
                length = count
                guard let decoded else {
                    // Plain modes refuse what is not UTF-8, `p` leaves it out.
                    guard mode >= 4 else { return false }
                    at &+= length
                    continue
                }
                scalar = decoded
            }
            at &+= length
            switch scalar {
            case 0x22: guard arena.append("\\\"") else { return false }
            case 0x5c: guard arena.append("\\\\") else { return false }
            case 0x2f: guard arena.append("\\/") else { return false }
            case 0x08: guard arena.append("\\b") else { return false }
            case 0x0c: guard arena.append("\\f") else { return false }
            case 0x0d: guard arena.append("\\r") else { return false }
            case 0x0a: guard arena.append("\\n") else { return false }
            case 0x09: guard arena.append("\\t") else { return false }
            case 0x20..<0x7f: guard arena.append(UInt8(scalar)) else { return false }
            default:
                guard arena.append("\\u") else { return false }
                for shift in [12, 8, 4, 0] as [UInt32] {
                    let value = UInt8(truncatingIfNeeded: scalar >> shift & 15)
                    guard arena.append(value < 10 ? 0x30 + value : 0x57 + value) else {
                        return false
                    }
                }
            }
        }
        return true
    }
}

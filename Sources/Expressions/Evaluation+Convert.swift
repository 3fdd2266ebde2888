import Core

/// What each converter makes of a sample.
extension Evaluation {
    @inline(__always)
    mutating func convert(
        _ sample: Sample, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        // The most frequent one, without the price of calling for all the others.
        if case .lower = converter, case .string(let range) = sample {
            let start = arena.count
            guard arena.append(lowercaseOf: range.range) else { return nil }
            return .string(Bytes(start..<arena.count))
        }
        return convertOther(sample, converter, expression)
    }

    private mutating func convertOther(
        _ sample: Sample, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        switch converter {
        case .arithmetic, .negate, .complement, .not, .toBool, .isOdd, .isEven, .networkOrder,
            .httpDate, .time, .certificateError:
            guard case .integer(let value) = cast(sample, to: .integer) else { return nil }
            return convert(number: value, converter, expression)
        case .choose(let yes, let no):
            guard case .bool(let value) = cast(sample, to: .bool) else { return nil }
            return append(constant: value ? yes : no, of: expression).map { .string($0) }
        case .mask(let v4, let v6):
            guard case .address(let address) = cast(sample, to: .address) else { return nil }
            switch address {
            case .v4(let address):
                return .address(.v4(IPv4Address(rawValue: address.rawValue & v4)))
            case .v6(let address):
                // As HAProxy: one that stands for an IPv4 address is masked, and told, as that.
                if let mapped = address.mappedIPv4 {
                    return .address(.v4(IPv4Address(rawValue: mapped.rawValue & v4)))
                }
                return .address(
                    .v6(IPv6Address(high: address.high & v6.high, low: address.low & v6.low)))
            }
        case .nodeName: return writeNode(sample, isPort: false)
        case .nodePort: return writeNode(sample, isPort: true)
        case .protobuf(let path, let type, let isCall):
            guard case .binary(let range) = cast(sample, to: .binary) else { return nil }
            return convertProtobuf(range, path, type, expression, isCall: isCall)
        case .stick(let query): return stick(query, key: sample)
        case .map(let index): return map(sample, expression.maps[Int(index)])
        case .setVariable(let variable, let conditions):
            set(variable, to: sample, if: conditions)
            return sample
        case .unsetVariable(let variable):
            _ = set(variable, to: nil)
            return sample
        case .bytes, .base64, .urlBase64, .hex, .bigEndianDecimal, .bigEndianHex, .hash,
            .littleEndianDecimal, .bits, .xxHash32, .xxHash64, .digest, .authenticate,
            .compareSecurely, .cipher:
            guard case .binary(let range) = cast(sample, to: .binary) else { return nil }
            let isText: Bool
            switch sample {
            case .string, .method: isText = true
            default: isText = false
            }
            return convert(binary: range, isText: isText, converter, expression)
        default:
            guard let range = textRange(sample) else { return nil }
            return convert(text: range, converter, expression)
        }
    }

    // MARK: Numbers

    private mutating func convert(
        number value: Int64, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        switch converter {
        case .arithmetic(let operation, let operand):
            guard let other = number(operand) else { return nil }
            return .integer(Evaluation.apply(operation, value, other))
        case .negate: return .integer(0 &- value)
        case .complement: return .integer(~value)
        case .not: return .bool(value == 0)
        case .toBool: return .bool(value != 0)
        case .isOdd: return .bool(value & 1 != 0)
        case .isEven: return .bool(value & 1 == 0)
        case .certificateError:
            let start = arena.count
            let isWritten =
                if let name = CertificateError.name(of: value) {
                    arena.append(contentsOf: Array(name.utf8))
                } else {
                    arena.append(decimal: Int(value))
                }
            return isWritten ? .string(Bytes(start..<arena.count)) : nil
        case .networkOrder:
            let start = arena.count
            guard appendBigEndian(UInt64(UInt32(truncatingIfNeeded: value)), 4) else { return nil }
            return .binary(Bytes(start..<arena.count))
        case .httpDate(let offset, let unit):
            let start = arena.count
            let fraction =
                unit == 0 ? nil : TimeText.fraction(Evaluation.apply(.add, value, offset), unit)
            guard
                TimeText.appendHTTPDate(
                    TimeText.seconds(value, offset, unit), fraction: fraction, to: &arena)
            else { return nil }
            return .string(Bytes(start..<arena.count))
        case .time(let format, let offset, let isLocal, let unit):
            let start = arena.count
            let universal = TimeText.seconds(value, offset, unit)
            let zone = isLocal ? host?.zoneOffset(at: universal) ?? 0 : 0
            let isWritten = TimeText.append(
                universal &+ zone, fraction: TimeText.fraction(value, unit), zone: zone,
                format: expression.constant(format), to: &arena)
            return isWritten ? .string(Bytes(start..<arena.count)) : nil
        default: return nil
        }
    }

    private mutating func number(_ operand: Converter.Operand) -> Int64? {
        switch operand {
        case .constant(let value): return value
        case .variable(let variable):
            guard let sample = load(variable), case .integer(let value) = cast(sample, to: .integer)
            else { return nil }
            return value
        }
    }

    /// Overflow saturates, as in HAProxy; dividing by nothing gives the largest number, and its rest is 0.
    static func apply(_ operation: Converter.Arithmetic, _ a: Int64, _ b: Int64) -> Int64 {
        switch operation {
        case .add:
            let (sum, overflow) = a.addingReportingOverflow(b)
            return overflow ? (a < 0 ? .min : .max) : sum
        case .subtract:
            let (difference, overflow) = a.subtractingReportingOverflow(b)
            return overflow ? (a < 0 ? .min : .max) : difference
        case .multiply:
            let (product, overflow) = a.multipliedReportingOverflow(by: b)
            return overflow ? ((a < 0) == (b < 0) ? .max : .min) : product
        case .divide:
            guard b != 0 else { return .max }
            return a == .min && b == -1 ? .max : a / b
        case .modulo:
            guard b != 0 else { return 0 }
            return a == .min && b == -1 ? 0 : a % b
        case .and: return a & b
        case .or: return a | b
        case .exclusiveOr: return a ^ b
        }
    }

    // MARK: Bytes

    private mutating func convert(
        binary range: Bytes, isText: Bool, _ converter: Converter, _ expression: SampleExpression
    ) -> Sample? {
        let start = arena.count
        switch converter {
        case .bytes(let offset, let length):
            let piece = piece(of: range, offset, length)
            return isText ? .string(piece) : .binary(piece)
        case .base64:
            guard Base64.encode(range.range, in: &arena, forURL: false) else { return nil }
        case .urlBase64:
            guard Base64.encode(range.range, in: &arena, forURL: true) else { return nil }
        case .hex: guard appendHexadecimal(range.range) else { return nil }
        case .bigEndianDecimal(let separator, let chunk, let truncates),
            .littleEndianDecimal(let separator, let chunk, let truncates):
            let isBig = if case .bigEndianDecimal = converter { true } else { false }
            var at = Int(range.start)
            while at < Int(range.end), !truncates || at + Int(chunk) <= Int(range.end) {
                if at > Int(range.start) {
                    guard append(constant: separator, of: expression) != nil else { return nil }
                }
                let end = min(at + Int(chunk), Int(range.end))
                guard arena.append(decimal: Int(value(at..<end, isBigEndian: isBig))) else {
                    return nil
                }
                at = end
            }
        case .bigEndianHex(let separator, let chunk, let truncates):
            let size = chunk == 0 ? max(range.count, 1) : Int(chunk)
            var at = Int(range.start)
            while at < Int(range.end), !truncates || at + size <= Int(range.end) {
                if at > Int(range.start) {
                    guard append(constant: separator, of: expression) != nil else { return nil }
                }
                let end = min(at + size, Int(range.end))
                guard appendHexadecimal(at..<end) else { return nil }
                at = end
            }
        case .hash(let hash, let avalanches):
            var value = Hashes.hash(arena.bytes.extracting(range.range), hash)
            if avalanches { value = Hashes.avalanche(value) }
            return .integer(Int64(value))
        case .xxHash32(let seed):
            return .integer(Int64(XXHash32.hash(bytes(range), seed: seed)))
        case .xxHash64(let seed):
            return .integer(Int64(bitPattern: XXHash64.hash(bytes(range), seed: seed)))
        case .bits:
            for at in range.range {
                let byte = arena.bytes.byte(at: at)
                for place in (0..<8).reversed() {
                    guard arena.append(0x30 | byte >> UInt8(place) & 1) else { return nil }
                }
            }
        case .digest, .authenticate, .compareSecurely, .cipher:
            return convertSecretly(range, converter, expression)
        default: return nil
        }
        return .string(Bytes(start..<arena.count))
    }

    /// Bytes from an offset on. Empty where a number is negative, too large, or a variable's that is not set.
    private mutating func piece(
        of range: Bytes, _ offset: Converter.Operand, _ length: Converter.Operand?
    ) -> Bytes {
        let none = Bytes(Int(range.start)..<Int(range.start))
        guard let offset = number(offset), (0..<Int64(range.count)).contains(offset) else {
            return none
        }
        let rest = Bytes(Int(range.start) + Int(offset)..<Int(range.end))
        guard let length else { return rest }
        guard let length = number(length), length >= 0 else { return none }
        return Bytes(Int(rest.start)..<Int(rest.start) + min(Int(clamping: length), rest.count))
    }

    private func value(_ range: Range<Int>, isBigEndian: Bool) -> Int64 {
        var value: UInt64 = 0
        for offset in 0..<range.count {
            let at = isBigEndian ? range.lowerBound + offset : range.upperBound - 1 - offset
            value = value &<< 8 | UInt64(arena.bytes.byte(at: at))
        }
        return Int64(bitPattern: value)
    }

    // MARK: Maps

    private mutating func map(_ sample: Sample, _ map: PatternMap) -> Sample? {
        // The configuration's own, which no thread has copied.
        guard map.patterns.isOwn else { return self.map(sample, map.copy()) }
        let found: PatternView.Found
        switch map.method {
        case .integer:
            guard case .integer(let value) = cast(sample, to: .integer) else { return nil }
            found = map.patterns.current.keys.find(value).map { .index($0) } ?? .nothing
        case .address:
            guard case .address(let address) = cast(sample, to: .address) else { return nil }
            found = map.patterns.find(address)
        default:
            guard let range = textRange(sample) else { return nil }
            found = map.patterns.find(bytes(range), with: scratch)
            if map.kind == .groups, case .index(let index) = found,
                case .text(let text) = map.patterns.lastTable.value(at: index)
            {
                return substituted(text, range)
            }
        }
        let value: PatternMap.Value?
        switch found {
        case .index(let index): value = map.patterns.lastTable.value(at: index)
        case .edited(let edited): value = edited
        case .nothing: value = nil
        }
        switch value ?? map.standard {
        case .text(let text):
            let start = arena.count
            guard unsafe arena.append(text.span.bytes) else { return nil }
            return .string(Bytes(start..<arena.count))
        case .integer(let value): return .integer(value)
        case .address(let address): return .address(address)
        case nil: return nil
        }
    }

    private mutating func substituted(_ text: [UInt8], _ subject: Bytes) -> Sample? {
        let start = arena.count
        guard unsafe appendReplacement(text.span.bytes, subject) else { return nil }
        return .string(Bytes(start..<arena.count))
    }

    /// A replacement with `\0` to `\9` taken from the last match, which was on `subject`.
    mutating func appendReplacement(_ replacement: RawSpan, _ subject: Bytes) -> Bool {
        var at = 0
        while at < replacement.byteCount {
            let byte = replacement.byte(at: at)
            at &+= 1
            guard byte == UInt8(ascii: "\\"), at < replacement.byteCount else {
                guard arena.append(byte) else { return false }
                continue
            }
            let next = replacement.byte(at: at)
            at &+= 1
            if next &- 0x30 < 10 {
                guard let group = scratch.group(Int(next &- 0x30)) else { continue }
                let first = Int(subject.start) &+ group.lowerBound
                guard arena.append(copyOf: first..<first &+ group.count) else { return false }
            } else if next == UInt8(ascii: "x"), at &+ 1 < replacement.byteCount,
                let high = HexText.value(replacement.byte(at: at)),
                let low = HexText.value(replacement.byte(at: at &+ 1))
            {
                guard arena.append(high << 4 | low) else { return false }
                at &+= 2
            } else {
                guard arena.append(next) else { return false }
            }
        }
        return true
    }

    /// The same for a replacement in the arena.
    public mutating func appendReplacement(_ replacement: Bytes, _ subject: Bytes) -> Bool {
        var at = Int(replacement.start)
        while at < Int(replacement.end) {
            let byte = arena.bytes.byte(at: at)
            at &+= 1
            guard byte == UInt8(ascii: "\\"), at < Int(replacement.end) else {
                guard arena.append(byte) else { return false }
                continue
            }
            let next = arena.bytes.byte(at: at)
            at &+= 1
            guard next &- 0x30 < 10 else {
                guard arena.append(next) else { return false }
                continue
            }
            guard let group = scratch.group(Int(next &- 0x30)) else { continue }
            let first = Int(subject.start) &+ group.lowerBound
            guard arena.append(copyOf: first..<first &+ group.count) else { return false }
        }
        return true
    }

    /// Whether a regular expression is found in a part of the arena; its groups are kept for
    /// `appendReplacement`.
    /// Mutating only because lending all of `self` may copy it.
    public mutating func matches(_ regex: Regex, _ subject: Bytes) -> Bool {
        regex.match(arena.bytes.extracting(subject.range), with: scratch) == .matches
    }

    /// Whether one of the patterns matches a part of the arena.
    public func matches(_ patterns: PatternSet, _ subject: Bytes) -> Bool {
        patterns.find(bytes(subject), with: scratch) != nil
    }
}

import Core

/// Every converter that can be evaluated: its name, what it takes and gives.
struct ConverterEntry: Sendable {
    let name: String
    let input: SampleType
    let output: SampleType
    let arguments: ClosedRange<Int>
    let make: @Sendable (inout ExpressionArguments) throws(ExpressionProblem) -> Converter

    init(
        _ name: String, _ input: SampleType, _ output: SampleType,
        _ arguments: ClosedRange<Int> = 0...0,
        _ make:
            @escaping @Sendable (inout ExpressionArguments) throws(ExpressionProblem) -> Converter
    ) {
        self.name = name
        self.input = input
        self.output = output
        self.arguments = arguments
        self.make = make
    }

    init(_ name: String, _ input: SampleType, _ output: SampleType, is converter: Converter) {
        self.init(name, input, output) { _ throws(ExpressionProblem) in converter }
    }
}

enum ConverterTable {
    static let entries: [ConverterEntry] =
        texts + pieces + encodings + numbers + hashes + times + others + maps
        + StickFetches.converters + EngineConverters.entries + CryptographyConverters.entries
        + TokenConverters.entries + ForwardedConverters.entries
        + ProtobufConverters.entries

    static let byName: [String: ConverterEntry] = Dictionary(
        entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    private static let texts: [ConverterEntry] = [
        ConverterEntry("lower", .string, .string, is: .lower),
        ConverterEntry("upper", .string, .string, is: .upper),
        ConverterEntry("length", .string, .integer, is: .length),
        ConverterEntry("reverse", .string, .string, is: .reverse),
        ConverterEntry("reverse_dom", .string, .string, is: .reverseDomain),
        ConverterEntry("cut_crlf", .string, .string, is: .cutLineEnd),
        ConverterEntry("host_only", .string, .string, is: .hostOnly),
        ConverterEntry("port_only", .string, .integer, is: .portOnly),
        ConverterEntry("has_ctl", .binary, .bool, 0...1) { a throws(ExpressionProblem) in
            switch a.has(0) ? try a.text(0) : "" {
            case "": .hasControl(0x1_ffff_fdff)
            case "any": .hasControl(0x1_ffff_ffff)
            case "http": .hasControl(0x2401)
            default: .hasControl(try a.mask(0, limit: 0x1_ffff_ffff))
            }
        },
        ConverterEntry("ltrim", .string, .string, 1...1) { a throws(ExpressionProblem) in
            .trimLeft(try a.bytes(0))
        },
        ConverterEntry("rtrim", .string, .string, 1...1) { a throws(ExpressionProblem) in
            .trimRight(try a.bytes(0))
        },
        ConverterEntry("json", .string, .string, 0...1) { a throws(ExpressionProblem) in
            let names = ["", "ascii", "utf8", "utf8s", "utf8p", "utf8ps"]
            let name = a.has(0) ? try a.text(0) : ""
            guard let mode = names.firstIndex(of: name) else {
                throw ExpressionProblem(
                    "Unexpected input code type. Allowed value are 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps'"
                )
            }
            return .json(mode: UInt8(mode))
        },
        ConverterEntry("regsub", .string, .string, 2...3) { a throws(ExpressionProblem) in
            let flags = a.has(2) ? try a.text(2) : ""
            for flag in flags where flag != "i" && flag != "g" {
                throw ExpressionProblem(
                    "invalid regex flag '\(flag)', only 'i' and 'g' are supported")
            }
            let pattern = try a.text(0)
            do throws(Regex.Problem) {
                a.regexes.append(try Regex(pattern, ignoringCase: flags.contains("i")))
            } catch {
                throw ExpressionProblem(
                    "regex '\(pattern)' is invalid (error=\(error.message), erroffset=\(error.offset))"
                )
            }
            return .substitute(
                regex: Int32(a.regexes.count - 1), replacement: try a.bytes(1),
                isGlobal: flags.contains("g"))
        },
    ]

    private static let pieces: [ConverterEntry] = [
        ConverterEntry("field", .string, .string, 2...3) { a throws(ExpressionProblem) in
            let index = try a.integer(0)
            guard index != 0 else { throw ExpressionProblem("Unexpected value 0 for index") }
            return .field(
                Int32(clamping: index), delimiters: try a.bytes(1), count: try a.int32(2, or: 1))
        },
        ConverterEntry("word", .string, .string, 2...3) { a throws(ExpressionProblem) in
            let index = try a.integer(0)
            guard index != 0 else { throw ExpressionProblem("Unexpected value 0 for index") }
            return .word(
                Int32(clamping: index), delimiters: try a.bytes(1), count: try a.int32(2, or: 1))
        },
        ConverterEntry("bytes", .binary, .binary, 1...2) { a throws(ExpressionProblem) in
            .bytes(
                offset: try a.operand(0, atLeast: 0),
                length: a.has(1) ? try a.operand(1, atLeast: 1) : nil)
        },
        ConverterEntry("concat", .string, .string, 1...3) { a throws(ExpressionProblem) in
            .concatenate(a.bytes(0, or: ""), try a.optionalVariable(1), a.bytes(2, or: ""))
        },
        ConverterEntry("add_item", .string, .string, 2...3) { a throws(ExpressionProblem) in
            .addItem(
                delimiter: a.bytes(0, or: ","), try a.optionalVariable(1), a.bytes(2, or: ""))
        },
        ConverterEntry("strcmp", .string, .integer, 1...1) { a throws(ExpressionProblem) in
            .compare(try a.variable(0))
        },
        ConverterEntry("param", .string, .string, 1...2) { a throws(ExpressionProblem) in
            .parameter(name: try a.bytes(0), delimiter: try a.delimiter(1, or: UInt8(ascii: "&")))
        },
        ConverterEntry("iif", .bool, .string, 2...2) { a throws(ExpressionProblem) in
            .choose(try a.bytes(0), try a.bytes(1))
        },
    ]

    private static let encodings: [ConverterEntry] = [
        ConverterEntry("base64", .binary, .string, is: .base64),
        ConverterEntry("b64dec", .string, .binary, is: .base64Decode),
        ConverterEntry("ub64enc", .binary, .string, is: .urlBase64),
        ConverterEntry("ub64dec", .string, .binary, is: .urlBase64Decode),
        ConverterEntry("hex", .binary, .string, is: .hex),
        ConverterEntry("hex2i", .string, .integer, is: .hexToInteger),
        ConverterEntry("url_dec", .string, .string, 0...1) { a throws(ExpressionProblem) in
            .urlDecode(inForm: try a.integer(0, or: 0) == 1)
        },
        ConverterEntry("url_enc", .string, .string, 0...1) { a throws(ExpressionProblem) in
            if a.has(0), try a.text(0) != "query" {
                throw ExpressionProblem("Unexpected encoding type. Allowed value is 'query'")
            }
            return .urlEncode
        },
        ConverterEntry("be2dec", .binary, .string, 1...3) { a throws(ExpressionProblem) in
            let chunk = try chunkSize(a, limit: 8)
            return .bigEndianDecimal(
                separator: try a.bytes(0), chunk: chunk, truncates: try a.integer(2, or: 0) == 1)
        },
        ConverterEntry("le2dec", .binary, .string, 1...3) { a throws(ExpressionProblem) in
            let chunk = try chunkSize(a, limit: 8)
            return .littleEndianDecimal(
                separator: try a.bytes(0), chunk: chunk, truncates: try a.integer(2, or: 0) == 1)
        },
        ConverterEntry("base2", .binary, .string, is: .bits),
        ConverterEntry("be2hex", .binary, .string, 0...3) { a throws(ExpressionProblem) in
            let chunk = a.has(1) ? try chunkSize(a, limit: .max) : 0
            return .bigEndianHex(
                separator: a.bytes(0, or: ""), chunk: chunk,
                truncates: try a.integer(2, or: 0) == 1)
        },
        ConverterEntry("x509_v_err_str", .integer, .string, is: .certificateError),
        ConverterEntry("htonl", .integer, .binary, is: .networkOrder),
    ]

    private static func chunkSize(
        _ a: ExpressionArguments, limit: Int64
    ) throws(ExpressionProblem) -> Int32 {
        let size = try a.integer(1)
        guard size > 0, size <= limit else {
            throw ExpressionProblem("chunk_size value must be between 1 and \(limit) (\(size))")
        }
        return Int32(clamping: size)
    }

    private static let numbers: [ConverterEntry] =
        [
            ("add", Converter.Arithmetic.add), ("sub", .subtract), ("mul", .multiply),
            ("div", .divide), ("mod", .modulo), ("and", .and), ("or", .or), ("xor", .exclusiveOr),
        ].map { name, operation in
            ConverterEntry(name, .integer, .integer, 1...1) { a throws(ExpressionProblem) in
                .arithmetic(operation, try a.operand(0))
            }
        } + [
            ConverterEntry("neg", .integer, .integer, is: .negate),
            ConverterEntry("cpl", .integer, .integer, is: .complement),
            ConverterEntry("not", .integer, .bool, is: .not),
            ConverterEntry("bool", .integer, .bool, is: .toBool),
            ConverterEntry("odd", .integer, .bool, is: .isOdd),
            ConverterEntry("even", .integer, .bool, is: .isEven),
        ]

    private static let hashes: [ConverterEntry] =
        [
            ("crc32", Converter.Hash.crc32), ("crc32c", .crc32c), ("djb2", .djb2), ("sdbm", .sdbm),
            ("wt6", .wt6),
        ].map { name, hash in
            ConverterEntry(name, .binary, .integer, 0...1) { a throws(ExpressionProblem) in
                .hash(hash, avalanches: try a.integer(0, or: 0) != 0)
            }
        } + [
            ConverterEntry("xxh32", .binary, .integer, 0...1) { a throws(ExpressionProblem) in
                .xxHash32(seed: UInt32(truncatingIfNeeded: try a.integer(0, or: 0)))
            },
            ConverterEntry("xxh64", .binary, .integer, 0...1) { a throws(ExpressionProblem) in
                .xxHash64(seed: UInt64(bitPattern: try a.integer(0, or: 0)))
            },
        ]

    private static let times: [ConverterEntry] = [
        ConverterEntry("http_date", .integer, .string, 0...2) { a throws(ExpressionProblem) in
            .httpDate(offset: try a.integer(0, or: 0), unit: try a.unit(1))
        },
        time("utime", isLocal: false, unit: 0), time("ltime", isLocal: true, unit: 0),
        time("ms_utime", isLocal: false, unit: 1), time("ms_ltime", isLocal: true, unit: 1),
        time("us_utime", isLocal: false, unit: 2), time("us_ltime", isLocal: true, unit: 2),
    ]

    private static func time(_ name: String, isLocal: Bool, unit: UInt8) -> ConverterEntry {
        ConverterEntry(name, .integer, .string, 1...2) { a throws(ExpressionProblem) in
            .time(
                format: try a.bytes(0), offset: try a.integer(1, or: 0), isLocal: isLocal,
                unit: unit)
        }
    }

    private static let others: [ConverterEntry] = [
        ConverterEntry("ipmask", .address, .address, 1...2) { a throws(ExpressionProblem) in
            let text = try a.text(0)
            var v4: UInt32 = 0
            if let length = Int(text), (0...32).contains(length) {
                v4 = length == 0 ? 0 : ~0 << UInt32(32 - length)
            } else if let address = IPv4Address(text) {
                v4 = address.rawValue
            } else {
                throw ExpressionProblem(
                    "failed to parse '\(text)' as type 'IPv4 mask' at position 1")
            }
            var v6 = IPv6Address(high: ~0, low: ~0)
            if a.has(1) {
                let text = try a.text(1)
                if let length = Int(text), (0...128).contains(length) {
                    v6 = IPv6Address(
                        high: length == 0 ? 0 : ~0 << UInt64(64 - min(length, 64)),
                        low: length <= 64 ? 0 : ~0 << UInt64(128 - length))
                } else if let address = IPv6Address(text) {
                    v6 = address
                } else {
                    throw ExpressionProblem(
                        "failed to parse '\(text)' as type 'IPv6 mask' at position 2")
                }
            }
            return .mask(v4: v4, v6: v6)
        },
        ConverterEntry("set-var", .any, .any, 1...5) { a throws(ExpressionProblem) in
            .setVariable(
                try a.variable(0), try VariableConditions(a.rest(from: 1)))
        },
        ConverterEntry("unset-var", .any, .any, 1...1) { a throws(ExpressionProblem) in
            .unsetVariable(try a.variable(0))
        },
    ]

    private static let maps: [ConverterEntry] = {
        var entries = [map("map", .string, .string, .string)]
        let methods: [(String, MatchMethod, SampleType)] = [
            ("str", .string, .string), ("beg", .prefix, .string), ("end", .suffix, .string),
            ("sub", .substring, .string), ("dir", .directory, .string), ("dom", .domain, .string),
            ("reg", .regex, .string), ("int", .integer, .integer), ("ip", .address, .address),
        ]
        for (name, method, input) in methods {
            entries.append(map("map_\(name)", method, input, .string))
            entries.append(map("map_\(name)_str", method, input, .string))
            entries.append(map("map_\(name)_int", method, input, .integer))
            entries.append(map("map_\(name)_ip", method, input, .address))
            entries.append(map("map_\(name)_key", method, input, .key))
        }
        entries.append(map("map_regm", .regex, .string, .groups))
        return entries
    }()

    private static func map(
        _ name: String, _ method: MatchMethod, _ input: SampleType, _ kind: PatternMap.Kind
    ) -> ConverterEntry {
        let output: SampleType =
            switch kind {
            case .string, .key, .groups: .string
            case .integer: .integer
            case .address: .address
            }
        return ConverterEntry(name, input, output, 1...2) { a throws(ExpressionProblem) in
            let file = try a.world.patternFile(try a.text(0), isMap: true)
            let patterns = try file.patterns(
                for: SharedPatterns.Way(method: method, kind: kind),
                user: "map at \(a.world.place)")
            var standard: String?
            if a.has(1) { standard = try a.text(1) }
            a.maps.append(try PatternMap(patterns, kind: kind, standard: standard))
            return .map(Int32(a.maps.count - 1))
        }
    }
}

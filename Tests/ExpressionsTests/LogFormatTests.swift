import Core
import Expressions
import Testing

/// Writes a format the way its text was, one space where blanks were merged, flags behind the
/// field.
private func describe(_ format: LogFormat) -> String {
    format.items.map { item in
        switch item {
        case .literal(let range): return String(decoding: format.literals[range], as: UTF8.self)
        case .expression(let expression, _): return "[\(expression.text)]"
        case .field(let field, let flags):
            let letters =
                (flags.isQuoted ? "Q" : "") + (flags.isHexadecimal ? "X" : "")
                + (flags.isEscaped ? "E" : "")
            return "<\(field.rawValue)\(letters.isEmpty ? "" : ":" + letters)>"
        }
    }.joined()
}

private func write(_ body: (inout Buffer) -> Bool) -> String {
    let pool = BufferPool(headBytes: 4096)
    var line = Buffer()
    pool.lend(.head, to: &line)
    defer { pool.reclaim(&line) }
    return body(&line) ? line.bytes.text() : "no room"
}

@Suite struct LogFormatTests {
    @Test(arguments: [
        ("%ci %%ci 100%% %{+Q}r %{-Q}r", "<ci> %ci 100% <r:Q> <r>"),
        ("a b %{+X}cp %{+X}ms", "a b <cp:X> <ms:X>"),
        ("%{+Q,+E}hr|%hrl", "<hr:QE>|<hrl>"),
        ("%{+Q}o %ci %{-Q}r %b", "<ci:Q> <r> <b:Q>"), ("%o", ""), ("", ""), ("%o%ci", "<ci>"),
        ("  a   b  ", "a b "), ("%(foo)ci", "<ci>"), ("%ci_x", "<ci>_x"),
        ("%ci/%cp-%ci:%b_%s.%tsc", "<ci>/<cp>-<ci>:<b>_<s>.<tsc>"), ("%{Q}r", "<r>"),
        ("%{+Z}ci", "<ci>"), ("é%ci", "é<ci>"),
    ])
    func formatsCompile(text: String, expected: String) throws {
        #expect(try describe(LogFormat(text)) == expected)
    }

    @Test(arguments: [
        ("%zz", LogFormatProblem.unknownVariable("zz")), ("%ciX", .unknownVariable("ciX")),
        ("%", .truncated(after: "%")), ("%{+Q", .truncated(after: "+Q")),
        ("%[src", .truncated(after: "src")),
        ("% x", .unexpectedName(near: " ", position: 1, text: "% x")),
        ("%{+Q}", .modifierWithoutName(near: "%{+Q}")), ("%[src,lower]", .expression("src,lower")),
        ("%{+Q}[src]", .expression("src")), ("%(a:int)ci", .unknownType("int")),
        ("%(a\"b)ci", .badLabel("a\"b")),
        (String(repeating: "x", count: 9000), .tooLong),
    ])
    func badFormatsAreRefusedByName(text: String, problem: LogFormatProblem) {
        #expect(throws: problem) { try LogFormat(text) }
    }

    @Test func messagesAreHAProxys() {
        #expect(
            LogFormatProblem.unknownVariable("zz").message
                == "no such format variable 'zz'. If you wanted to emit the '%' character verbatim, you need to use '%%'"
        )
        #expect(LogFormatProblem.truncated(after: "+Q").message == "truncated line after '+Q'")
    }

    @Test func builtInFormatsCompile() throws {
        #expect(
            describe(.tcp)
                == "<ci>:<cp> [<t>] <ft> <b>/<s> <Tw>/<Tc>/<Tt> <B> <ts> <ac>/<fc>/<bc>/<sc>/<rc> <sq>/<bq>"
        )
        #expect(
            describe(.http)
                == "<ci>:<cp> [<tr>] <ft> <b>/<s> <TR>/<Tw>/<Tc>/<Tr>/<Ta> <ST> <B> <CC> <CS> <tsc> <ac>/<fc>/<bc>/<sc>/<rc> <sq>/<bq> <hr> <hs> <r:Q>"
        )
        #expect(describe(.clf).hasPrefix("<ci> - - [<trg:Q>] <r:Q> <ST:Q>"))
        #expect(LogFormat.tcp.fieldsOfHTTP.isEmpty)
        #expect(LogFormat.http.fieldsOfHTTP.contains(.requestLine))
        #expect(try LogFormat("%{Q,+Z,+X}ci").ignoredFlags == ["Q", "+Z"])
    }

    /// Each alias of the manual, and nothing else.
    @Test func allVariablesAreKnown() throws {
        let names =
            "T Tl Ts t ms tr trg trl Ta Tc Td Th Ti Tq TR Tr Tt Tu Tw B CC CS H HM HP HPO HQ HU HV ID ST U ac b bc bi bp bq ci cp f fc fi fp ft lc hr hrl hs hsl OG pid r rc rt s sc si sp sq sslc sslv ts tsc"
        let known = Set(names.split(separator: " ").map(String.init))
        #expect(known == Set(LogField.allCases.map(\.rawValue)))
        for name in known { #expect(try LogFormat("%\(name)").items.count == 1) }
    }

    @Test(arguments: [
        ("", LogText.Encoding.request, LogFlags(), "-"),
        ("", .request, LogFlags(isQuoted: true), "\"\""),
        ("a", .request, LogFlags(isQuoted: true), "\"a\""),
        ("/p\"x]\\{|}é\u{1}", .request, LogFlags(), "/p#22x]\\{|}#C3#A9#01"),
        ("{#|}\"a\tb", .header, LogFlags(), "#7B#23#7C#7D#22a#09b"),
        ("a]\\b\"", .request, LogFlags(isQuoted: true, isEscaped: true), "\"a\\]\\\\b#22\""),
        ("a\"b", .none, LogFlags(isEscaped: true), "a\\\"b"), ("a\"b", .none, LogFlags(), "a\"b"),
    ])
    func textsAreWrittenAsHAProxyDoes(
        text: String, encoding: LogText.Encoding, flags: LogFlags, expected: String
    ) {
        let bytes = Array(text.utf8)
        #expect(
            write { unsafe LogText.append(bytes.span.bytes, encoding, flags, into: &$0) }
                == expected)
    }

    @Test func numbersAndAddressesAreWrittenAsHAProxyDoes() throws {
        let hexadecimal = LogFlags(isHexadecimal: true)
        #expect(write { LogText.append(39796, digits: 4, hexadecimal, into: &$0) } == "9B74")
        #expect(write { LogText.append(0, digits: 4, hexadecimal, into: &$0) } == "0000")
        #expect(write { LogText.append(607, digits: 1, hexadecimal, into: &$0) } == "25F")
        #expect(write { LogText.append(-1, digits: 1, LogFlags(), into: &$0) } == "-1")
        let address = try #require(IPv4Address("127.0.0.1"))
        #expect(write { LogText.append(address, hexadecimal, into: &$0) } == "7F000001")
        #expect(
            write { LogText.append(address, LogFlags(isQuoted: true), into: &$0) }
                == "\"127.0.0.1\"")
    }

    @Test func encodedFormatsHaveLabels() throws {
        let format = try LogFormat("x %{+json}o %(a)ci %(b:sint)cp %r")
        #expect(format.encoding == .json)
        let names = format.labels.map { String(decoding: format.literals[$0.name], as: UTF8.self) }
        #expect(names.filter { !$0.isEmpty } == ["a", "b"])
        #expect(format.labels.map(\.type).contains(.number))
        #expect(try LogFormat("%(a)ci").labels.isEmpty)
        #expect(try LogFormat("%{+bin,+cbor}o").encoding == .binaryCBOR)
        #expect(try LogFormat("%{+cbor}o%{-cbor}o").encoding == LogEncoding.none)
        let single = try LogFormat("%ci %{+json}r")
        #expect(single.encoding == .none && single.labels.count == single.items.count)
        #expect(LogFormat.json.items.count > 20)
    }

    @Test(arguments: [
        ("", LogEncoder.Kind.text, LogEncoding.json, "null"), ("\"\"", .text, .json, "\"\""),
        ("\"a\\b\u{1}é\"", .text, .json, "\"a\\\\b\\u0001é\""), ("+12", .number, .json, "12"),
        ("042", .number, .json, "42"), ("-1", .number, .json, "-1"), ("-", .number, .json, "null"),
        ("99999999999999999999", .number, .json, "null"), ("7", .bool, .json, "true"),
        ("\"12\"", .number, .json, "12"), ("12", .text, .json, "\"12\""),
        ("", .text, .cbor, "F6"), ("23", .number, .cbor, "17"), ("24", .number, .cbor, "1818"),
        ("256", .number, .cbor, "190100"), ("65536", .number, .cbor, "1A00010000"),
        ("4294967296", .number, .cbor, "1B0000000100000000"), ("-1", .number, .cbor, "20"),
        ("0", .bool, .cbor, "F4"), ("\"ab\"", .text, .cbor, "626162"),
        ("ab", .bytes, .cbor, "426162"), ("A", .text, .binaryCBOR, "aA"),
    ])
    func valuesAreEncoded(
        plain: String, kind: LogEncoder.Kind, encoding: LogEncoding, expected: String
    ) {
        let text = write {
            $0.append("x")
            $0.append(contentsOf: Array(plain.utf8))
            return LogEncoder.encodeTail(from: 1, as: kind, encoding, of: &$0)
        }
        #expect(text == "x" + expected)
    }

    @Test func hostileFormatsNeverTrap() {
        var state: UInt64 = 5
        let alphabet = Array("%%{}[]()+-,:QXEo cirTa\"\\jsonbr".utf8)
        for _ in 0..<20_000 {
            var text: [UInt8] = []
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                text.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            _ = try? LogFormat(String(decoding: text, as: UTF8.self))
        }
    }
}

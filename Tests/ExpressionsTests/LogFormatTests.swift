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
        ("%{+Q}[src]", .expression("src")), ("%{+json}o", .encoding("json")),
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
            "T Tl Ts t ms tr trg trl Ta Tc Td Th Ti Tq TR Tr Tt Tu Tw B CC CS H HM HP HPO HQ HU HV ID ST U ac b bc bi bp bq ci cp f fc fi fp ft lc hr hrl hs hsl pid r rc rt s sc si sp sq sslc sslv ts tsc"
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

    @Test func hostileFormatsNeverTrap() {
        var state: UInt64 = 5
        let alphabet = Array("%%{}[]()+-,QXEo cirTa\"\\".utf8)
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

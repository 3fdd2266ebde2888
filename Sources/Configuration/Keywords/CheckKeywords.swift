import ConfigurationLanguage
import Core
import Diagnostics

/// `option httpchk`, `http-check …` and `tcp-check …`
enum CheckKeywords {
    static let httpTable = KeywordTable<CheckDraft>(
        prefix: "http-check",
        [
            Keyword(
                "expect", in: .serverSide,
                "[ ! ] { status <codes> | rstatus <regex> | string <text> | rstring <regex> }",
                "What the response must look like."
            ) {
                check, statement in
                if let rule = expectation(&statement, isHTTP: true) {
                    check.httpRules.append(.expect(rule))
                }
            },
            Keyword(
                "send", in: .serverSide,
                "[ meth <method> ] [ uri <uri> ] [ ver <version> ] [ hdr <name> <value> ] … [ body <text> ]",
                "The request."
            ) {
                check, statement in send(&check, &statement)
            },
            Keyword(
                "disable-on-404", in: .serverSide, "",
                "A server that answers 404 gets no new clients."
            ) {
                check, statement in
                check.disablesOn404 = true
                statement.finish()
            },
            Keyword(
                "send-state", in: .serverSide, "", "The request says what we think of the server."
            ) {
                check, statement in
                check.sendsState = true
                statement.finish()
            },
            Keyword("comment", in: .serverSide, "<text>", "A comment for the log.") {
                _, statement in
                _ = statement.argument(or: "'http-check comment' : expects a string as argument.")
                statement.finish()
            },
        ],
        Keyword.refused(
            "connect set-var set-var* set-var-fmt* unset-var unset-var*", in: .serverSide,
            because: Reason.operators, wayOut: Reason.operatorsWayOut))

    static let tcpTable = KeywordTable<CheckDraft>(
        prefix: "tcp-check",
        [
            Keyword("connect", in: .serverSide, "[ port <port> ]", "Opens a connection.") {
                check, statement in connect(&check, &statement)
            },
            Keyword("send", in: .serverSide, "<text>", "Sends text.") { check, statement in
                guard
                    let word = statement.argument(
                        or: "'tcp-check send' : expects a string as argument.")
                else { return }
                check.tcpRules.append(.send(word.bytes))
                statement.skipComment()
            },
            Keyword("send-binary", in: .serverSide, "<hex>", "Sends bytes.") { check, statement in
                guard
                    let word = statement.argument(
                        or: "'tcp-check send-binary' : expects a hex string as argument.")
                else { return }
                guard let bytes = hex(word.text) else {
                    return statement.alert(
                        "'tcp-check send-binary' : '\(word.text)' invalid binary string.", at: word)
                }
                check.tcpRules.append(.send(bytes))
                statement.skipComment()
            },
            Keyword(
                "expect", in: .serverSide,
                "[ ! ] { string <text> | rstring <regex> | binary <hex> }", "What must come back."
            ) {
                check, statement in
                if let rule = expectation(&statement, isHTTP: false) {
                    check.tcpRules.append(.expect(rule))
                }
            },
            Keyword("comment", in: .serverSide, "<text>", "A comment for the log.") {
                _, statement in
                _ = statement.argument(or: "'tcp-check comment' : expects a string as argument.")
                statement.finish()
            },
        ],
        Keyword.refused(
            "send-lf send-binary-lf set-var set-var* set-var-fmt* unset-var unset-var*",
            in: .serverSide,
            because: Reason.operators, wayOut: Reason.operatorsWayOut))

    // MARK: Lines

    /// `option httpchk [method] [uri] [version]`; one word alone is the path.
    static func httpchk(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var check = CheckDraft()
        check.kind = .http
        check.httpRules = proxy.check.httpRules
        check.disablesOn404 = proxy.check.disablesOn404
        check.sendsState = proxy.check.sendsState
        check.headers = proxy.check.headers
        check.body = proxy.check.body
        let words = Array(statement.rest.prefix(3))
        statement.skip(3)
        if words.count == 1 {
            check.uri = words[0].text
        } else if words.count >= 2 {
            check.method = words[0].text
            check.uri = words[1].text
        }
        if words.count == 3 { version(words[2], &check, statement) }
        statement.name = "option httpchk"
        statement.finish()
        proxy.check = check
    }

    /// Older files hide headers behind the version: `HTTP/1.1\r\nHost:\ www`.
    private static func version(_ word: Word, _ check: inout CheckDraft, _ statement: Statement) {
        let lines = word.text.split(separator: "\r\n", omittingEmptySubsequences: false).map(
            String.init)
        check.version = lines[0]
        guard lines.count > 1 else { return }
        statement.warn(
            "'option httpchk' : hiding headers or body at the end of the version string is deprecated. Please, consider to use 'http-check send' directive instead.",
            at: word)
        for (index, line) in lines.dropFirst().enumerated() {
            if line.isEmpty {
                check.body = Array(lines[(index + 2)...].joined(separator: "\r\n").utf8)
                break
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                statement.alert("'option httpchk' : invalid header '\(line)'.", at: word)
                continue
            }
            check.headers.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
        }
    }

    static func httpCheck(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        statement.name = "http-check \(word?.text ?? "")"
        var check = proxy.check
        statement.dispatch(word ?? statement.keyword, through: httpTable, to: &check) {
            nearest, statement in
            statement.alert(
                "'http-check' only supports 'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '\(word?.text ?? "")'",
                fix: nearest.map { "did you mean 'http-check \($0)' ?" })
        }
        proxy.check = check
    }

    static func tcpCheck(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        statement.name = "tcp-check \(word?.text ?? "")"
        var check = proxy.check
        statement.dispatch(word ?? statement.keyword, through: tcpTable, to: &check) {
            nearest, statement in
            statement.alert(
                "'tcp-check' only supports 'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '\(word?.text ?? "")'",
                fix: nearest.map { "did you mean 'tcp-check \($0)' ?" })
        }
        proxy.check = check
    }

    // MARK: Rules

    private static func send(_ check: inout CheckDraft, _ statement: inout Statement) {
        while let word = statement.nextKeyword() {
            let missing = "'http-check send' : '\(word.text)' expects a string as argument."
            switch word.text {
            case "meth": check.method = statement.argument(or: missing)?.text ?? check.method
            case "uri": check.uri = statement.argument(or: missing)?.text ?? check.uri
            case "ver": check.version = statement.argument(or: missing)?.text ?? check.version
            case "hdr":
                guard let name = statement.argument(or: missing),
                    let value = statement.argument(or: missing)
                else { return }
                check.headers.append((name.text, value.text))
            case "body": check.body = statement.argument(or: missing)?.bytes ?? check.body
            case "comment": _ = statement.argument(or: missing)
            default:
                statement.alert(
                    "'http-check send' : expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '\(word.text)' as argument."
                )
                return statement.skipRest()
            }
        }
    }

    private static func connect(_ check: inout CheckDraft, _ statement: inout Statement) {
        var port: UInt16?
        while let word = statement.nextKeyword() {
            switch word.text {
            case "port":
                let value = statement.argument(or: "'tcp-check connect' : expects a port number.")
                guard let value, let number = UInt16(value.text), number > 0 else {
                    if let value {
                        statement.alert(
                            "'tcp-check connect' : invalid port '\(value.text)'.", at: value)
                    }
                    return statement.skipRest()
                }
                port = number
            case "default", "linger": break
            case "comment": statement.skip(1)
            case "ssl", "sni", "alpn", "proto", "send-proxy", "via-socks4", "addr":
                statement.alert(
                    "'tcp-check connect \(word.text)' is not supported: \(Reason.operators).",
                    fix: Reason.operatorsWayOut)
                return statement.skipRest()
            default:
                statement.alert(
                    "'tcp-check connect' : expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or 'via-socks4', 'linger', 'default' but got '\(word.text)' as argument."
                )
                return statement.skipRest()
            }
        }
        check.tcpRules.append(.connect(port: port, address: nil))
    }

    private static func expectation(
        _ statement: inout Statement, isHTTP: Bool
    ) -> CheckDraft.Expectation? {
        let rule = isHTTP ? "http-check expect" : "tcp-check expect"
        var isNegated = false
        while let word = statement.nextKeyword() {
            var text = word.text
            if text == "!" {
                isNegated.toggle()
                continue
            }
            if text.hasPrefix("!") {
                isNegated.toggle()
                text.removeFirst()
            }
            let pattern: CheckDraft.Expectation.Pattern?
            switch (text, isHTTP) {
            case ("comment", _), ("min-recv", false), ("ok-status", _), ("error-status", _),
                ("tout-status", _), ("on-success", _), ("on-error", _), ("status-code", _):
                statement.skip(1)
                continue
            case ("status", true), ("rstatus", true), ("string", _), ("rstring", _),
                ("binary", false):
                guard
                    let value = statement.argument(
                        or: "'\(rule)' : '\(text)' expects a <pattern> as argument.")
                else { return nil }
                pattern = self.pattern(text, value, rule, statement)
            case ("hdr", true), ("fhdr", true), ("string-lf", _), ("binary-lf", _), ("rbinary", _):
                statement.alert(
                    "'\(rule) \(text)' is not supported: \(Reason.operators).",
                    fix: "use 'status', 'rstatus', 'string' or 'rstring'")
                pattern = nil
            default:
                statement.alert(
                    isHTTP
                        ? "'http-check expect' : 'only supports min-recv, [!]string', '[!]rstring', '[!]string-lf', '[!]status', '[!]rstatus', [!]hdr, [!]fhdr or comment but got '\(word.text)' as argument."
                        : "'tcp-check expect' : 'only supports min-recv, '[!]binary', '[!]string', '[!]rstring', '[!]string-lf''[!]rbinary', '[!]binary-lf' or comment but got '\(word.text)' as argument."
                )
                pattern = nil
            }
            guard let pattern else {
                statement.skipRest()
                return nil
            }
            statement.skipComment()
            return CheckDraft.Expectation(
                pattern: pattern, isNegated: isNegated, range: statement.line.range)
        }
        statement.alert("'\(rule)' : expects at least a matching pattern as arguments.")
        return nil
    }

    private static func pattern(
        _ kind: String, _ value: Word, _ rule: String, _ statement: Statement
    ) -> CheckDraft.Expectation.Pattern? {
        switch kind {
        case "string": return .string(value.bytes)
        case "rstring": return .expression(value.text)
        case "rstatus": return .statusExpression(value.text)
        case "binary":
            guard let bytes = hex(value.text) else {
                statement.alert("'\(rule)' : '\(value.text)' invalid binary string.", at: value)
                return nil
            }
            return .string(bytes)
        default:
            guard let ranges = statuses(value.text) else {
                let wrong = value.text.first { !"0123456789-,".contains($0) }
                statement.alert(
                    "'\(rule)' : invalid character '\(wrong ?? " ")' in the list of status codes.",
                    at: value)
                return nil
            }
            return .statuses(ranges)
        }
    }

    /// `200-399,500`
    private static func statuses(_ text: String) -> [ClosedRange<Int>]? {
        var ranges: [ClosedRange<Int>] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                .map { Int($0) }
            guard let low = bounds.first ?? nil, let high = bounds.last ?? nil, low <= high,
                low >= 0, high <= 999
            else { return nil }
            ranges.append(low...high)
        }
        return ranges
    }

    private static func hex(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[index..<index + 2], as: UTF8.self)
            guard pair.allSatisfy(\.isHexDigit), let byte = UInt8(pair, radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}

extension Statement {
    /// `comment <text>` at the end of a rule.
    mutating func skipComment() {
        if peek?.text == "comment" { skip(2) }
        finish()
    }
}

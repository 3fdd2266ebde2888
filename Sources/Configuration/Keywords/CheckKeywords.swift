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
            ) { check, statement in
                if let rule = CheckExpectations.rule(&statement, isHTTP: true) {
                    check.httpRules.append(rule)
                }
            },
            Keyword(
                "send", in: .serverSide,
                "[ meth <method> ] [ uri <uri> ] [ ver <version> ] [ hdr <name> <value> ] … [ body <text> ]",
                "The request."
            ) { check, statement in
                if check.requestIsInherited { check.request = CheckDraft.Request() }
                check.requestIsInherited = false
                if let rule = send(&statement) { check.httpRules.append(rule) }
            },
            Keyword("connect", in: .serverSide, "[ port <port> ]", "Opens a connection.") {
                check, statement in
                if let rule = connect(&statement, "http-check") { check.httpRules.append(rule) }
            },
            Keyword(
                "disable-on-404", in: .serverSide, "",
                "A server that answers 404 gets no new clients."
            ) { check, statement in
                check.disablesOn404 = true
                statement.finish()
            },
            Keyword(
                "send-state", in: .serverSide, "", "The request says what we think of the server."
            ) { check, statement in
                check.sendsState = true
                statement.finish()
            },
            Keyword("comment", in: .serverSide, "<text>", "A comment for the log.") {
                check, statement in
                if let rule = comment(&statement, "http-check") { check.httpRules.append(rule) }
            },
        ],
        Keyword.refused(
            "set-var set-var* set-var-fmt* unset-var unset-var*", in: .serverSide,
            because: Reason.operators, wayOut: Reason.operatorsWayOut))

    static let tcpTable = KeywordTable<CheckDraft>(
        prefix: "tcp-check",
        [
            Keyword("connect", in: .serverSide, "[ port <port> ]", "Opens a connection.") {
                check, statement in
                if let rule = connect(&statement, "tcp-check") { check.tcpRules.append(rule) }
            },
            Keyword("send", in: .serverSide, "<text>", "Sends text.") { check, statement in
                let missing = "'tcp-check send' : expects a string as argument."
                guard let word = statement.argument(or: missing) else { return }
                check.tcpRules.append(statement.rule(.send(word.bytes)))
            },
            Keyword("send-binary", in: .serverSide, "<hex>", "Sends bytes.") { check, statement in
                let missing = "'tcp-check send-binary' : expects a hex string as argument."
                guard let word = statement.argument(or: missing) else { return }
                guard let bytes = CheckExpectations.hex(word.text) else {
                    return statement.alert(
                        "'tcp-check send-binary' : '\(word.text)' invalid binary string.", at: word)
                }
                check.tcpRules.append(statement.rule(.send(bytes)))
            },
            Keyword(
                "expect", in: .serverSide,
                "[ min-recv <bytes> ] [ ! ] { string <text> | rstring <regex> | binary <hex> }",
                "What must come back."
            ) { check, statement in
                if let rule = CheckExpectations.rule(&statement, isHTTP: false) {
                    check.tcpRules.append(rule)
                }
            },
            Keyword("comment", in: .serverSide, "<text>", "A comment for the log.") {
                check, statement in
                if let rule = comment(&statement, "tcp-check") { check.tcpRules.append(rule) }
            },
        ],
        Keyword.refused(
            "send-lf send-binary-lf set-var set-var* set-var-fmt* unset-var unset-var*",
            in: .serverSide, because: Reason.operators, wayOut: Reason.operatorsWayOut))

    // MARK: Lines

    /// `option httpchk [method] [uri] [version]`; one word alone is the path.
    static func httpchk(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        // The section speaks for itself: what its defaults send and expect is gone.
        proxy.check.beginOwnRules()
        proxy.check.kind = .http
        var request = CheckDraft.Request()
        let words = Array(statement.rest.prefix(3))
        statement.skip(3)
        if words.count == 1 {
            request.uri = words[0].text
        } else if words.count >= 2 {
            request.method = words[0].text
            request.uri = words[1].text
        }
        if words.count == 3 { version(words[2], &request, statement) }
        proxy.check.request = request
        proxy.check.requestIsInherited = false
        statement.name = "option httpchk"
        statement.finish()
    }

    /// Older files hide headers behind the version: `HTTP/1.1\r\nHost:\ www`.
    private static func version(
        _ word: Word, _ request: inout CheckDraft.Request, _ statement: Statement
    ) {
        let lines = word.text.split(separator: "\r\n", omittingEmptySubsequences: false)
        request.version = String(lines[0])
        guard lines.count > 1 else { return }
        statement.warn(
            "'option httpchk' : hiding headers or body at the end of the version string is deprecated. Please, consider to use 'http-check send' directive instead.",
            at: word)
        for (index, line) in lines.enumerated().dropFirst() {
            if line.isEmpty {
                request.body = Array(lines[(index + 1)...].joined(separator: "\r\n").utf8)
                return
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                statement.alert("'option httpchk' : invalid header '\(line)'.", at: word)
                continue
            }
            request.headers.append((String(parts[0]), String(parts[1].drop { $0 == " " })))
        }
    }

    static func httpCheck(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        statement.name = "http-check \(word?.text ?? "")"
        if ["expect", "send", "connect", "comment"].contains(word?.text) {
            proxy.check.beginOwnRules()
        }
        statement.dispatch(
            word ?? statement.keyword, through: httpTable, to: &proxy.check
        ) { nearest, statement in
            statement.alert(
                "'http-check' only supports 'disable-on-404', 'send-state', 'comment', 'connect', 'send', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '\(word?.text ?? "")'",
                fix: nearest.map { "did you mean 'http-check \($0)' ?" })
        }
    }

    static func tcpCheck(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        statement.name = "tcp-check \(word?.text ?? "")"
        proxy.check.beginOwnRules()
        statement.dispatch(
            word ?? statement.keyword, through: tcpTable, to: &proxy.check
        ) { nearest, statement in
            statement.alert(
                "'tcp-check' only supports 'comment', 'connect', 'send', 'send-binary', 'expect', 'set-var-fmt(*)', 'set-var(*)', 'unset-var(*)'. but got '\(word?.text ?? "")'",
                fix: nearest.map { "did you mean 'tcp-check \($0)' ?" })
        }
    }

    // MARK: Rules

    private static func comment(_ statement: inout Statement, _ family: String) -> CheckDraft.Rule?
    {
        let missing = "'\(family) comment' : expects a string as argument."
        guard let word = statement.argument(or: missing) else { return nil }
        statement.finish()
        return CheckDraft.Rule(
            action: .comment, comment: word.text, range: statement.line.range)
    }

    private static func send(_ statement: inout Statement) -> CheckDraft.Rule? {
        var request = CheckDraft.Request()
        while let word = statement.peek, word.text != "comment" {
            _ = statement.nextKeyword()
            let missing = "'http-check send' : '\(word.text)' expects a string as argument."
            switch word.text {
            case "meth": request.method = statement.argument(or: missing)?.text
            case "uri": request.uri = statement.argument(or: missing)?.text
            case "ver": request.version = statement.argument(or: missing)?.text
            case "body": request.body = statement.argument(or: missing)?.bytes
            case "hdr":
                guard let name = statement.argument(or: missing),
                    let value = statement.argument(or: missing),
                    let text = literal(value, statement)
                else { return nil }
                request.headers.append((name.text, text))
            case "uri-lf", "body-lf":
                statement.alert(
                    "'http-check send \(word.text)' is not supported: \(Reason.rules).",
                    fix: "use '\(word.text.dropLast(3))'")
                statement.skipRest()
                return nil
            default:
                statement.alert(
                    "'http-check send' : expects 'comment', 'meth', 'uri', 'uri-lf', 'ver', 'hdr', 'body' or 'body-lf' but got '\(word.text)' as argument."
                )
                statement.skipRest()
                return nil
            }
        }
        return statement.rule(.request(request))
    }

    /// The value of a field is a log format; only what stands for itself can be sent.
    private static func literal(_ value: Word, _ statement: Statement) -> String? {
        let plain = value.text.replacing("%%", with: "")
        guard !plain.contains("%") else {
            statement.alert(
                "'http-check send hdr' : fields with '%' are not supported: \(Reason.rules).",
                at: value, fix: "write '%%' for the character itself")
            return nil
        }
        return value.text.replacing("%%", with: "%")
    }

    private static func connect(
        _ statement: inout Statement, _ family: String
    ) -> CheckDraft.Rule? {
        var port: UInt16?
        while let word = statement.peek, word.text != "comment" {
            _ = statement.nextKeyword()
            switch word.text {
            case "port":
                let missing = "'\(family) connect' : expects a port number."
                guard let value = statement.argument(or: missing) else { return nil }
                guard let number = UInt16(value.text), number > 0 else {
                    statement.alert(
                        "'\(family) connect' : invalid port '\(value.text)'.", at: value)
                    statement.skipRest()
                    return nil
                }
                port = number
            case "default", "linger": break
            case "ssl", "sni", "alpn", "proto", "send-proxy", "via-socks4", "addr":
                statement.alert(
                    "'\(family) connect \(word.text)' is not supported: \(Reason.operators).",
                    fix: Reason.operatorsWayOut)
                statement.skipRest()
                return nil
            default:
                statement.alert(
                    "'\(family) connect' : expects 'comment', 'port', 'addr', 'send-proxy', 'ssl', 'sni', 'alpn' or 'via-socks4', 'linger', 'default' but got '\(word.text)' as argument."
                )
                statement.skipRest()
                return nil
            }
        }
        return statement.rule(.connect(port: port))
    }
}

extension Statement {
    /// A rule with the comment that may stand behind it.
    mutating func rule(_ action: CheckDraft.Rule.Action) -> CheckDraft.Rule {
        var comment: String?
        if peek?.text == "comment" {
            skip(1)
            comment = argument(or: "'\(name)' : 'comment' expects a string as argument.")?.text
        }
        finish()
        return CheckDraft.Rule(action: action, comment: comment, range: line.range)
    }
}

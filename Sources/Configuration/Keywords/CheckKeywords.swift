import Checking
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
            Keyword("connect", in: .serverSide, CheckConnects.arguments, "Opens a connection.") {
                check, statement in
                if let rule = CheckConnects.rule(&statement, "http-check") {
                    check.httpRules.append(rule)
                }
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
        CheckSampleKeywords.variables("http-check", to: \.httpRules))

    static let tcpTable = KeywordTable<CheckDraft>(
        prefix: "tcp-check",
        [
            Keyword("connect", in: .serverSide, CheckConnects.arguments, "Opens a connection.") {
                check, statement in
                if let rule = CheckConnects.rule(&statement, "tcp-check") {
                    check.tcpRules.append(rule)
                }
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
        CheckSampleKeywords.formats,
        CheckSampleKeywords.variables("tcp-check", to: \.tcpRules))

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
            request.uri = .literal(words[0].bytes)
        } else if words.count >= 2 {
            request.method = words[0].text
            request.uri = .literal(words[1].bytes)
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
                request.body = .literal(
                    Array(lines[(index + 1)...].joined(separator: "\r\n").utf8))
                return
            }
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else {
                statement.alert("'option httpchk' : invalid header '\(line)'.", at: word)
                continue
            }
            let value = Array(parts[1].drop { $0 == " " }.utf8)
            request.headers.append((String(parts[0]), .literal(value)))
        }
    }

    static func httpCheck(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        statement.name = "http-check \(word?.text ?? "")"
        if !["disable-on-404", "send-state"].contains(word?.text) { proxy.check.beginOwnRules() }
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
            case "uri": request.uri = statement.argument(or: missing).map { .literal($0.bytes) }
            case "ver": request.version = statement.argument(or: missing)?.text
            case "body": request.body = statement.argument(or: missing).map { .literal($0.bytes) }
            case "hdr":
                guard let name = statement.argument(or: missing),
                    let value = statement.argument(or: missing),
                    let text = CheckSampleKeywords.part(value, statement)
                else { return nil }
                request.headers.append((name.text, text))
            case "uri-lf", "body-lf":
                guard let value = statement.argument(or: missing),
                    let text = CheckSampleKeywords.part(value, statement)
                else { return nil }
                if word.text == "uri-lf" { request.uri = text } else { request.body = text }
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

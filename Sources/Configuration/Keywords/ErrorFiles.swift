import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import HTTP
import Rules

/// Lines that put something in the place of our own error pages: `errorfile`, `errorfiles`, `errorloc`, `http-error`
/// (HAProxy manual, sections 4.2 and 12.4).
enum ErrorFiles {
    /// Statuses that have an error page.
    static let statuses: Set<Int> = [
        200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422, 425, 429, 431, 500, 501,
        502, 503, 504,
    ]

    static let keywords: [Keyword<ProxyDraft>] = [
        Keyword(
            "errorfile", in: .proxies, "<status> <file>",
            "The response to send instead of our own error page."
        ) { proxy, statement in
            guard let (code, bytes) = file(&statement, "errorfile") else { return }
            set(bytes, for: code, in: &proxy)
        },
        Keyword(
            "errorfiles", in: .proxies, "<name> [ <status> … ]",
            "Takes responses over from an 'http-errors' section."
        ) { proxy, statement in importSection(&proxy, &statement) },
        location("errorloc", "The same as 'errorloc302'.", status: 302, reason: "Found"),
        location(
            "errorloc302", "Sends the client somewhere else instead of an error page.",
            status: 302, reason: "Found"),
        location(
            "errorloc303", "The same, and the client asks there with GET.",
            status: 303, reason: "See Other"),
        Keyword(
            "http-error", in: .proxies, "status <status> [ <reply> ]",
            "The response to send instead of our own error page, made for the request."
        ) { proxy, statement in httpError(&proxy, &statement) },
    ]

    private static func set(_ bytes: [UInt8], for code: Int, in proxy: inout ProxyDraft) {
        proxy.settings.errorFiles[code] = bytes
        proxy.settings.errorReplies[code] = nil
    }

    // MARK: Files

    /// `<status> <file>`; nil: a complaint was made.
    static func file(_ statement: inout Statement, _ name: String) -> (Int, [UInt8])? {
        guard let status = statement.next(), let path = statement.next() else {
            statement.alert("\(name) : expects <status_code> and <file> as arguments.")
            return nil
        }
        statement.name = name
        statement.finish()
        guard let code = code(status, statement, name) else { return nil }
        return content(path, statement, name).map { (code, $0) }
    }

    private static func code(_ word: Word, _ statement: Statement, _ name: String) -> Int? {
        if let code = Int(word.text), statuses.contains(code) { return code }
        statement.alert(
            "\(name) : status code '\(word.text)' not handled.", at: word,
            fix: "one of \(statuses.sorted().map(String.init).joined(separator: ", "))")
        return nil
    }

    /// A whole response that a file holds.
    static func content(_ path: Word, _ statement: Statement, _ name: String) -> [UInt8]? {
        if path.text == "/dev/null" { return [] }
        switch statement.context.file(path.text) {
        case .failure(let failure):
            statement.alert(
                "\(name) : error opening file '\(path.text)'.", at: path, fix: failure.reason)
            return nil
        case .success(let bytes):
            do throws(ErrorFile.Problem) {
                _ = try ErrorFile.page(bytes, limit: statement.context.process.bufferBytes)
                return bytes
            } catch {
                statement.alert("\(name) : '\(path.text)' : \(error.message).", at: path)
                return nil
            }
        }
    }

    private static func importSection(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        guard let name = statement.argument(or: "'errorfiles' expects <name> as argument.") else {
            return
        }
        guard let pages = statement.context.httpErrors[name.text] else {
            let known = statement.context.httpErrors.keys.sorted()
            statement.alert(
                "\(proxy.title) references http-errors section '\(name.text)' that was not found.",
                at: name,
                fix: statement.context.suggestion(for: name.text, among: known).map {
                    "did you mean '\($0)' ?"
                })
            return statement.skipRest()
        }
        guard !statement.isAtEnd else {
            for (code, bytes) in pages { set(bytes, for: code, in: &proxy) }
            return
        }
        while let word = statement.next() {
            guard let code = code(word, statement, "errorfiles") else {
                return statement.skipRest()
            }
            if let bytes = pages[code] {
                set(bytes, for: code, in: &proxy)
            } else {
                statement.warn(
                    "\(proxy.title): status '\(code)' not declared in http-errors section '\(name.text)'.",
                    at: word)
            }
        }
    }

    private static func location(
        _ name: String, _ summary: String, status: Int, reason: String
    ) -> Keyword<ProxyDraft> {
        Keyword(name, in: .proxies, "<status> <url>", summary) { proxy, statement in
            guard let word = statement.next(), let url = statement.next() else {
                return statement.alert("\(name) : expects <status_code> and <url> as arguments.")
            }
            statement.name = name
            statement.finish()
            guard let code = code(word, statement, name) else { return }
            guard url.text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
                return statement.alert("\(name) : '\(url.text)' is not an URL.", at: url)
            }
            let text =
                "HTTP/1.1 \(status) \(reason)\r\nCache-Control: no-cache\r\nContent-length: 0\r\nLocation: \(url.text)\r\n\r\n"
            set(Array(text.utf8), for: code, in: &proxy)
        }
    }

    // MARK: Replies

    private static func httpError(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        var draft = RuleLines.makeDraft(proxy, statement, .httpRequest)
        draft.title = "http-error"
        guard statement.peek?.text == "status" else {
            statement.alert("'http-error' : expects at least a 'status' keyword.")
            return statement.skipRest()
        }
        guard let reply = ReplyActions.reply(draft, &statement, status: 0) else {
            return statement.skipRest()
        }
        guard statuses.contains(reply.status) || reply.isSilent else {
            return statement.alert("'http-error' : status code '\(reply.status)' not handled.")
        }
        proxy.settings.errorReplies[reply.askedStatus] = reply
        proxy.settings.errorFiles[reply.askedStatus] = nil
    }
}

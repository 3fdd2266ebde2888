import ConfigurationLanguage
import Diagnostics

/// What log lines show of headers and cookies (HAProxy manual, sections 8.7 and 8.8).
enum CaptureKeywords {
    static let all: [Keyword<ProxyDraft>] = [
        Keyword(
            "capture", in: .frontends,
            "{ request | response } header <name> len <length> | cookie <name> len <length>",
            "Keeps a header or a cookie for log lines."
        ) { proxy, statement in capture(&proxy, &statement) },
        Keyword(
            "declare", in: .frontends, "capture { request | response } len <length>",
            "A place for what 'http-request capture … id' keeps."
        ) { proxy, statement in declare(&proxy, &statement) },
    ]

    private typealias List = WritableKeyPath<CaptureSettings, [CaptureSettings.Slot]>

    private static func list(_ word: Word?) -> List? {
        switch word?.text {
        case "request": \.request
        case "response": \.response
        default: nil
        }
    }

    private static func capture(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let kind = statement.next()
        if kind?.text == "cookie" { return cookie(&proxy, &statement) }
        guard let kind, let list = list(kind) else {
            statement.alert(
                "'capture' expects 'cookie' or 'request header' or 'response header'.", at: kind)
            return statement.skipRest()
        }
        statement.name = "capture \(kind.text)"
        let complaint =
            "'capture \(kind.text)' expects 'header' <header_name> 'len' <len>."
        guard statement.next()?.text == "header", let name = statement.next(), name.text != "len",
            let length = length(&statement, or: complaint)
        else { return fail(&statement, complaint) }
        add(
            CaptureSettings.Slot(header: name.text, length: length), to: list, of: &proxy,
            &statement)
    }

    private static func cookie(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let complaint = "'capture cookie' expects 'cookie' <cookie_name> 'len' <len>."
        statement.name = "capture cookie"
        if proxy.settings.logLines.captures.cookie != nil {
            statement.alert("'capture cookie' : only one is possible in a section.")
            return statement.skipRest()
        }
        guard let name = statement.next(), !name.text.isEmpty,
            let length = length(&statement, or: complaint)
        else { return fail(&statement, complaint) }
        proxy.settings.logLines.captures.cookie = CaptureSettings.Cookie(
            name: name.text,
            length: min(length, statement.context.process.cookieCaptureBytes))
        statement.finish()
    }

    private static func declare(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let complaint = "'declare capture' expects 'request' or 'response', 'len' and a length."
        statement.name = "declare capture"
        guard statement.next()?.text == "capture" else {
            return fail(&statement, "'declare' expects 'capture'.")
        }
        guard let list = list(statement.next()), let length = length(&statement, or: complaint)
        else { return fail(&statement, complaint) }
        add(
            CaptureSettings.Slot(header: nil, length: length), to: list, of: &proxy, &statement)
    }

    private static func fail(_ statement: inout Statement, _ complaint: String) {
        statement.alert(complaint)
        statement.skipRest()
    }

    private static func length(_ statement: inout Statement, or complaint: String) -> Int? {
        guard statement.next()?.text == "len", let word = statement.next(),
            let length = Int(word.text), CaptureSettings.lengths.contains(length)
        else { return nil }
        return length
    }

    private static func add(
        _ slot: CaptureSettings.Slot, to list: List, of proxy: inout ProxyDraft,
        _ statement: inout Statement
    ) {
        guard proxy.settings.logLines.captures[keyPath: list].count < CaptureSettings.limit else {
            return fail(&statement, "more than \(CaptureSettings.limit) captures in one section.")
        }
        proxy.settings.logLines.captures[keyPath: list].append(slot)
        statement.finish()
    }
}

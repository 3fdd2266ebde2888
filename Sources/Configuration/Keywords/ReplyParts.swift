import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import HTTP
import Rules

/// The words of a reply while they are read: `return`, `deny`, `tarpit`, `http-error`.
struct ReplyParts {
    private enum Payload {
        case body(Reply.Body, [UInt8])
        /// The proxy's own page.
        case standard
        /// A whole response.
        case page(ErrorPage)
        /// The response of an `http-errors` section for the status, which may stand behind it.
        case section(Word)
    }

    private var status: Int
    private var type: Word?
    private var payload: (word: Word, content: Payload)?
    private var fields: [(name: [UInt8], value: Template)] = []

    init(status: Int) { self.status = status }

    /// Takes one keyword with its arguments. False: a complaint was made.
    mutating func take(_ word: Word, _ draft: RuleDraft, _ statement: inout Statement) -> Bool {
        switch word.text {
        case "status", "deny_status":
            guard let number = argument("<status_code>", of: word, draft, &statement) else {
                return false
            }
            guard let value = Int(number.text), (200...599).contains(value) else {
                statement.ruleAlert(draft, "Unexpected status code '\(number.text)'", at: number)
                return false
            }
            status = value
        case "content-type":
            guard let word = argument("<ctype>", of: word, draft, &statement) else { return false }
            type = word
        case "hdr":
            let complaint = "'hdr' expects <name> and <value> as arguments"
            guard let name = RuleActions.fieldName(draft, &statement, or: complaint),
                let value = statement.template(draft, or: complaint)
            else { return false }
            fields.append((Array(name.text.utf8), value))
        case "string", "lf-string", "file", "lf-file", "default-errorfiles", "errorfile",
            "errorfiles":
            if let payload {
                statement.ruleAlert(
                    draft,
                    "unexpected '\(word.text)' argument, '\(payload.word.text)' already defined",
                    at: word)
                return false
            }
            guard let content = content(word, draft, &statement) else { return false }
            payload = (word, content)
        default:
            // HAProxy takes it for the beginning of the condition, which it is not.
            statement.alert(
                "'\(draft.title)' expects either 'if' or 'unless' followed by a condition but found '\(word.text)'.",
                at: word)
            return false
        }
        return true
    }

    private func argument(
        _ kind: String, of word: Word, _ draft: RuleDraft, _ statement: inout Statement
    ) -> Word? {
        statement.ruleArgument(draft, or: "'\(word.text)' expects \(kind) as argument")
    }

    // MARK: Payload

    private func content(
        _ word: Word, _ draft: RuleDraft, _ statement: inout Statement
    ) -> Payload? {
        if word.text == "default-errorfiles" { return .standard }
        let kind =
            switch word.text {
            case "string": "<str>"
            case "lf-string": "<fmt>"
            case "errorfiles": "<name>"
            default: "<file>"
            }
        guard let value = argument(kind, of: word, draft, &statement) else { return nil }
        switch word.text {
        case "string": return .body(.bytes, value.bytes)
        case "lf-string":
            return statement.template(value, draft).map { .body(.template($0), []) }
        case "errorfiles": return .section(value)
        case "errorfile":
            guard let bytes = ErrorFiles.content(value, statement, draft.title),
                let page = try? ErrorFile.page(bytes, limit: draft.bufferBytes)
            else { return nil }
            return .page(page)
        default:
            guard case .success(let content) = statement.context.file(value.text) else {
                statement.ruleAlert(draft, "file '\(value.text)' could not be read", at: value)
                return nil
            }
            guard content.count <= draft.bufferBytes else {
                statement.ruleAlert(
                    draft, "file '\(value.text)' exceeds the buffer size (\(draft.bufferBytes))",
                    at: value)
                return nil
            }
            if word.text == "file" { return .body(.bytes, content) }
            let word = Word(bytes: content, range: value.range)
            return statement.template(word, draft).map { .body(.template($0), []) }
        }
    }

    // MARK: The whole

    /// The reply; nil: a complaint was made.
    func reply(_ draft: RuleDraft, _ statement: Statement) -> Reply? {
        switch payload?.content {
        case .none: return withoutPayload(draft, statement)
        case .body(let body, let bytes):
            let isEmpty = if case .bytes = body { bytes.isEmpty } else { false }
            guard type != nil || isEmpty else {
                statement.ruleAlert(
                    draft, "a content type must be defined when non-empty payload is configured")
                return nil
            }
            return Reply(
                status: status, contentType: type?.text ?? "", body: body, bytes: bytes,
                fields: fields)
        case .page(let page):
            warnAboutRest(statement)
            return Reply(page: page, status: status)
        case .standard:
            warnAboutRest(statement)
            guard hasPage(draft, statement, "default-errorfiles") else { return nil }
            // A page of a proxy cannot stand for itself.
            if draft.title == "http-error", let page = ErrorPages.standard(status) {
                return Reply(page: page, status: status)
            }
            return Reply(status: status, body: .page)
        case .section(let name):
            warnAboutRest(statement)
            return fromSection(name, draft, statement)
        }
    }

    private func withoutPayload(_ draft: RuleDraft, _ statement: Statement) -> Reply {
        if let type {
            statement.warn(
                "content-type '\(type.text)' ignored by the http reply because neither errorfile nor payload defined.",
                at: type)
        }
        // `return` answers with nothing where nothing is said, a refusal with the error page.
        let isRefusal = draft.title.hasSuffix("deny") || draft.title.hasSuffix("tarpit")
        let isPage = isRefusal && fields.isEmpty && ErrorFiles.statuses.contains(status)
        return Reply(status: status, body: isPage ? .page : .none, fields: fields)
    }

    private func warnAboutRest(_ statement: Statement) {
        if let type {
            statement.warn(
                "content-type '\(type.text)' ignored by the http reply when used with an erorrfile.",
                at: type)
        }
        if !fields.isEmpty {
            statement.warn("hdr parameters ignored by the http reply when used with an erorrfile.")
        }
    }

    private func hasPage(_ draft: RuleDraft, _ statement: Statement, _ word: String) -> Bool {
        if ErrorFiles.statuses.contains(status) { return true }
        statement.ruleAlert(
            draft, "status code '\(status)' not handled by default with '\(word)' argument")
        return false
    }

    private func fromSection(_ name: Word, _ draft: RuleDraft, _ statement: Statement) -> Reply? {
        guard hasPage(draft, statement, "errorfiles") else { return nil }
        guard let pages = statement.context.httpErrors[name.text] else {
            let known = statement.context.httpErrors.keys.sorted()
            statement.ruleAlert(
                draft, "unable to find http-errors section '\(name.text)'", at: name,
                fix: statement.context.suggestion(for: name.text, among: known).map {
                    "did you mean '\($0)' ?"
                })
            return nil
        }
        // As HAProxy: what the section does not have is an answer without a body.
        guard let bytes = pages[status] else { return Reply(status: status, body: .none) }
        guard let page = try? ErrorFile.page(bytes, limit: draft.bufferBytes) else { return nil }
        return Reply(page: page, status: status)
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Actions that several rule sets share.
enum RuleActions {
    static func simple(
        _ name: String, _ summary: String, _ action: RuleAction
    ) -> Keyword<RuleDraft> {
        Keyword(name, in: .proxies, "", summary) { draft, _ in draft.action = action }
    }

    static let fields: [Keyword<RuleDraft>] = [
        Keyword(
            "add-header", in: .proxies, "<name> <fmt>", "Adds a field behind those that are there."
        ) {
            draft, statement in edit(&draft, &statement) { .add($0) }
        },
        Keyword(
            "set-header", in: .proxies, "<name> <fmt>",
            "Puts one field in the place of all of that name."
        ) {
            draft, statement in edit(&draft, &statement) { .set($0) }
        },
        Keyword(
            "del-header", in: .proxies, "<name> [ -m <method> ]", "Removes all fields of that name."
        ) {
            draft, statement in delete(&draft, &statement)
        },
        Keyword(
            "replace-header", in: .proxies, "<name> <regex> <fmt>",
            "Replaces the values of fields that a regular expression matches."
        ) { draft, statement in replace(&draft, &statement, eachElement: false) },
        Keyword(
            "replace-value", in: .proxies, "<name> <regex> <fmt>",
            "The same for each value of a list."
        ) { draft, statement in replace(&draft, &statement, eachElement: true) },
    ]

    /// Fields that the writer makes anew from what is known about the message.
    private static let ownFields: Set<String> = [
        "connection", "content-length", "transfer-encoding", "keep-alive", "proxy-connection",
        "http2-settings", "te",
    ]

    private static func edit(
        _ draft: inout RuleDraft, _ statement: inout Statement, _ kind: (Template) -> FieldEdit.Kind
    ) {
        let complaint = "expects exactly 2 arguments"
        guard let name = fieldName(draft, &statement, or: complaint),
            let template = statement.template(draft, or: complaint)
        else { return statement.skipRest() }
        if ownFields.contains(name.text.lowercased()) {
            statement.warn(
                "'\(draft.title) \(name.text)' has no effect: the proxy writes this field from what it knows about the message.",
                at: name)
            draft.action = .nothing
            return
        }
        draft.action = .edit(FieldEdit(name.text, kind(template)))
    }

    /// A name of a field: RFC 9110 5.6.2.
    static func fieldName(
        _ draft: RuleDraft, _ statement: inout Statement, or complaint: String
    ) -> Word? {
        guard let word = statement.ruleArgument(draft, or: complaint) else { return nil }
        let isToken = word.text.utf8.allSatisfy { byte in
            byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
        guard isToken, !word.text.isEmpty else {
            statement.ruleAlert(
                draft, "'\(word.text)' is not a valid name of a header field", at: word)
            return nil
        }
        return word
    }

    private static func delete(_ draft: inout RuleDraft, _ statement: inout Statement) {
        let complaint = "expects at least 1 argument"
        guard let name = statement.ruleArgument(draft, or: complaint) else { return }
        guard statement.peek?.text == "-m" else {
            draft.action = .edit(FieldEdit(name.text, .delete))
            return
        }
        statement.skip(1)
        guard let method = statement.ruleArgument(draft, or: "missing method after '-m'") else {
            return
        }
        let methods: [String: MatchMethod] = [
            "str": .string, "beg": .prefix, "end": .suffix, "sub": .substring, "reg": .regex,
        ]
        guard let known = methods[method.text] else {
            statement.ruleAlert(
                draft, "-m with unsupported matching method '\(method.text)'", at: method)
            return statement.skipRest()
        }
        do throws(ExpressionProblem) {
            let names = try PatternSet([name.text], method: known, ignoringCase: true)
            draft.action = .edit(FieldEdit(name.text, .deleteMatching(names)))
        } catch {
            statement.ruleAlert(draft, error.message, at: name)
        }
    }

    private static func replace(
        _ draft: inout RuleDraft, _ statement: inout Statement, eachElement: Bool
    ) {
        let complaint = "expects exactly 3 arguments"
        guard let name = fieldName(draft, &statement, or: complaint),
            let regex = statement.regex(draft, or: complaint),
            let template = statement.template(draft, or: complaint)
        else { return statement.skipRest() }
        guard !ownFields.contains(name.text.lowercased()) else {
            statement.warn(
                "'\(draft.title) \(name.text)' has no effect: the proxy writes this field from what it knows about the message.",
                at: name)
            draft.action = .nothing
            return
        }
        draft.action = .edit(
            FieldEdit(name.text, .replace(Substitution(regex, template), eachElement: eachElement)))
    }

    static let variables: [Keyword<RuleDraft>] = [
        Keyword(
            "set-var*", in: .proxies, "<expr>",
            "Keeps a sample in the variable between the parentheses."
        ) {
            draft, statement in
            guard let variable = statement.variable(draft),
                let conditions = statement.variableConditions(draft),
                let expression = statement.expression(
                    draft, or: "missing fetch method")
            else { return statement.skipRest() }
            draft.action = .setVariable(variable, expression, conditions)
        },
        Keyword(
            "set-var-fmt*", in: .proxies, "<fmt>",
            "Keeps a log format's text in the variable between the parentheses."
        ) {
            draft, statement in
            guard let variable = statement.variable(draft),
                let conditions = statement.variableConditions(draft),
                let template = statement.template(draft, or: "expects a log-format")
            else { return statement.skipRest() }
            draft.action = .formatVariable(variable, template, conditions)
        },
        Keyword("unset-var*", in: .proxies, "", "Forgets the variable between the parentheses.") {
            draft, statement in
            guard let variable = statement.variable(draft) else { return statement.skipRest() }
            draft.action = .unsetVariable(variable)
        },
    ]

    static let logLevel = Keyword<RuleDraft>(
        "set-log-level", in: .proxies, "<level>", "The level of the log line; 'silent': none."
    ) {
        draft, statement in
        let complaint = "expects exactly 1 argument (log level name or 'silent')"
        guard let word = statement.ruleArgument(draft, or: complaint) else { return }
        let levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
        if word.text == "silent" {
            draft.action = .setLogLevel(255)
        } else if let level = levels.firstIndex(of: word.text) {
            draft.action = .setLogLevel(UInt8(level))
        } else {
            statement.ruleAlert(draft, complaint, at: word)
        }
    }

    static let logging: [Keyword<RuleDraft>] = [
        logLevel,
        Keyword(
            "set-nice", in: .proxies, "<number>", "Accepted: this engine treats all streams alike."
        ) {
            draft, statement in
            guard
                statement.ruleArgument(draft, or: "expects exactly 1 argument (integer value)")
                    != nil
            else { return }
            draft.action = .nothing
        },
        Keyword(
            "strict-mode", in: .proxies, "{ on | off }",
            "Whether a change that does not fit is an error."
        ) {
            draft, statement in
            guard let word = statement.ruleArgument(draft, or: "expects exactly one argument")
            else { return }
            switch word.text {
            case "on": draft.action = .strictMode(true)
            case "off": draft.action = .strictMode(false)
            default:
                statement.ruleAlert(
                    draft, "Unexpected value '\(word.text)'. Only 'on' and 'off' are supported",
                    at: word)
            }
        },
    ]

    static let capture = Keyword<RuleDraft>(
        "capture", in: .proxies, "<sample> { len <length> | id <number> }",
        "Keeps a sample for the log line, in a place of its own or in a declared one."
    ) { draft, statement in
        let complaint = "expects <expression> [ 'len' <length> | id <idx> ]"
        guard let expression = statement.expression(draft, or: complaint),
            let kind = statement.ruleArgument(draft, or: complaint),
            let number = statement.ruleArgument(draft, or: complaint)
        else { return statement.skipRest() }
        let isRequest = ![.httpResponse, .httpAfterResponse, .tcpResponse].contains(draft.place)
        guard kind.text == "len" || kind.text == "id", let value = Int(number.text), value >= 0
        else {
            return statement.ruleAlert(draft, complaint, at: kind)
        }
        var slot = value
        if kind.text == "len" {
            guard isRequest else {
                return statement.ruleAlert(
                    draft, "expects 'id' and the number of a declared place, not 'len'", at: kind)
            }
            guard draft.mayCapture else {
                return statement.ruleAlert(draft, "proxy has no frontend capability", at: kind)
            }
            guard CaptureSettings.lengths.contains(value),
                draft.captures.request.count < CaptureSettings.limit
            else {
                return statement.ruleAlert(
                    draft, "a length of \(value) is out of range", at: number)
            }
            slot = draft.captures.request.count
            draft.captures.request.append(CaptureSettings.Slot(header: nil, length: value))
        } else {
            // A backend's rules fill the places of whichever frontend a request came by.
            let known = isRequest ? draft.captures.request : draft.captures.response
            guard !draft.mayCapture || value < known.count, value < CaptureSettings.limit else {
                return statement.ruleAlert(
                    draft, "unable to find capture id '\(value)'", at: number,
                    fix: "declare it above with 'declare capture'")
            }
        }
        draft.action = .capture(
            Capture(
                expression, slot: Int32(clamping: slot), side: isRequest ? .request : .response))
    }
}

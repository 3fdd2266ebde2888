import Checking
import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// What checks make of samples: variables, and log formats in what they send and expect.
enum CheckSampleKeywords {
    /// `set-var(check.x)` and its relatives, whose rules go to `rules`.
    static func variables(
        _ family: String, to rules: any WritableKeyPath<CheckDraft, [CheckDraft.Rule]> & Sendable
    ) -> [Keyword<CheckDraft>] {
        // Without parentheses the complaint tells what is missing.
        ["set-var*", "set-var"].map {
            Keyword(
                $0, in: .serverSide, "<expr>",
                "Keeps a sample in the variable between the parentheses."
            ) { check, statement in
                let draft = draft(statement)
                guard let variable = statement.variable(draft),
                    let expression = statement.expression(draft, or: "missing fetch method")
                else { return statement.skipRest() }
                check[keyPath: rules].append(
                    statement.rule(.set(variable, .expression(expression))))
            }
        } + [
            Keyword(
                "set-var-fmt*", in: .serverSide, "<fmt>",
                "Keeps a log format's text in the variable between the parentheses."
            ) { check, statement in
                let draft = draft(statement)
                guard let variable = statement.variable(draft),
                    let word = statement.ruleArgument(draft, or: "expects a log-format"),
                    let format = format(word, statement)
                else { return statement.skipRest() }
                check[keyPath: rules].append(
                    statement.rule(.set(variable, .format(format.template))))
            }
        ]
            + ["unset-var*", "unset-var"].map {
                Keyword(
                    $0, in: .serverSide, "", "Forgets the variable between the parentheses."
                ) { check, statement in
                    guard let variable = statement.variable(draft(statement)) else {
                        return statement.skipRest()
                    }
                    check[keyPath: rules].append(statement.rule(.set(variable, .none)))
                }
            }
    }

    static let formats: [Keyword<CheckDraft>] = [
        Keyword("send-lf", in: .serverSide, "<fmt>", "Sends a log format's text.") {
            check, statement in send(&check, &statement, isHexadecimal: false)
        },
        Keyword(
            "send-binary-lf", in: .serverSide, "<fmt>",
            "Sends the bytes whose hexadecimal digits a log format gives."
        ) { check, statement in send(&check, &statement, isHexadecimal: true) },
    ]

    private static func send(
        _ check: inout CheckDraft, _ statement: inout Statement, isHexadecimal: Bool
    ) {
        let missing = "'\(statement.name)' : expects a log-format string as argument."
        guard let word = statement.argument(or: missing),
            let format = format(word, statement, isHexadecimal: isHexadecimal)
        else { return statement.skipRest() }
        check.tcpRules.append(statement.rule(.sendFormat(format)))
    }

    // MARK: Words

    /// A log format; nil: a complaint was made.
    static func format(
        _ word: Word, _ statement: Statement, isHexadecimal: Bool = false
    ) -> CheckFormat? {
        let draft = draft(statement)
        guard let template = statement.template(word, draft) else { return nil }
        for item in template.format.items {
            if case .field(let field, _) = item {
                statement.ruleAlert(
                    draft, "'%\(field.rawValue)' belongs to log lines, which checks have none of",
                    at: word, fix: "use '%[…]' with a fetch of the answer")
                return nil
            }
        }
        return CheckFormat(template, isHexadecimal: isHexadecimal)
    }

    /// The same where the text may stand for itself.
    static func part(_ word: Word, _ statement: Statement) -> CheckRequestFormat.Part? {
        // A run of blanks is one blank in a log format only.
        guard word.text.contains("%") else { return .literal(word.bytes) }
        guard let format = format(word, statement) else { return nil }
        return format.template.constant.map { .literal($0) } ?? .format(format)
    }

    static func expression(_ statement: inout Statement) -> SampleExpression? {
        let expression = statement.expression(
            draft(statement), or: "expects a standard expression as argument")
        if expression == nil { statement.skipRest() }
        return expression
    }

    private static func draft(_ statement: Statement) -> RuleDraft {
        let world = statement.context.expressions
        return RuleDraft(
            place: .check, world: world, title: statement.name,
            owner: "\(statement.sectionWord) '\(world.section)'", standardRealm: "",
            mayCapture: false, bufferBytes: statement.context.process.bufferBytes,
            captures: CaptureSettings())
    }
}

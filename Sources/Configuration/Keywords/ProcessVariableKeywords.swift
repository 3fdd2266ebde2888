import ConfigurationLanguage
import Diagnostics
import Expressions

/// Variables of the process that have a value from the start (HAProxy manual, section 3.1).
enum ProcessVariableKeywords {
    static let all: [Keyword<ProcessSettings>] = [
        keyword(
            "set-var", "<name> <expression>", "a sample expression", isFormat: false,
            "The value that a variable of the process has at the start."),
        keyword(
            "set-var-fmt", "<name> <format>", "a log-format string", isFormat: true,
            "The same, made by a log format."),
    ]

    private static func keyword(
        _ name: String, _ arguments: String, _ what: String, isFormat: Bool, _ summary: String
    ) -> Keyword<ProcessSettings> {
        Keyword(name, in: .global, arguments, summary) { _, statement in
            let complaint =
                "'\(name)' requires a process-wide variable name ('proc.<name>') and \(what)."
            guard let variable = statement.argument(or: complaint),
                let text = statement.argument(or: complaint)
            else { return }
            guard variable.text.hasPrefix("\(VariableScope.process.rawValue).") else {
                return statement.alert(
                    "'\(name)': cannot set variable '\(variable.text)', only scope 'proc' is permitted in the global section.",
                    at: variable)
            }
            do throws(ExpressionProblem) {
                statement.context.processVariables.append(
                    try ProcessVariable(
                        variable.text, text.text, isFormat: isFormat,
                        in: statement.context.expressions))
            } catch {
                statement.alert("'\(name)': \(error.message)", at: text, fix: error.fix)
            }
            statement.finish()
        }
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Actions that change the entries of files of maps and ACLs.
enum PatternActions {
    static let keywords: [Keyword<RuleDraft>] = [
        action("set-map*", "(file) <key fmt> <value fmt>", "Gives a key of a map a value.") {
            draft, statement, file, key in
            let value = statement.template(draft, or: "expects exactly 2 arguments")
            return value.map { PatternChange(file, key: key, .set(value: $0)) }
        },
        action("del-map*", "(file) <key fmt>", "Takes a key out of a map.") { _, _, file, key in
            PatternChange(file, key: key, .remove)
        },
        action("add-acl*", "(file) <key fmt>", "Adds a pattern to a file of an ACL.") {
            _, _, file, key in PatternChange(file, key: key, .add)
        },
        action("del-acl*", "(file) <key fmt>", "Takes a pattern out of a file of an ACL.") {
            _, _, file, key in PatternChange(file, key: key, .remove)
        },
    ]

    private static func action(
        _ name: String, _ arguments: String, _ summary: String,
        _ make:
            @escaping @Sendable (RuleDraft, inout Statement, PatternFile, Template) ->
            PatternChange?
    ) -> Keyword<RuleDraft> {
        Keyword(name, in: .proxies, arguments, summary) { draft, statement in
            let word = statement.keyword.text
            let isMap = word.contains("-map")
            guard let open = word.firstIndex(of: "("), word.hasSuffix(")") else {
                return statement.ruleAlert(
                    draft, "expects a file name between parentheses, as in '\(word)(/etc/file)'")
            }
            let path = String(word[word.index(after: open)...].dropLast())
            guard !path.isEmpty else {
                return statement.ruleAlert(draft, "expects a file name between parentheses")
            }
            let file: PatternFile
            do throws(ExpressionProblem) {
                file = try draft.world.changedFile(path, isMap: isMap)
            } catch {
                statement.warn(
                    "'\(statement.name) \(word)' : \(error.message): it begins empty.",
                    fix: "create the file where a map or an ACL reads it; it may be empty")
                file = draft.world.newFile(path, isMap: isMap)
            }
            let complaint =
                "expects exactly \(name == "set-map*" ? "2 arguments" : "1 argument")"
            guard let key = statement.template(draft, or: complaint),
                let change = make(draft, &statement, file, key)
            else { return statement.skipRest() }
            draft.action = .changePatterns(change)
        }
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// The rules, ACLs and routes of one section while it is read.
struct RuleDrafts {
    /// A `use_backend` or `use-server` line whose name is looked up at the end.
    struct Route {
        let name: Word
        let template: Template?
        let condition: Condition?
    }

    var lists: AccessLists
    var rules = ProxyRules()
    var backends: [Route] = []
    var servers: [Route] = []
    /// What the last rule of a kind was final without a condition.
    var isClosed: [String: Bool] = [:]

    init(_ world: ExpressionWorld) { lists = AccessLists(world) }
}

/// One rule while its words are read.
struct RuleDraft {
    let place: RulePlace
    let world: ExpressionWorld
    /// `http-request set-header`
    var title = ""
    /// `frontend 'www'`
    let owner: String
    /// What `auth` calls itself where it is not told.
    var standardRealm: String
    let mayCapture: Bool
    let bufferBytes: Int
    /// Places that the section's lines and rules have made so far.
    var captures: CaptureSettings
    /// nil: a complaint was made.
    var action: RuleAction?
}

extension Statement {
    /// HAProxy's frame around complaints about rules.
    func ruleAlert(_ draft: RuleDraft, _ message: String, at word: Word? = nil, fix: String? = nil)
    {
        alert(
            "error detected in \(draft.owner) while parsing '\(draft.title)' rule : \(message).",
            at: word, fix: fix)
    }

    /// The next argument of a rule.
    mutating func ruleArgument(_ draft: RuleDraft, or complaint: String) -> Word? {
        if let word = next() { return word }
        ruleAlert(draft, complaint)
        return nil
    }

    /// A log format as an argument.
    func template(_ word: Word, _ draft: RuleDraft) -> Template? {
        do throws(LogFormatProblem) {
            return Template(try LogFormat(word.text, in: draft.world, at: draft.place))
        } catch {
            ruleAlert(draft, error.message, at: word, fix: error.fix)
            return nil
        }
    }

    mutating func template(_ draft: RuleDraft, or complaint: String) -> Template? {
        guard let word = ruleArgument(draft, or: complaint) else { return nil }
        return template(word, draft)
    }

    /// A sample expression as an argument.
    mutating func expression(_ draft: RuleDraft, or complaint: String) -> SampleExpression? {
        guard let word = ruleArgument(draft, or: complaint) else { return nil }
        do throws(ExpressionProblem) {
            let expression = try SampleExpression.compile(word.text, in: draft.world)
            guard expression.needs.isSubset(of: draft.place.offers) else {
                let missing = expression.needs.subtracting(draft.place.offers).name
                ruleAlert(
                    draft,
                    "fetch method '\(word.text)' extracts information from '\(missing)', none of which is available here",
                    at: word)
                return nil
            }
            return expression
        } catch {
            ruleAlert(draft, error.message, at: word, fix: error.fix)
            return nil
        }
    }

    /// A regular expression as an argument.
    mutating func regex(_ draft: RuleDraft, or complaint: String) -> Regex? {
        guard let word = ruleArgument(draft, or: complaint) else { return nil }
        do throws(Regex.Problem) {
            return try Regex(word.text)
        } catch {
            ruleAlert(
                draft,
                "regex '\(word.text)' is invalid (error=\(error.message), erroffset=\(error.offset))",
                at: word)
            return nil
        }
    }

    /// The conditions in `set-var(txn.name,ifnotset)`.
    func variableConditions(_ draft: RuleDraft) -> VariableConditions? {
        let words = keyword.text.drop { $0 != "(" }.dropFirst().dropLast().split(separator: ",")
        do throws(ExpressionProblem) {
            return try VariableConditions(words.dropFirst().map(String.init))
        } catch {
            ruleAlert(draft, error.message, fix: error.fix)
            return nil
        }
    }

    /// The variable in `set-var(txn.name)`.
    func variable(_ draft: RuleDraft) -> Variable? {
        let text = keyword.text
        let inner = text.drop { $0 != "(" }.dropFirst()
        guard text.hasSuffix(")"), !inner.isEmpty else {
            ruleAlert(
                draft, "missing variable name, use '\(text.prefix { $0 != "(" })(<scope>.<name>)'")
            return nil
        }
        // Conditions are written behind the name.
        let name = inner.dropLast().prefix { $0 != "," }
        do throws(ExpressionProblem) {
            return try draft.world.variable(String(name))
        } catch {
            ruleAlert(draft, error.message, fix: error.fix)
            return nil
        }
    }
}

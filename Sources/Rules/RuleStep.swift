import Core
import Expressions

/// A rule in the form that runs: what most rules are, without counting references; the list's rules keep the objects.
struct RuleStep: Sendable, BitwiseCopyable {
    /// nil: always.
    let condition: Uncounted<Condition>?
    let action: Action

    enum Action: Sendable, BitwiseCopyable {
        case edit(Uncounted<FieldEdit>)
        case setVariable(Variable, Uncounted<SampleExpression>, VariableConditions)
        /// What the rule's own action says.
        case other
    }

    init(_ rule: Rule) {
        condition = rule.condition.map { Uncounted($0) }
        switch rule.action {
        case .edit(let edit): action = .edit(Uncounted(edit))
        case .setVariable(let variable, let expression, let conditions):
            action = .setVariable(variable, Uncounted(expression), conditions)
        default: action = .other
        }
    }
}

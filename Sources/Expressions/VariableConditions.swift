/// When `set-var` sets: what stands behind the variable's name (HAProxy manual, section 7.3.1).
public struct VariableConditions: Sendable, Equatable, BitwiseCopyable {
    private var bits: UInt8 = 0

    private static let words = [
        "ifexists", "ifnotexists", "ifempty", "ifnotempty", "ifset", "ifnotset", "ifgt", "iflt",
    ]

    /// Most conditions of one action.
    private static let limit = 4

    public init(_ names: [String]) throws(ExpressionProblem) {
        guard names.count <= VariableConditions.limit else {
            throw ExpressionProblem("at most \(VariableConditions.limit) conditions are allowed")
        }
        for name in names {
            guard let place = VariableConditions.words.firstIndex(of: name) else {
                throw ExpressionProblem(
                    "invalid condition '\(name)'",
                    fix: "one of \(VariableConditions.words.joined(separator: ", "))")
            }
            bits |= 1 << UInt8(place)
        }
    }

    @inline(__always)
    var isEmpty: Bool { bits == 0 }

    private func has(_ place: UInt8) -> Bool { bits & 1 << place != 0 }

    var wantsExisting: Bool { has(0) }
    var wantsMissing: Bool { has(1) }
    var wantsEmpty: Bool { has(2) }
    var wantsText: Bool { has(3) }
    var wantsSet: Bool { has(4) }
    var wantsUnset: Bool { has(5) }
    var wantsGreater: Bool { has(6) }
    var wantsLess: Bool { has(7) }
}

extension Evaluation {
    /// Gives a variable a value where all conditions hold.
    public mutating func set(
        _ variable: Variable, to sample: Sample, if conditions: VariableConditions
    ) {
        guard conditions.isEmpty || allows(variable, sample, conditions) else { return }
        _ = set(variable, to: sample)
    }

    private mutating func allows(
        _ variable: Variable, _ sample: Sample, _ conditions: VariableConditions
    ) -> Bool {
        let old = load(variable)
        // As HAProxy: a variable of the process exists from the start, others as soon as they have had a value.
        let exists = variable.scope == .process || old != nil
        if conditions.wantsExisting, !exists { return false }
        if conditions.wantsMissing, exists { return false }
        if conditions.wantsSet, old == nil { return false }
        if conditions.wantsUnset, old != nil { return false }
        if conditions.wantsEmpty || conditions.wantsText {
            var isEmpty = false
            switch sample {
            case .string(let range), .binary(let range), .method(let range):
                isEmpty = range.isEmpty
            default: break
            }
            if conditions.wantsEmpty != isEmpty, conditions.wantsEmpty || isEmpty { return false }
        }
        guard conditions.wantsGreater || conditions.wantsLess else { return true }
        guard case .integer(let new) = sample, case .integer(let old) = old else { return true }
        return conditions.wantsGreater ? old > new : old < new
    }
}

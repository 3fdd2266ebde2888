import Core

/// What stands behind `if` or `unless`: ACLs that must all be true, in groups of which one suffices.
public final class Condition: Sendable {
    struct Term: Sendable {
        let list: AccessControlList
        let isNegated: Bool
        /// `or` follows.
        var endsGroup = false
    }

    let terms: [Term]
    /// Mostly the only one: an element of an array costs reference counts, a constant does not.
    let first: Term
    /// `unless`
    let isNegated: Bool
    /// It may have to wait for a password's hash.
    let asksUsers: Bool

    /// `terms` must not be empty.
    init(terms: [Term], isNegated: Bool) {
        self.terms = terms
        first = terms[0]
        asksUsers = terms.contains { $0.list.asksUsers }
        self.isNegated = isNegated
    }

    /// What its ACLs read.
    public var needs: SampleNeeds { terms.reduce(into: []) { $0.formUnion($1.list.needs) } }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> Condition {
        Condition(
            terms: terms.map {
                Term(list: $0.list.copy(), isNegated: $0.isNegated, endsGroup: $0.endsGroup)
            }, isNegated: isNegated)
    }
}

extension Evaluation {
    /// Whether a condition holds. What it made in the arena is dropped.
    public mutating func holds(_ condition: Condition) -> Bool {
        let saved = arena.count
        let result = anyGroup(condition)
        arena.truncate(by: arena.count - saved)
        return result != condition.isNegated
    }

    private mutating func anyGroup(_ condition: Condition) -> Bool {
        if condition.asksUsers { return anyGroup(condition, from: takeAwaitedTerm()) }
        var isTrue = matches(condition.first.list) != condition.first.isNegated
        if condition.first.endsGroup {
            if isTrue { return true }
            isTrue = true
        }
        var index = 1
        while index < condition.terms.count {
            if isTrue {
                isTrue = matches(condition.terms[index].list) != condition.terms[index].isNegated
            }
            if condition.terms[index].endsGroup {
                if isTrue { return true }
                isTrue = true
            }
            index &+= 1
        }
        return isTrue
    }

    /// The same for conditions that may wait. Those terms before that decided nothing were true in their group and do
    /// not run again, so that what they count is counted once.
    private mutating func anyGroup(_ condition: Condition, from first: Int) -> Bool {
        var isTrue = true
        var index = first
        while index < condition.terms.count {
            if isTrue {
                isTrue = matches(condition.terms[index].list) != condition.terms[index].isNegated
                if awaitsTurn {
                    awaitedTerm = index
                    return false
                }
            }
            if condition.terms[index].endsGroup {
                if isTrue { return true }
                isTrue = true
            }
            index &+= 1
        }
        return isTrue
    }

    private mutating func takeAwaitedTerm() -> Int {
        guard looksAtCondition else { return 0 }
        let term = awaitedTerm
        awaitedTerm = 0
        return term
    }
}

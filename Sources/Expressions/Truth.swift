import Core

/// Whether a condition holds, where the bytes that it looks at may be incomplete.
public enum Truth: UInt8, Sendable, BitwiseCopyable {
    case no
    /// More bytes, or the end of the wait, may decide it.
    case open
    case yes
}

extension Evaluation {
    /// The same as `holds` for bytes that may be incomplete: what they cannot decide yet stays open.
    public mutating func truth(of condition: Condition) -> Truth {
        let saved = arena.count
        let result = anyGroup(of: condition)
        arena.truncate(by: arena.count - saved)
        guard condition.isNegated else { return result }
        return result == .yes ? .no : result == .no ? .yes : .open
    }

    private mutating func anyGroup(of condition: Condition) -> Truth {
        var best = Truth.no
        var group = Truth.yes
        for term in condition.terms {
            if group != .no {
                let one = truth(of: term)
                if one.rawValue < group.rawValue { group = one }
            }
            if term.endsGroup {
                if group == .yes { return .yes }
                if group == .open { best = .open }
                group = .yes
            }
        }
        return group.rawValue > best.rawValue ? group : best
    }

    private mutating func truth(of term: Condition.Term) -> Truth {
        mayChange = false
        if matches(term.list) { return term.isNegated ? .no : .yes }
        if content?.awaitsHead == true, !term.list.needs.isDisjoint(with: .requestHead) {
            mayChange = true
        }
        if mayChange, !isFinal { return .open }
        return term.isNegated ? .yes : .no
    }
}

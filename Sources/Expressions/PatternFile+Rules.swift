import Synchronization

/// What rules change while requests run: `set-map`, `del-map`, `add-acl`, `del-acl`.
extension PatternFile {
    /// A change that a rule asks for.
    public enum RuleChange: Sendable {
        /// `set-map`: every entry of the key gets the value; without one there is a new entry.
        case set(value: String)
        /// `add-acl`: nothing where the pattern is there.
        case add
        case remove
    }

    /// Most entries of a file to which rules still add: what clients send must not fill the memory, and a change
    /// costs time in proportion to the file.
    public static let ruleEntryLimit = 16_384
    /// Most bytes of a key or a value that a rule brings.
    public static let ruleTextLimit = 1024

    /// Carries out a change; all threads see it at once. What changes nothing costs a look into a table. False: the
    /// key or the value means nothing to who uses the file, or there is no room.
    @discardableResult
    public func apply(_ change: RuleChange, to key: String) -> Bool {
        guard key.utf8.count <= PatternFile.ruleTextLimit else { return false }
        if case .set(let value) = change {
            guard value.utf8.count <= PatternFile.ruleTextLimit else { return false }
        }
        return state.withLock { state in
            // No second reference: a change would copy the table.
            if state.known == nil { state.known = PatternFile.known(state) }
            switch (change, state.known?[key]) {
            case (.add, .some), (.remove, nil): return true
            case (.set(let value), .some(let current)) where value == current: return true
            case (.set(let value), .some):
                guard PatternFile.problem(key, value, state) == nil else { return false }
                for index in PatternFile.indices(of: .key(key), state) {
                    state.entries[index].value = value
                }
                state.known?[key] = value
            case (.remove, .some):
                for index in PatternFile.indices(of: .key(key), state).reversed() {
                    state.entries.remove(at: index)
                }
                state.known?[key] = nil
            case (.set, nil), (.add, nil):
                let value = if case .set(let value) = change { value } else { "" }
                guard state.entries.count < PatternFile.ruleEntryLimit,
                    PatternFile.problem(key, value, state) == nil
                else { return false }
                state.entries.append(
                    Entry(
                        number: state.nextNumber, key: key, value: value, version: state.current))
                state.nextNumber += 1
                state.known?[key] = value
            }
            PatternFile.publish(state)
            return true
        }
    }

    /// The first value of each key.
    private static func known(_ state: State) -> [String: String] {
        Dictionary(
            counted(state).map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

extension ExpressionWorld {
    /// The file that a rule changes; it is read like those of maps and ACLs, and shared with them.
    public func changedFile(_ path: String, isMap: Bool) throws(ExpressionProblem) -> PatternFile {
        try patternFile(path, isMap: isMap)
    }
}

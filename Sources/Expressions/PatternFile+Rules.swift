import Core
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

    /// Most entries that rules add to those that were loaded: what clients send must not fill the memory.
    public static let ruleEntryLimit = 16_384
    /// Most bytes of a key or a value that a rule brings.
    public static let ruleTextLimit = 1024

    /// Carries out a change; all threads see it at once. What changes nothing costs a look into a table. False: the
    /// key or the value means nothing to who uses the file, or there is no room; `takeRefused` tells of those.
    @discardableResult
    public func apply(_ change: RuleChange, to key: String) -> Bool {
        state.withLock { state in
            let isDone = carryOut(change, key, &state)
            if !isDone { state.refused += 1 }
            return isDone
        }
    }

    /// Changes of rules that were refused since the last call, and the entries that there are.
    public func takeRefused() -> (count: Int, entries: Int) {
        state.withLock { state in
            defer { state.refused = 0 }
            return (state.refused, state.entries.count)
        }
    }

    private func carryOut(_ change: RuleChange, _ key: String, _ state: inout State) -> Bool {
        guard key.utf8.count <= PatternFile.ruleTextLimit else { return false }
        if case .set(let value) = change {
            guard value.utf8.count <= PatternFile.ruleTextLimit else { return false }
        }
        // No second reference: a change would copy the table.
        if state.known == nil { state.known = PatternFile.known(state) }
        let numbers = state.known?[key] ?? []
        switch change {
        case .add where !numbers.isEmpty: return true
        case .remove where numbers.isEmpty: return true
        case .set(let value) where !numbers.isEmpty:
            let indices = numbers.compactMap { PatternFile.index(of: $0, state.entries) }
            if indices.allSatisfy({ state.entries[$0].value == value }) { return true }
            guard PatternFile.problem(key, value, state) == nil else { return false }
            for index in indices { state.entries[index].value = value }
            PatternFile.tell(state, key, value: value)
        case .remove:
            for number in numbers.reversed() {
                guard let index = PatternFile.index(of: number, state.entries) else { continue }
                state.entries.remove(at: index)
            }
            state.known?[key] = nil
            PatternFile.tell(state, key, value: nil)
        case .set, .add:
            let value = if case .set(let value) = change { value } else { "" }
            guard state.entries.count < loaded + PatternFile.ruleEntryLimit,
                PatternFile.problem(key, value, state) == nil
            else { return false }
            state.entries.append(
                Entry(number: state.nextNumber, key: key, value: value, version: state.current))
            state.known?[key] = [state.nextNumber]
            state.nextNumber += 1
            PatternFile.tell(state, key, value: value)
        }
        return true
    }

    /// Tells everybody of one key's new value; nil: it is gone.
    private static func tell(_ state: State, _ key: String, value: String?) {
        for use in state.uses {
            if let edit = edit(of: key, value: value, use), use.edit(edit) { continue }
            publish(state, to: use)
        }
    }

    /// The change as one way of matching sees it; nil: it needs a new table, because other keys may match the same.
    private static func edit(
        of key: String, value: String?, _ use: SharedPatterns
    ) -> PatternEdit? {
        guard !use.way.readsVersions else { return nil }
        var outcome: PatternEdit.Present?
        if let value {
            guard let kind = use.way.kind else {
                return added(key, use.way)
            }
            guard let value = try? PatternMap.value(kind == .key ? key : value, kind) else {
                return nil
            }
            outcome = PatternEdit.Present(value: value)
        }
        guard use.way.method == .string, !use.way.ignoresCase else { return nil }
        return PatternEdit(key: .text(Array(key.utf8)), outcome: outcome)
    }

    /// A pattern of an ACL that is added: whatever else matches the same, it matches.
    private static func added(_ key: String, _ way: SharedPatterns.Way) -> PatternEdit? {
        let outcome = PatternEdit.Present(value: nil)
        switch way.method {
        case .string: return PatternEdit(key: .text(Array(key.utf8)), outcome: outcome)
        case .address:
            return IPAddress(key).map { PatternEdit(key: .address($0), outcome: outcome) }
        default: return nil
        }
    }

    /// Entries stand in the order of their numbers.
    private static func index(of number: Int, _ entries: [Entry]) -> Int? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].number == number ? low : nil
    }

    /// The numbers of each key's entries.
    private static func known(_ state: State) -> [String: [Int]] {
        var known: [String: [Int]] = [:]
        for entry in counted(state) { known[entry.key, default: []].append(entry.number) }
        return known
    }
}

extension ExpressionWorld {
    /// The file that a rule changes; it is read like those of maps and ACLs, and shared with them.
    public func changedFile(_ path: String, isMap: Bool) throws(ExpressionProblem) -> PatternFile {
        try patternFile(path, isMap: isMap)
    }

    /// The same where no such file can be read: it begins empty, as in HAProxy.
    public func newFile(_ path: String, isMap: Bool) -> PatternFile {
        addFile(path, isMap: isMap, lines: [])
    }
}

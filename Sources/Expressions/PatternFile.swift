import Synchronization

/// The patterns or the map entries of one file, as commands see and change them. Everybody who uses the file shares
/// it; what a change leads to is compiled once for each way of matching and published in `SharedPatterns`.
///
/// Only commands and the rules that change it take its lock, never who looks something up. A command costs time in
/// proportion to the file: many changes are made faster in one payload, or in a version that is prepared and committed.
/// What rules change costs the same in a large file as in a small one where texts or single addresses are compared.
public final class PatternFile: Sendable {
    /// One line.
    public struct Entry: Sendable, Equatable {
        /// Tells it apart from others of the same key.
        public let number: Int
        public let key: String
        /// Empty where the file is no map.
        public var value: String
        /// Only entries of the current version count.
        public let version: Int
    }

    /// Why something could not be done, in HAProxy's words.
    public struct Problem: Error, Sendable {
        public let message: String
    }

    /// What a key means for one way of matching.
    public struct Answer: Sendable {
        public let method: MatchMethod
        public let ignoresCase: Bool
        /// nil: nothing matches.
        public let entry: Entry?
        /// HAProxy's name of the value's type; nil: an ACL's.
        public let valueType: String?
    }

    struct State {
        var entries: [Entry]
        /// The number of the version that counts.
        var current = 0
        /// The last version that was opened.
        var last = 0
        var nextNumber: Int
        var uses: [SharedPatterns] = []
        /// Who uses it, for `description`.
        var users: [String] = []
        var isUsedByACL = false
        /// The numbers of each key's entries, once a rule has asked; nil: not known.
        var known: [String: [Int]]?
        /// Changes of rules that were refused since somebody was told.
        var refused = 0
    }

    /// Most entries, those of versions that are being prepared among them.
    public static let entryLimit = PatternSet.limit
    /// Most users that `description` names.
    static let userLimit = 64

    /// What commands may call it, with `#` before it.
    public let id: Int
    public let path: String
    /// Lines are a key and a value.
    public let isMap: Bool
    /// Entries of the file as it was loaded.
    let loaded: Int
    let state: Mutex<State>

    init(id: Int, path: String, isMap: Bool, lines: [String]) {
        self.id = id
        self.path = path
        self.isMap = isMap
        var entries: [Entry] = []
        entries.reserveCapacity(lines.count)
        for line in lines {
            let (key, value) = isMap ? PatternFile.parts(of: line) : (line, "")
            entries.append(Entry(number: entries.count + 1, key: key, value: value, version: 0))
        }
        loaded = entries.count
        state = Mutex(State(entries: entries, nextNumber: entries.count + 1))
    }

    /// A key, blanks, and a value, which may be missing.
    public static func parts(of line: some StringProtocol) -> (key: String, value: String) {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        let end = line.firstIndex(where: isBlank) ?? line.endIndex
        return (String(line[..<end]), String(line[end...].drop(while: isBlank)))
    }

    // MARK: Uses

    /// The table for one way of matching, made of the entries as they are. `user`: `map at file 'x' line 3`.
    func patterns(
        for way: SharedPatterns.Way, user: String
    ) throws(ExpressionProblem) -> SharedPatterns {
        let result: Result<SharedPatterns, ExpressionProblem> = state.withLock { state in
            if way.kind == nil { state.isUsedByACL = true }
            if !state.users.contains(user), state.users.count < PatternFile.userLimit {
                state.users.append(user)
            }
            if let known = state.uses.first(where: { $0.way == way }) { return .success(known) }
            let entries = PatternFile.counted(state)
            do throws(ExpressionProblem) {
                let shared = SharedPatterns(way, try PatternTable(entries, way))
                state.uses.append(shared)
                return .success(shared)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    static func counted(_ state: State) -> [Entry] {
        state.last == 0
            ? state.entries : state.entries.filter { $0.version == state.current }
    }

    public var isUsedByACL: Bool { state.withLock { $0.isUsedByACL } }

    // MARK: Reading

    /// The line of `show map` or `show acl`.
    public var description: String {
        state.withLock { state in
            "\(id) (\(path)) pattern loaded from file '\(path)' used by "
                + state.users.map { "\($0)" }.joined(separator: ", by ")
                + ". curr_ver=\(state.current) next_ver=\(state.last) entry_cnt=\(PatternFile.counted(state).count)"
        }
    }

    /// The entries of a version; nil: of the current one.
    public func entries(of version: Int? = nil) -> [Entry] {
        state.withLock { state in
            guard let version else { return PatternFile.counted(state) }
            return state.entries.filter { $0.version == version }
        }
    }

    /// What each way of matching makes of a text; ways that cannot read it match nothing.
    public func answers(for text: String) -> [Answer] {
        state.withLock { state in
            state.uses.map { use in
                if use.hasEdits { PatternFile.publish(state, to: use) }
                let found = use.latest.number(matching: text).flatMap { number in
                    state.entries.first { $0.number == number }
                }
                return Answer(
                    method: use.way.method, ignoresCase: use.way.ignoresCase, entry: found,
                    valueType: use.way.kind.map { $0.typeName(of: found?.value ?? "") })
            }
        }
    }

    // MARK: Changing

    /// Adds entries in their order, up to the first that does not fit; to a version that is being prepared, or to the
    /// current one.
    public func add(_ pairs: [(key: String, value: String)], to version: Int? = nil) -> Problem? {
        state.withLock { state in
            state.known = nil
            let target = version ?? state.current
            if target > state.last {
                return Problem(
                    message:
                        "Version number in the future, please use 'prepare \(isMap ? "map" : "acl")' before."
                )
            }
            guard target >= state.current else {
                return Problem(message: "Version number in the past.")
            }
            var problem: Problem?
            let before = state.entries.count
            for (key, value) in pairs {
                problem = PatternFile.problem(key, value, state)
                if problem == nil, state.entries.count >= PatternFile.entryLimit {
                    problem = Problem(message: "more than \(PatternFile.entryLimit) entries.")
                }
                if problem != nil { break }
                state.entries.append(
                    Entry(number: state.nextNumber, key: key, value: value, version: target))
                state.nextNumber += 1
            }
            if target == state.current, state.entries.count > before {
                PatternFile.publish(state)
            }
            return problem
        }
    }

    /// Gives entries another value. False: there is none.
    public func set(_ name: EntryName, to value: String) -> Result<Bool, Problem> {
        state.withLock { state in
            let indices = PatternFile.indices(of: name, state)
            for index in indices {
                if let problem = PatternFile.problem(state.entries[index].key, value, state) {
                    return .failure(problem)
                }
            }
            state.known = nil
            for index in indices { state.entries[index].value = value }
            if !indices.isEmpty { PatternFile.publish(state) }
            return .success(!indices.isEmpty)
        }
    }

    /// Takes entries away. False: there is none.
    public func remove(_ name: EntryName) -> Bool {
        state.withLock { state in
            let indices = PatternFile.indices(of: name, state)
            guard !indices.isEmpty else { return false }
            state.known = nil
            for index in indices.reversed() { state.entries.remove(at: index) }
            PatternFile.publish(state)
            return true
        }
    }

    /// Forgets all entries of a version; nil: of the current one.
    public func clear(_ version: Int? = nil) {
        state.withLock { state in
            state.known = nil
            let target = version ?? state.current
            state.entries.removeAll { $0.version == target }
            if target == state.current { PatternFile.publish(state) }
        }
    }

    /// Opens a version to which entries can be added unseen.
    public func prepare() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    /// Makes a version the current one at one stroke; older ones are forgotten. False: there is no such version.
    public func commit(_ version: Int) -> Bool {
        state.withLock { state in
            guard version > state.current, version <= state.last else { return false }
            state.known = nil
            state.current = version
            state.entries.removeAll { $0.version < version }
            PatternFile.publish(state)
            return true
        }
    }

    /// Which entries a command means.
    public enum EntryName: Sendable {
        case key(String)
        /// `#0x1f`, as `show` tells it.
        case number(Int)
    }

    static func indices(of name: EntryName, _ state: State) -> [Int] {
        state.entries.indices.filter { index in
            let entry = state.entries[index]
            guard entry.version == state.current else { return false }
            switch name {
            case .key(let key): return entry.key == key
            case .number(let number): return entry.number == number
            }
        }
    }

    /// Whether every way of matching can read an entry.
    static func problem(_ key: String, _ value: String, _ state: State) -> Problem? {
        for use in state.uses {
            do throws(ExpressionProblem) {
                let entry = Entry(number: 0, key: key, value: value, version: 0)
                _ = try PatternTable([entry], use.way)
            } catch {
                return Problem(message: "\(error.message).")
            }
        }
        return nil
    }

    static func publish(_ state: State) {
        for use in state.uses { publish(state, to: use) }
    }

    /// Each entry was read alone before it came here, so that all together can be.
    static func publish(_ state: State, to use: SharedPatterns) {
        if let table = try? PatternTable(counted(state), use.way) { use.publish(table) }
    }
}

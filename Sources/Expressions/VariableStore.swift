public import Core

/// Where a variable lives.
public enum VariableScope: String, Sendable, BitwiseCopyable, CaseIterable {
    case process = "proc"
    case session = "sess"
    case transaction = "txn"
    case request = "req"
    case response = "res"
    case check = "check"
}

/// A variable by its place: names are looked up once, when the configuration is read.
public struct Variable: Sendable, Hashable, BitwiseCopyable {
    public let scope: VariableScope
    public let slot: Int32
}

/// The names of one configuration's variables, and their places.
public struct VariableNames: Sendable {
    private var slots: [String: Int32] = [:]
    private var counts: [VariableScope: Int32] = [:]

    public init() {}

    public var isEmpty: Bool { slots.isEmpty }

    /// Number of places in a scope.
    public func count(_ scope: VariableScope) -> Int { Int(counts[scope] ?? 0) }

    /// The variable called `scope.name`, where somebody has asked for it before.
    public func known(_ text: String) -> Variable? {
        guard let slot = slots[text], let word = text.split(separator: ".").first,
            let scope = VariableScope(rawValue: String(word))
        else { return nil }
        return Variable(scope: scope, slot: slot)
    }

    /// The names in a scope, with their scope, by their places.
    public func names(in scope: VariableScope) -> [String] {
        var names = Array(repeating: "", count: count(scope))
        for (name, slot) in slots where name.hasPrefix("\(scope.rawValue).") {
            names[Int(slot)] = name
        }
        return names
    }

    /// The variable called `scope.name`. Throws HAProxy's words.
    public mutating func variable(_ text: String) throws(ExpressionProblem) -> Variable {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scope = VariableScope(rawValue: String(parts[0])) else {
            throw ExpressionProblem(
                "invalid variable name '\(text)'. A variable name must be start by its scope. The scope can be 'proc', 'sess', 'txn', 'req', 'res' or 'check'"
            )
        }
        let name = parts[1]
        guard !name.isEmpty else { throw ExpressionProblem("empty variable name not allowed") }
        let wrong = name.utf8.firstIndex { byte in
            !(byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x5f || byte == 0x2e)
        }
        if let wrong { throw ExpressionProblem("invalid syntax at char '\(name[wrong...])'") }
        if let slot = slots[text] { return Variable(scope: scope, slot: slot) }
        let slot = counts[scope] ?? 0
        guard slot < VariableStore.slotLimit else {
            throw ExpressionProblem("more than \(VariableStore.slotLimit) variables in a scope")
        }
        slots[text] = slot
        counts[scope] = slot + 1
        return Variable(scope: scope, slot: slot)
    }
}

/// The values of one scope. It keeps its memory from one use to the next.
public struct VariableStore: Sendable {
    /// Most variables of a scope.
    public static let slotLimit: Int32 = 4096
    /// Most bytes of all values of a scope.
    public static let bytesLimit = 64 * 1024

    /// Values; byte ranges point into `bytes`.
    private var values: [Sample?] = []
    private var bytes: [UInt8] = []

    public init() {}

    /// Forgets all values and makes room for `count` of them.
    public mutating func reset(count: Int) {
        if values.count != count {
            values = Array(repeating: nil, count: count)
        } else {
            for index in values.indices { values[index] = nil }
        }
        if !bytes.isEmpty { bytes.removeAll(keepingCapacity: true) }
    }

    /// Makes room without forgetting.
    public mutating func grow(to count: Int) {
        while values.count < count { values.append(nil) }
    }

    public mutating func remove(_ slot: Int32) {
        guard values.indices.contains(Int(slot)) else { return }
        values[Int(slot)] = nil
    }

    public func contains(_ slot: Int32) -> Bool {
        values.indices.contains(Int(slot)) && values[Int(slot)] != nil
    }

    /// The value, its bytes copied to the end of the arena.
    public func load(_ slot: Int32, into arena: inout Buffer) -> Sample? {
        guard values.indices.contains(Int(slot)), let value = values[Int(slot)] else { return nil }
        switch value {
        case .bool, .integer, .address: return value
        case .string(let range): return copy(range, into: &arena).map { .string($0) }
        case .binary(let range): return copy(range, into: &arena).map { .binary($0) }
        case .method(let range): return copy(range, into: &arena).map { .method($0) }
        }
    }

    /// All values as log lines show captured headers: `{a|b}`, or `a b` with `-` for what is not there.
    public func appendAll(asList isList: Bool, _ flags: LogFlags, to line: inout Buffer) {
        guard !values.isEmpty else { return }
        if !isList {
            _ = LogText.appendQuote(flags, into: &line)
            line.append("{")
        }
        for index in values.indices {
            if index > 0 { line.append(isList ? " " : "|") }
            let range = place(of: values[index])
            if isList {
                let text = range.map { $0.range } ?? 0..<0
                _ = unsafe LogText.append(
                    bytes.span.bytes.extracting(text), .header, flags, into: &line)
            } else if let range {
                _ = unsafe LogText.appendEncoded(
                    bytes.span.bytes.extracting(range.range), .header, flags, into: &line)
            }
        }
        guard !isList else { return }
        line.append("}")
        _ = LogText.appendQuote(flags, into: &line)
    }

    private func copy(_ range: Bytes, into arena: inout Buffer) -> Bytes? {
        let start = arena.count
        guard unsafe arena.append(bytes.span.bytes.extracting(range.range)) else { return nil }
        return Bytes(start..<arena.count)
    }

    /// Keeps a value whose bytes lie in the arena; false when there is no room.
    public mutating func store(_ sample: Sample, _ slot: Int32, from arena: RawSpan) -> Bool {
        guard values.indices.contains(Int(slot)) else { return false }
        switch sample {
        case .bool, .integer, .address: values[Int(slot)] = sample
        case .string(let range):
            guard let kept = keep(range, slot, arena) else { return false }
            values[Int(slot)] = .string(kept)
        case .binary(let range):
            guard let kept = keep(range, slot, arena) else { return false }
            values[Int(slot)] = .binary(kept)
        case .method(let range):
            guard let kept = keep(range, slot, arena) else { return false }
            values[Int(slot)] = .method(kept)
        }
        return true
    }

    /// Puts bytes in the place of the old value where they fit, otherwise behind all others.
    private mutating func keep(_ range: Bytes, _ slot: Int32, _ arena: RawSpan) -> Bytes? {
        if let old = place(of: values[Int(slot)]), old.count >= range.count {
            for offset in 0..<range.count {
                bytes[Int(old.start) + offset] = arena.byte(at: Int(range.start) + offset)
            }
            return Bytes(Int(old.start)..<Int(old.start) + range.count)
        }
        if bytes.count + range.count > VariableStore.bytesLimit {
            values[Int(slot)] = nil
            compact()
            guard bytes.count + range.count <= VariableStore.bytesLimit else { return nil }
        }
        let start = bytes.count
        for at in range.range { bytes.append(arena.byte(at: at)) }
        return Bytes(start..<bytes.count)
    }

    /// Drops bytes of values that were replaced; rare, so that it may allocate.
    private mutating func compact() {
        var kept: [UInt8] = []
        for index in values.indices {
            guard let value = values[index], let old = place(of: value) else { continue }
            let range = Bytes(kept.count..<kept.count + old.count)
            kept += bytes[old.range]
            switch value {
            case .string: values[index] = .string(range)
            case .binary: values[index] = .binary(range)
            case .method: values[index] = .method(range)
            case .bool, .integer, .address: break
            }
        }
        bytes = kept
    }

    private func place(of value: Sample?) -> Bytes? {
        switch value {
        case .string(let range), .binary(let range), .method(let range): range
        default: nil
        }
    }
}

import Core

/// Bytes that stand in every match of a regular expression, found when it is compiled. A subject without them needs
/// no matching, and to see that costs a fraction of it: `(.*)debug=[^;]*(.*)` backtracks over each cookie otherwise.
struct RequiredText: Sendable {
    /// Most bytes that are looked for.
    static let limit = 255

    /// Empty: nothing is known.
    private let bytes: [UInt8]
    /// Matches begin with them, at the subject's start.
    private let isPrefix: Bool
    /// How far a search may go on, by the byte below the last one of the text (Horspool's algorithm).
    private let steps: [UInt8]

    /// `pattern`: one that PCRE2 has compiled, without options. What is not understood here makes nothing known.
    init(of pattern: [UInt8]) {
        isPrefix = pattern.first == UInt8(ascii: "^")
        let runs = RequiredText.runs(of: isPrefix ? pattern.dropFirst() : pattern[...])
        let best = isPrefix ? runs.first : runs.max { $0.count < $1.count }
        bytes = Array((best ?? []).prefix(RequiredText.limit))
        guard !isPrefix, let last = bytes.indices.last else {
            steps = []
            return
        }
        var steps = [UInt8](repeating: UInt8(clamping: bytes.count), count: 256)
        for (index, byte) in bytes.dropLast().enumerated() {
            steps[Int(byte)] = UInt8(clamping: last - index)
        }
        self.steps = steps
    }

    /// Whether no match is possible.
    func isMissing(in subject: RawSpan) -> Bool {
        guard !bytes.isEmpty else { return false }
        guard subject.byteCount >= bytes.count else { return true }
        if isPrefix { return !stands(at: 0, in: subject) }
        let last = bytes.count &- 1
        var at = 0
        while at &+ last < subject.byteCount {
            let end = subject.byte(at: at &+ last)
            if end == bytes[last], stands(at: at, in: subject) { return false }
            at &+= Int(steps[Int(end)])
        }
        return true
    }

    private func stands(at start: Int, in subject: RawSpan) -> Bool {
        var index = 0
        while index < bytes.count {
            guard subject.byte(at: start &+ index) == bytes[index] else { return false }
            index &+= 1
        }
        return true
    }

    /// The runs of plain characters outside of groups, in order, empty ones included. None where the pattern is a
    /// choice, or holds what may give plain characters another meaning.
    private static func runs(of pattern: ArraySlice<UInt8>) -> [[UInt8]] {
        var runs: [[UInt8]] = [[]]
        var depth = 0
        var rest = pattern
        func take(_ byte: UInt8) { if depth == 0 { runs[runs.count - 1].append(byte) } }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "("):
                // `(?i)`, `(*UCP)`, assertions.
                if rest.first == UInt8(ascii: "?") || rest.first == UInt8(ascii: "*") { return [] }
                depth += 1
                runs.append([])
            case UInt8(ascii: ")"): depth -= 1
            case UInt8(ascii: "|"): if depth == 0 { return [] }
            case UInt8(ascii: "["):
                guard skipClass(&rest) else { return [] }
                runs.append([])
            case UInt8(ascii: "."), UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "+"):
                runs.append([])
            case UInt8(ascii: "*"), UInt8(ascii: "?"):
                if depth == 0 { _ = runs[runs.count - 1].popLast() }
                runs.append([])
            case UInt8(ascii: "{"): return []
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return [] }
                guard isAlphanumeric(escaped) else {
                    take(escaped)
                    continue
                }
                // `\Q` quotes, `\1` refers, `\x41` is a character: only classes and word boundaries are simple.
                guard "dDwWsSbB".utf8.contains(escaped) else { return [] }
                runs.append([])
            default: take(byte)
            }
        }
        return runs
    }

    /// Goes behind the `]` of a class. False where it holds more than characters and ranges.
    private static func skipClass(_ rest: inout ArraySlice<UInt8>) -> Bool {
        if rest.first == UInt8(ascii: "^") { rest.removeFirst() }
        if rest.first == UInt8(ascii: "]") { rest.removeFirst() }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "]"): return true
            case UInt8(ascii: "["): return false
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), !"QEc".utf8.contains(escaped) else {
                    return false
                }
            default: break
            }
        }
        return false
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }
}

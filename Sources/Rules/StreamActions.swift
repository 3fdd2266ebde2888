public import Core
public import Expressions

/// `auth`: the bytes are the `WWW-Authenticate` line of the refusal.
public final class Challenge: ConstantBytes, @unchecked Sendable {
    public init(realm: String) {
        super.init(Array("WWW-Authenticate: Basic realm=\"\(realm)\"\r\n".utf8))
    }

    private init(line: [UInt8]) { super.init(line) }

    public var line: [UInt8] { bytes(0..<byteCount).array() }

    func copy() -> Challenge { Challenge(line: line) }
}

/// `wait-for-body`
public struct BodyWait: Sendable, BitwiseCopyable {
    public let nanoseconds: Int64
    /// 0: all of it.
    public let atLeast: Int

    public init(nanoseconds: Int64, atLeast: Int) {
        self.nanoseconds = nanoseconds
        self.atLeast = atLeast
    }
}

/// A time that is written, or that a sample gives in milliseconds.
public enum TimeValue: Sendable {
    case nanoseconds(Int64)
    case sample(SampleExpression)

    func copy() -> TimeValue {
        switch self {
        case .nanoseconds: self
        case .sample(let expression): .sample(expression.copy())
        }
    }
}

/// A number that is written, or that a sample gives.
public enum NumberValue: Sendable {
    case number(Int64)
    case sample(SampleExpression)

    func copy() -> NumberValue {
        switch self {
        case .number: self
        case .sample(let expression): .sample(expression.copy())
        }
    }
}

/// `early-hint`
public final class EarlyHint: ConstantBytes, @unchecked Sendable {
    private let name: String
    let value: Template

    /// The object's bytes are the name.
    public init(_ name: String, _ value: Template) {
        self.name = name
        self.value = value
        super.init(Array(name.utf8))
    }

    func copy() -> EarlyHint { EarlyHint(name, value.copy()) }
}

extension Evaluation {
    /// The time in nanoseconds; 0 where there is none.
    mutating func value(of time: TimeValue) -> Int64 {
        switch time {
        case .nanoseconds(let value): return value
        case .sample(let expression):
            let saved = arena.count
            defer { arena.truncate(by: arena.count - saved) }
            guard let sample = evaluate(expression),
                case .integer(let milliseconds) = cast(sample, to: .integer), milliseconds > 0
            else { return 0 }
            return min(milliseconds, Int64(Int32.max)) &* 1_000_000
        }
    }

    /// nil: the sample finds nothing.
    private mutating func value(of number: NumberValue) -> Int64? {
        switch number {
        case .number(let value): return value
        case .sample(let expression):
            let saved = arena.count
            defer { arena.truncate(by: arena.count - saved) }
            guard let sample = evaluate(expression),
                case .integer(let value) = cast(sample, to: .integer)
            else { return nil }
            return value
        }
    }

    mutating func act(_ action: RuleAction) {
        switch action {
        case .setTimeout(let kind, let time):
            let nanoseconds = value(of: time)
            if nanoseconds > 0 {
                host?.perform(.setTimeout(kind, nanoseconds: nanoseconds), arena.bytes)
            }
        case .setSocket(let setting, let value):
            host?.perform(.setSocket(setting, value), arena.bytes)
        case .setNumber(let number, let value):
            if let value = self.value(of: value) {
                host?.perform(.setNumber(number, value), arena.bytes)
            }
        case .disableRetry: host?.perform(.disableRetry, arena.bytes)
        case .earlyHint(let hint):
            let saved = arena.count
            let start = arena.count
            if arena.append(hint.bytes(0..<hint.byteCount)), arena.append(": "),
                write(hint.value) != nil, arena.append("\r\n")
            {
                host?.perform(.addHint(Bytes(start..<arena.count)), arena.bytes)
                hasHints = true
            }
            arena.truncate(by: arena.count - saved)
        default: break
        }
    }
}

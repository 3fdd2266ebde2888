public import Core

/// A part of an evaluation's arena.
public struct Bytes: Sendable, Hashable, BitwiseCopyable {
    public var start: Int32
    public var end: Int32

    @inline(__always)
    public init(_ range: Range<Int>) {
        start = Int32(clamping: range.lowerBound)
        end = Int32(clamping: range.upperBound)
    }

    @inline(__always)
    public var range: Range<Int> { Int(start)..<Int(end) }
    @inline(__always)
    public var count: Int { Int(end &- start) }
    @inline(__always)
    public var isEmpty: Bool { start == end }
}

/// A value that a fetch or a converter gave. Bytes lie in the arena of the evaluation.
public enum Sample: Sendable, Equatable, BitwiseCopyable {
    case bool(Bool)
    case integer(Int64)
    case address(IPAddress)
    case string(Bytes)
    case binary(Bytes)
    /// A request method, by its name.
    case method(Bytes)

    public var type: SampleType {
        switch self {
        case .bool: .bool
        case .integer: .integer
        case .address(.v4): .ipv4
        case .address(.v6): .ipv6
        case .string: .string
        case .binary: .binary
        case .method: .method
        }
    }
}

/// The types of samples (HAProxy manual, section 7.1).
public enum SampleType: UInt8, Sendable, BitwiseCopyable {
    /// Known at run time only.
    case any
    case bool, integer, address, ipv4, ipv6, string, binary, method

    /// HAProxy's words.
    public var name: String {
        switch self {
        case .any: "any"
        case .bool: "bool"
        case .integer: "sint"
        case .address: "addr"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .string: "str"
        case .binary: "bin"
        case .method: "meth"
        }
    }

    /// Whether a sample of this type may become one of the other; some values may still fail.
    public func isCastable(to other: SampleType) -> Bool {
        if self == other || self == .any || other == .any { return true }
        switch (self, other) {
        case (.address, .ipv4), (.address, .ipv6), (.ipv4, .address), (.ipv6, .address): return true
        case (.bool, .address), (.bool, .ipv4), (.bool, .ipv6), (.bool, .method): return false
        case (.bool, .binary): return true
        case (.ipv4, .bool), (.ipv6, .bool), (.address, .bool): return false
        case (.ipv6, .integer), (.integer, .method): return false
        case (.ipv4, .method), (.ipv6, .method), (.address, .method): return false
        case (.binary, .bool), (.binary, .address), (.binary, .ipv4), (.binary, .ipv6): return false
        case (.method, .bool), (.method, .integer), (.method, .address), (.method, .ipv4),
            (.method, .ipv6):
            return false
        default: return true
        }
    }
}

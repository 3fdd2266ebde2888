/// `%{+json}`, `%{+cbor}`: a line, or one value, in an encoding that programs read.
public enum LogEncoding: UInt8, Sendable, BitwiseCopyable {
    case none, json
    /// As hexadecimal digits, so that every log target takes it.
    case cbor
    /// `%{+cbor,+bin}`: the bytes themselves.
    case binaryCBOR
}

/// What an encoded value is, whatever the field or the expression gives: `%(name:sint)`.
public enum LogValueType: UInt8, Sendable, BitwiseCopyable {
    case own, text, number, bool
}

/// How a field of a log line is written: `%{+Q,+X,+E}`.
public struct LogFlags: Sendable, Equatable, BitwiseCopyable {
    /// `Q`: strings stand between quotes, and an empty one is `""` instead of `-`.
    public var isQuoted = false
    /// `X`: addresses, ports and counters in upper-case hexadecimal digits.
    public var isHexadecimal = false
    /// `E`: a backslash before `"`, `\` and `]`, as RFC 5424 wants it.
    public var isEscaped = false
    /// `json`, `cbor`: the value is written in an encoding.
    public var encoding = LogEncoding.none

    @inline(__always)
    public init(isQuoted: Bool = false, isHexadecimal: Bool = false, isEscaped: Bool = false) {
        self.isQuoted = isQuoted
        self.isHexadecimal = isHexadecimal
        self.isEscaped = isEscaped
    }
}

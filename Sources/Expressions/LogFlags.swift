/// How a field of a log line is written: `%{+Q,+X,+E}`.
public struct LogFlags: Sendable, Equatable, BitwiseCopyable {
    /// `Q`: strings stand between quotes, and an empty one is `""` instead of `-`.
    public var isQuoted = false
    /// `X`: addresses, ports and counters in upper-case hexadecimal digits.
    public var isHexadecimal = false
    /// `E`: a backslash before `"`, `\` and `]`, as RFC 5424 wants it.
    public var isEscaped = false

    @inline(__always)
    public init(isQuoted: Bool = false, isHexadecimal: Bool = false, isEscaped: Bool = false) {
        self.isQuoted = isQuoted
        self.isHexadecimal = isHexadecimal
        self.isEscaped = isEscaped
    }
}

internal import Core
public import Expressions

/// `expect`: what an answer must look like, or with `!` must not.
public struct CheckExpectation: Sendable {
    public enum Pattern: Sendable {
        /// `string`: these bytes anywhere in the answer, for HTTP in its body.
        case string([UInt8])
        /// `binary`: the same, written in hexadecimal digits.
        case binary([UInt8])
        /// `rstring`
        case expression(CheckPattern)
        /// `rbinary`
        case binaryExpression(CheckPattern)
        /// `status 200-299,404`
        case statuses([ClosedRange<Int>])
        /// `rstatus`: an expression over the three digits.
        case statusExpression(CheckPattern)
        /// `hdr`, `fhdr`: some field of the head.
        case field(CheckFieldMatch)
        /// `string-lf`, `binary-lf`
        case format(CheckFormat)
        /// What a ready-made check looks for.
        case service(ServiceReply)
    }

    public let pattern: Pattern
    public let isNegated: Bool
    /// `min-recv`: with this many bytes the absence of a match is final; nil: when the answer ends.
    public var minimumReceived: Int?
    /// `ok-status`, `error-status`, `tout-status`; nil: the usual one.
    public var passedStatus: CheckStatus?
    public var failedStatus: CheckStatus?
    public var timeoutStatus: CheckStatus?
    /// `on-success`, `on-error`
    public var passedText: CheckText?
    public var failedText: CheckText?
    /// `status-code`
    public var code: SampleExpression?

    public init(_ pattern: Pattern, isNegated: Bool = false) {
        self.pattern = pattern
        self.isNegated = isNegated
    }

    /// Whether anything of it is made of samples.
    var usesSamples: Bool {
        switch pattern {
        case .format: return true
        case .field(let match) where match.usesSamples: return true
        default: break
        }
        return code != nil || passedText?.isFormat == true || failedText?.isFormat == true
    }

    /// The same with each format's text in its place; nil: one gives nothing.
    func resolved(_ bytes: (CheckFormat) -> [UInt8]?) -> CheckExpectation? {
        let pattern: Pattern
        switch self.pattern {
        case .format(let format):
            guard let made = bytes(format), !made.isEmpty else { return nil }
            pattern = format.isHexadecimal ? .binary(made) : .string(made)
        case .field(let match) where match.usesSamples:
            guard let resolved = match.resolved(bytes) else { return nil }
            pattern = .field(resolved)
        default: return self
        }
        var result = CheckExpectation(pattern, isNegated: isNegated)
        result.minimumReceived = minimumReceived
        result.passedStatus = passedStatus
        result.failedStatus = failedStatus
        result.timeoutStatus = timeoutStatus
        result.passedText = passedText
        result.failedText = failedText
        result.code = code
        return result
    }

    /// Whether the head of an HTTP answer is enough.
    var looksAtStatus: Bool {
        switch pattern {
        case .statuses, .statusExpression: true
        case .string, .binary, .expression, .binaryExpression, .field, .format, .service: false
        }
    }

    /// How `tcp-check` messages name it.
    var name: String {
        switch pattern {
        case .string(let bytes): "string '\(String(decoding: bytes, as: UTF8.self))'"
        case .binary(let bytes): "binary '\(String(decoding: bytes, as: UTF8.self))'"
        case .expression: "regex"
        case .binaryExpression: "binary regex"
        case .statuses: "HTTP status codes"
        case .statusExpression: "HTTP status regex"
        case .field: "HTTP header pattern"
        case .format(let format):
            format.isHexadecimal ? "log-format binary" : "log-format string"
        case .service: "custom function"
        }
    }

    /// What follows `content` in `did not match content …`.
    var contentName: String {
        switch pattern {
        case .string(let bytes): "'\(String(decoding: bytes, as: UTF8.self))'"
        case .binary: "(binary)"
        case .expression: "(regex)"
        case .binaryExpression: "(binary regex)"
        case .statuses, .statusExpression: "(status)"
        case .field: "(header pattern)"
        case .format(let format):
            format.isHexadecimal ? "(log-format binary)" : "(log-format string)"
        case .service: "(custom)"
        }
    }

    /// Whether the bytes match, before `!` is applied.
    func matches(_ bytes: RawSpan) -> Bool {
        switch pattern {
        case .string(let wanted), .binary(let wanted): bytes.contains(wanted)
        case .expression(let pattern): pattern.matches(bytes)
        case .binaryExpression(let pattern): CheckExpectation.hex(bytes).withBytes(pattern.matches)
        case .statuses, .statusExpression, .field, .format, .service: false
        }
    }

    /// Whether the status matches, before `!` is applied.
    func matches(status: Int) -> Bool {
        switch pattern {
        case .statuses(let ranges): ranges.contains { $0.contains(status) }
        case .statusExpression(let pattern):
            Array(String(status).utf8).withBytes(pattern.matches)
        case .string, .binary, .expression, .binaryExpression, .field, .format, .service: false
        }
    }

    /// `rbinary` looks at upper-case hexadecimal digits.
    private static func hex(_ bytes: RawSpan) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.byteCount * 2)
        for index in 0..<bytes.byteCount {
            for digit in [bytes.byte(at: index) >> 4, bytes.byte(at: index) & 15] {
                result.append(digit < 10 ? digit + 0x30 : digit + 0x37)
            }
        }
        return result
    }
}

/// A compiled regular expression, as a check needs it.
public struct CheckPattern: Sendable {
    /// As it was written.
    public let source: String
    /// Whether it matches anywhere in the bytes.
    public let matches: @Sendable (RawSpan) -> Bool

    public init(_ source: String, matches: @escaping @Sendable (RawSpan) -> Bool) {
        self.source = source
        self.matches = matches
    }
}

extension RawSpan {
    /// Whether the bytes stand anywhere in here. Both are bounded by `tune.bufsize`.
    fileprivate func contains(_ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        guard wanted.count <= byteCount else { return false }
        var start = 0
        while start <= byteCount - wanted.count {
            if byte(at: start) == first {
                var length = 1
                while length < wanted.count, byte(at: start + length) == wanted[length] {
                    length += 1
                }
                if length == wanted.count { return true }
            }
            start += 1
        }
        return false
    }
}

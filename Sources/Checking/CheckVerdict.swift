/// How one check ended.
public struct CheckVerdict: Sendable, Equatable {
    public var status: CheckStatus
    /// The layer 7 code; only where `status.hasCode`.
    public var code: Int
    /// What is known beside: `Connection refused`, a reason phrase, the step of a script; may be empty.
    public var text: String

    public init(_ status: CheckStatus, code: Int = 0, text: String = "") {
        self.status = status
        self.code = status.hasCode ? code : 0
        self.text = text
    }

    /// `Layer7 wrong status, code: 503, info: "Service Unavailable"`, as in log lines.
    public var explanation: String {
        var result = status.sentence
        if status.hasCode { result += ", code: \(code)" }
        if !text.isEmpty { result += ", info: \"\(text)\"" }
        return result
    }
}

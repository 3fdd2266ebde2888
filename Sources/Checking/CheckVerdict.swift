/// How one check ended.
public struct CheckVerdict: Sendable, Equatable {
    public var status: CheckStatus
    /// The layer 7 code; only where `status.hasCode`.
    public var code: Int
    /// What is known beside: `Connection refused`, a reason phrase, the step of a script; may be empty.
    public var text: String

    /// Longest text; HAProxy keeps as much.
    private static let textLimit = 127

    public init(_ status: CheckStatus, code: Int = 0, text: String = "") {
        self.status = status
        self.code = status.hasCode ? code : 0
        self.text =
            text.utf8.count <= CheckVerdict.textLimit
            ? text : String(decoding: text.utf8.prefix(CheckVerdict.textLimit), as: UTF8.self)
    }

    /// `Layer7 wrong status, code: 503, info: "Service Unavailable"`, as in log lines.
    public var explanation: String {
        var result = status.sentence
        if status.hasCode { result += ", code: \(code)" }
        if !text.isEmpty { result += ", info: \"\(CheckVerdict.escaped(text))\"" }
        return result
    }

    /// Servers write this text, and it stands between quotes in a log line.
    private static func escaped(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 }
        if isPlain { return text }
        var result = ""
        for byte in text.utf8 {
            if (0x20..<0x7F).contains(byte) && byte != 0x22 {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.utf8.count == 1 ? "<0\(digits)>" : "<\(digits)>"
            }
        }
        return result
    }
}

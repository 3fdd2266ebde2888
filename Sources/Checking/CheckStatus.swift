/// How a check stands or ended: HAProxy's word, its number in `show servers state`, and its sentence.
public enum CheckStatus: Int, Sendable, CaseIterable {
    case unknown = 0
    case initializing = 1
    /// An agent spoke, and not about health.
    case checked = 3
    /// `observe`: traffic failed too often.
    case analysis = 4
    case socketError = 5
    case layer4Passed = 6
    case layer4Timeout = 7
    case layer4Problem = 8
    case layer6Passed = 9
    case layer6Timeout = 10
    case layer6Invalid = 11
    case layer7Timeout = 12
    case layer7Invalid = 13
    case layer7Passed = 15
    case layer7Conditional = 16
    case layer7WrongStatus = 17
    case processError = 18
    case processTimeout = 19
    case processPassed = 20

    /// What the status says about the server; the raw value is the number in `show servers state`.
    public enum Result: Int, Sendable { case unknown = 0, neutral, failed, passed, conditional }

    /// HAProxy's word, as in `show stat` and configurations.
    public var word: String {
        switch self {
        case .unknown: "UNK"
        case .initializing: "INI"
        case .checked: "CHECKED"
        case .analysis: "HANA"
        case .socketError: "SOCKERR"
        case .layer4Passed: "L4OK"
        case .layer4Timeout: "L4TOUT"
        case .layer4Problem: "L4CON"
        case .layer6Passed: "L6OK"
        case .layer6Timeout: "L6TOUT"
        case .layer6Invalid: "L6RSP"
        case .layer7Timeout: "L7TOUT"
        case .layer7Invalid: "L7RSP"
        case .layer7Passed: "L7OK"
        case .layer7Conditional: "L7OKC"
        case .layer7WrongStatus: "L7STS"
        case .processError: "PROCERR"
        case .processTimeout: "PROCTOUT"
        case .processPassed: "PROCOK"
        }
    }

    /// From HAProxy's word.
    public init?(word: String) {
        guard let found = CheckStatus.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }

    /// The sentence of log lines and of `check_desc`.
    public var sentence: String {
        switch self {
        case .unknown: "Unknown"
        case .initializing: "Initializing"
        case .checked: "No status change"
        case .analysis: "Health analyze"
        case .socketError: "Socket error"
        case .layer4Passed: "Layer4 check passed"
        case .layer4Timeout: "Layer4 timeout"
        case .layer4Problem: "Layer4 connection problem"
        case .layer6Passed: "Layer6 check passed"
        case .layer6Timeout: "Layer6 timeout"
        case .layer6Invalid: "Layer6 invalid response"
        case .layer7Timeout: "Layer7 timeout"
        case .layer7Invalid: "Layer7 invalid response"
        case .layer7Passed: "Layer7 check passed"
        case .layer7Conditional: "Layer7 check conditionally passed"
        case .layer7WrongStatus: "Layer7 wrong status"
        case .processError: "External check error"
        case .processTimeout: "External check timeout"
        case .processPassed: "External check passed"
        }
    }

    public var result: Result {
        switch self {
        case .unknown, .initializing: .unknown
        case .checked: .neutral
        case .layer4Passed, .layer6Passed, .layer7Passed, .processPassed: .passed
        case .layer7Conditional: .conditional
        case .analysis, .socketError, .layer4Timeout, .layer4Problem, .layer6Timeout,
            .layer6Invalid,
            .layer7Timeout, .layer7Invalid, .layer7WrongStatus, .processError, .processTimeout:
            .failed
        }
    }

    /// Whether a code belongs to it: statuses from layer 7 on that come with data.
    public var hasCode: Bool { rawValue >= CheckStatus.layer7Passed.rawValue }
}

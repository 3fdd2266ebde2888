import Checking
import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// `option httpchk`, `option tcp-check` and their rules while a section is read.
struct CheckDraft {
    /// What an `expect` rule looks at.
    struct Expectation {
        enum Pattern {
            case string([UInt8])
            case binary([UInt8])
            case expression(String)
            case statuses([ClosedRange<Int>])
            case statusExpression(String)
            case binaryExpression(String)
            case format(CheckFormat)
            case field(name: FieldText, value: FieldText?, isFull: Bool)
        }

        /// `-m` and a text.
        struct FieldText {
            enum Method: String { case str, beg, end, sub, reg }
            let method: Method
            let text: String
            /// `name-lf`, `value-lf`
            var format: CheckFormat?
        }

        var pattern: Pattern
        var isNegated = false
        /// `min-recv`
        var minimumReceived: Int?
        var passedStatus: CheckStatus?
        var failedStatus: CheckStatus?
        var timeoutStatus: CheckStatus?
        var passedText: CheckText?
        var failedText: CheckText?
        var code: SampleExpression?
    }

    /// What `option httpchk` or an `http-check send` line says; nil: not said.
    struct Request {
        var method: String?
        var uri: CheckRequestFormat.Part?
        var version: String?
        var headers: [(name: String, value: CheckRequestFormat.Part)] = []
        var body: CheckRequestFormat.Part?

        /// What this one does not say, taken from another.
        func completed(by other: Request) -> Request {
            var result = self
            result.method = method ?? other.method
            result.uri = uri ?? other.uri
            result.version = version ?? other.version
            result.headers = other.headers + headers
            result.body = body ?? other.body
            return result
        }
    }

    /// A rule, in the order of the lines.
    struct Rule {
        enum Action {
            case connect(CheckConnection)
            case send([UInt8])
            case sendFormat(CheckFormat)
            case set(Variable, CheckValue)
            case request(Request)
            case expect(Expectation)
            case comment
        }

        var action: Action
        var comment: String?
        let range: SourceRange
    }

    var kind = CheckSettings.Kind.connect
    /// The script of a check that comes ready-made.
    var service = CheckScript()
    /// `option httpchk`
    var request = Request()
    var httpRules: [Rule] = []
    var tcpRules: [Rule] = []
    /// Whether the rules came from `defaults`: the first of the section's own takes their place.
    var rulesAreInherited = false
    /// Whether `request` came from `defaults`: the first `http-check send` of the section takes its place.
    var requestIsInherited = false
    var disablesOn404 = false
    /// `external-check command` and `external-check path`
    var command: String?
    var searchPath = ""
    var sendsState = false

    /// Each connection of the rules says to which port it goes.
    var hasOwnPorts: Bool {
        let rules = kind == .http ? httpRules : kind == .tcpScript ? tcpRules : []
        let connections = rules.compactMap { rule -> CheckConnection? in
            if case .connect(let connection) = rule.action { connection } else { nil }
        }
        return !connections.isEmpty && connections.allSatisfy { $0.port != nil }
    }

    mutating func use(_ kind: CheckSettings.Kind, _ script: CheckScript) {
        self.kind = kind
        service = script
    }

    /// Forgets rules that were inherited.
    mutating func beginOwnRules() {
        guard rulesAreInherited else { return }
        rulesAreInherited = false
        httpRules = []
        tcpRules = []
    }
}

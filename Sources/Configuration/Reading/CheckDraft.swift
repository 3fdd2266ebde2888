import ConfigurationLanguage
import Core
import Diagnostics

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
        }

        var pattern: Pattern
        var isNegated = false
        /// `min-recv`
        var minimumReceived: Int?
    }

    /// A rule, in the order of the lines.
    struct Rule {
        enum Action {
            case connect(port: UInt16?)
            case send([UInt8])
            case expect(Expectation)
            case comment
        }

        let action: Action
        var comment: String?
        let range: SourceRange
    }

    var kind = CheckSettings.Kind.connect
    var method = "OPTIONS"
    var uri = "/"
    var version = "HTTP/1.0"
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var httpRules: [Rule] = []
    var tcpRules: [Rule] = []
    /// Whether the rules came from `defaults`: the first of the section's own takes their place.
    var rulesAreInherited = false
    /// Whether `http-check send` was read.
    var hasRequest = false
    var disablesOn404 = false
    var sendsState = false

    /// Forgets rules that were inherited.
    mutating func beginOwnRules() {
        guard rulesAreInherited else { return }
        rulesAreInherited = false
        httpRules = []
        tcpRules = []
        headers = []
        body = []
        hasRequest = false
    }
}

import ConfigurationLanguage
import Core
import Diagnostics

/// `option httpchk`, `option tcp-check` and their rules while a section is read.
struct CheckDraft {
    /// What an `expect` rule looks at.
    struct Expectation {
        enum Pattern {
            case string([UInt8])
            case expression(String)
            case statuses([ClosedRange<Int>])
            case statusExpression(String)
        }

        var pattern: Pattern
        var isNegated = false
        var comment: String?
        let range: SourceRange
    }

    /// A rule, in the order of the lines.
    enum Rule {
        case connect(port: UInt16?, address: IPAddress?)
        case send([UInt8])
        case expect(Expectation)
    }

    var kind = CheckSettings.Kind.connect
    var method = "OPTIONS"
    var uri = "/"
    var version = "HTTP/1.0"
    /// Field lines without their ends.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var httpRules: [Rule] = []
    var tcpRules: [Rule] = []
    var disablesOn404 = false
    var sendsState = false
}

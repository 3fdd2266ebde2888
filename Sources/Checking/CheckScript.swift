/// What a health check says and expects, in order; empty: the connection alone decides.
public struct CheckScript: Sendable {
    /// Whose words messages use, and how answers are read.
    public enum Style: Sendable {
        /// No option: a connection is enough.
        case connect
        /// `option tcp-check`: bytes.
        case tcp
        /// `option httpchk`: HTTP messages.
        case http
        /// A check that comes ready-made, and agents.
        case service
    }

    public let style: Style
    /// As in the configuration, with `http-check`'s silent steps filled in.
    public let steps: [CheckStep]
    /// Whether the steps begin without a `connect`, so that one is made before them.
    let connectsFirst: Bool

    /// A connection.
    public init() {
        style = .connect
        steps = []
        connectsFirst = true
    }

    /// `option tcp-check` with its rules.
    public init(tcp steps: [CheckStep]) {
        style = .tcp
        self.steps = steps
        connectsFirst = CheckScript.firstAction(of: steps)?.isConnect != true
    }

    /// `option httpchk` with its rules. `request`: what the option line and `http-check send` say, where the rules hold no
    /// `request` of their own. Without an `expect` any status from 200 to 399 will do.
    public init(http rules: [CheckStep], request: CheckRequest) {
        var steps = rules
        if !steps.contains(where: { $0.action.isRequest }) {
            let leading = steps.prefix { $0.action.isConnect || $0.action.isComment }.count
            steps.insert(CheckStep(.request(request)), at: leading)
        }
        if !steps.contains(where: { $0.action.isExpectation }) {
            steps.append(CheckStep(.expect(CheckExpectation(.statuses([200...399])))))
        }
        style = .http
        self.steps = steps
        connectsFirst = CheckScript.firstAction(of: steps)?.isConnect != true
    }

    /// A ready-made check.
    init(service steps: [CheckStep]) {
        style = .service
        self.steps = steps
        connectsFirst = true
    }

    private static func firstAction(of steps: [CheckStep]) -> CheckStep.Action? {
        steps.first { !$0.action.isComment }?.action
    }
}

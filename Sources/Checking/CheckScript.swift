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
    /// Whether any step looks at samples.
    public let usesSamples: Bool

    /// A connection.
    public init() {
        style = .connect
        steps = []
        connectsFirst = true
        usesSamples = false
    }

    /// `option tcp-check` with its rules.
    public init(tcp steps: [CheckStep]) {
        style = .tcp
        self.steps = steps
        connectsFirst = CheckScript.firstAction(of: steps)?.isConnect != true
        usesSamples = steps.contains(where: \.usesSamples)
    }

    /// `option httpchk` with its rules. `request`: what the option line and `http-check send` say, where the rules hold no
    /// `request` of their own. Without an `expect` any status from 200 to 399 will do.
    public init(http rules: [CheckStep], request: CheckRequest) {
        self.init(http: rules, asking: .request(request))
    }

    /// The same with any kind of request.
    public init(http rules: [CheckStep], asking request: CheckStep.Action) {
        var steps = rules
        if !steps.contains(where: { $0.action.isRequest }) {
            let leading = steps.prefix { $0.action.isConnect || $0.action.isSilent }.count
            steps.insert(CheckStep(request), at: leading)
        }
        if !steps.contains(where: { $0.action.isExpectation }) {
            steps.append(CheckStep(.expect(CheckExpectation(.statuses([200...399])))))
        }
        style = .http
        self.steps = steps
        connectsFirst = CheckScript.firstAction(of: steps)?.isConnect != true
        usesSamples = steps.contains(where: \.usesSamples)
    }

    /// A ready-made check.
    init(service steps: [CheckStep]) {
        style = .service
        self.steps = steps
        connectsFirst = true
        usesSamples = false
    }

    /// Whether any connection is made with `ssl`, whatever the server's line says.
    public var connectsWithTLS: Bool {
        connections.contains(where: \.usesTLS)
    }

    private var connections: [CheckConnection] {
        steps.compactMap { step in
            guard case .connect(let connection) = step.action else { return nil }
            return connection
        }
    }

    /// What its connections offer with `alpn`.
    public var applicationProtocols: [String] {
        connections.flatMap(\.applicationProtocols)
    }

    private static func firstAction(of steps: [CheckStep]) -> CheckStep.Action? {
        steps.first { !$0.action.isSilent }?.action
    }
}

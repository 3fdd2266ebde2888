public import Expressions

/// One rule of a check's script.
public struct CheckStep: Sendable {
    public enum Action: Sendable {
        case connect(CheckConnection)
        /// `tcp-check send`, `send-binary`
        case send([UInt8])
        /// `tcp-check send-lf`, `send-binary-lf`
        case sendFormat(CheckFormat)
        /// `http-check send`
        case request(CheckRequest)
        /// The same with parts that are made anew for each check.
        case requestFormat(CheckRequestFormat)
        case expect(CheckExpectation)
        /// `set-var`, `set-var-fmt`, `unset-var`
        case set(Variable, CheckValue)
        /// A `comment` line of its own; it counts as a step and belongs to those behind it.
        case comment
    }

    public let action: Action
    public let comment: String?

    public init(_ action: Action, comment: String? = nil) {
        self.action = action
        self.comment = comment
    }

    /// Whether it looks at samples, so that answers have to be kept for it.
    var usesSamples: Bool {
        switch action {
        case .set, .sendFormat, .requestFormat: true
        case .expect(let expectation): expectation.usesSamples
        case .connect, .send, .request, .comment: false
        }
    }
}

extension CheckStep.Action {
    var isConnect: Bool { if case .connect = self { true } else { false } }
    var isRequest: Bool {
        switch self {
        case .request, .requestFormat: true
        case .connect, .send, .sendFormat, .expect, .comment, .set: false
        }
    }
    var isExpectation: Bool { if case .expect = self { true } else { false } }
    var isComment: Bool { if case .comment = self { true } else { false } }

    /// Whether it says nothing to the server and expects nothing of it.
    var isSilent: Bool {
        switch self {
        case .comment, .set: true
        case .connect, .send, .sendFormat, .request, .requestFormat, .expect: false
        }
    }

    /// How messages of `tcp-check` name the step.
    var name: String {
        switch self {
        case .connect(let connection):
            connection.port.map { "connect port \($0)" } ?? "connect"
        case .send, .sendFormat, .request, .requestFormat: "send"
        case .expect(let expectation): "expect \(expectation.name)"
        case .comment: "comment"
        case .set(_, .none): "unset-var"
        case .set: "set-var"
        }
    }
}

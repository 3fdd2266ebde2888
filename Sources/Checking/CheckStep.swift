/// One rule of a check's script.
public struct CheckStep: Sendable {
    public enum Action: Sendable {
        /// A new connection; nil: to the port that the server's line says.
        case connect(port: UInt16?)
        /// `tcp-check send`, `send-binary`
        case send([UInt8])
        /// `http-check send`
        case request(CheckRequest)
        case expect(CheckExpectation)
        /// A `comment` line of its own; it counts as a step and belongs to those behind it.
        case comment
    }

    public let action: Action
    public let comment: String?

    public init(_ action: Action, comment: String? = nil) {
        self.action = action
        self.comment = comment
    }
}

extension CheckStep.Action {
    var isConnect: Bool { if case .connect = self { true } else { false } }
    var isRequest: Bool { if case .request = self { true } else { false } }
    var isExpectation: Bool { if case .expect = self { true } else { false } }
    var isComment: Bool { if case .comment = self { true } else { false } }

    /// How messages of `tcp-check` name the step.
    var name: String {
        switch self {
        case .connect(nil): "connect"
        case .connect(let port?): "connect port \(port)"
        case .send, .request: "send"
        case .expect(let expectation): "expect \(expectation.name)"
        case .comment: "comment"
        }
    }
}

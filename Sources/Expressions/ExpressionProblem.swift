/// Why an expression, an ACL or a condition cannot be compiled, in HAProxy's words where it has some.
public struct ExpressionProblem: Error, Equatable, Sendable {
    public let message: String
    /// What to write instead, where it is known.
    public let fix: String?

    public init(_ message: String, fix: String? = nil) {
        self.message = message
        self.fix = fix
    }
}

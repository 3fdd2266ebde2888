/// What a health check says and expects, in order; empty: the connection alone decides.
public struct CheckScript: Sendable {
    public init() {}
}

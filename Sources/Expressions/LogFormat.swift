/// A compiled log format: literal bytes and fields, in order.
public struct LogFormat: Sendable {
    public init() {}
}

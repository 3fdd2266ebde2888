public import Expressions

/// `track-sc0 <key> [table <name>]`
public final class StickTracking: Sendable {
    public let expression: SampleExpression
    public let slot: UInt8
    /// Index in `ExpressionWorld.tables`.
    public let table: Int32

    public init(_ expression: SampleExpression, slot: UInt8, table: Int32) {
        self.expression = expression
        self.slot = slot
        self.table = table
    }

    func copy() -> StickTracking { StickTracking(expression.copy(), slot: slot, table: table) }
}

/// By how much, or to what, a rule changes a counter.
public enum StickAmount: Sendable {
    case number(Int64)
    case sample(SampleExpression)
}

/// `stick on` and its relatives: a line of a backend.
public final class StickRule: Sendable {
    public let expression: SampleExpression
    public let table: Int32
    /// The server of a request that the table knows is taken.
    public let matches: Bool
    /// The server that was taken is kept: for a key of the request, or of the response.
    public let storesRequest: Bool
    public let storesResponse: Bool
    public let condition: Condition?

    public init(
        _ expression: SampleExpression, table: Int32, matches: Bool, storesRequest: Bool,
        storesResponse: Bool, if condition: Condition?
    ) {
        self.expression = expression
        self.table = table
        self.matches = matches
        self.storesRequest = storesRequest
        self.storesResponse = storesResponse
        self.condition = condition
    }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> StickRule {
        StickRule(
            expression.copy(), table: table, matches: matches, storesRequest: storesRequest,
            storesResponse: storesResponse, if: condition?.copy())
    }
}

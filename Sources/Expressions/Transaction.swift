/// What rules keep of one request and its answer. Its stream owns it and uses it again for the next.
public final class Transaction {
    public var transaction = VariableStore()
    public var request = VariableStore()
    public var response = VariableStore()
    /// Captured fields, by the place in their lists.
    public var requestCaptures = VariableStore()
    public var responseCaptures = VariableStore()
    /// `set-log-level`: nil for the format's own; 255 for silence.
    public var logLevel: UInt8?
    /// Content rules that ran while bytes were missing; see `Evaluation.rulesSeen`.
    public var rulesSeen = 0
    /// The time for content rules runs.
    public var isWaiting = false

    public init() {}

    /// Forgets everything.
    public func reset(_ layout: RuleLayout) {
        transaction.reset(count: layout.transactionVariables)
        request.reset(count: layout.requestVariables)
        response.reset(count: layout.responseVariables)
        requestCaptures.reset(count: layout.requestCaptures)
        responseCaptures.reset(count: layout.responseCaptures)
        logLevel = nil
        rulesSeen = 0
        isWaiting = false
    }
}

/// What rules keep of one client connection.
public final class SessionVariables {
    public var store = VariableStore()
    /// Which configuration the places belong to.
    private var generation = 0

    public init() {}

    /// Makes room; places of another configuration mean nothing any more.
    public func prepare(_ layout: RuleLayout, generation: Int) {
        guard generation != self.generation else { return }
        self.generation = generation
        store.reset(count: layout.sessionVariables)
    }
}

/// How many places one configuration's rules need.
public struct RuleLayout: Sendable, Equatable {
    public var processVariables = 0
    public var sessionVariables = 0
    public var transactionVariables = 0
    public var requestVariables = 0
    public var responseVariables = 0
    public var requestCaptures = 0
    public var responseCaptures = 0

    public init() {}

    public init(_ names: VariableNames) {
        processVariables = names.count(.process)
        sessionVariables = names.count(.session)
        transactionVariables = names.count(.transaction)
        requestVariables = names.count(.request)
        responseVariables = names.count(.response)
    }
}

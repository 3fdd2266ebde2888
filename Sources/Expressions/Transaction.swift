public import Core

/// What rules keep of one request and its answer. Its stream owns it and uses it again for the next.
public final class Transaction {
    public var transaction = VariableStore()
    public var request = VariableStore()
    public var response = VariableStore()
    /// What log lines show between braces, by the place in their lists.
    public private(set) var captures: CaptureLayout?
    public var requestCaptures = VariableStore()
    public var responseCaptures = VariableStore()
    /// The client's address before `set-src` changed it.
    public var receivedSource: PeerAddress?
    /// `set-dst`
    public var destination: PeerAddress?
    /// The ends of the server's connection, once the stream has given it back: ours, and the server's.
    public var serverEnds: (PeerAddress, PeerAddress)?
    /// `set-log-level`: nil for the format's own; 255 for silence.
    public var logLevel: UInt8?
    /// Content rules that ran while bytes were missing; see `Evaluation.rulesSeen`.
    public var rulesSeen = 0
    /// The time for content rules runs.
    public var isWaiting = false
    /// `capture cookie`; empty: none was there.
    public var requestCookie: [UInt8] = []
    public var responseCookie: [UInt8] = []
    /// `unique-id-format`; empty: none.
    public var uniqueID: [UInt8] = []

    public init() {}

    /// Forgets everything.
    public func reset(_ layout: RuleLayout, captures: CaptureLayout? = nil) {
        if self.captures !== captures { self.captures = captures }
        transaction.reset(count: layout.transactionVariables)
        request.reset(count: layout.requestVariables)
        response.reset(count: layout.responseVariables)
        requestCaptures.reset(count: captures?.requestLengths.count ?? 0)
        responseCaptures.reset(count: captures?.responseLengths.count ?? 0)
        if !requestCookie.isEmpty { requestCookie.removeAll(keepingCapacity: true) }
        if !responseCookie.isEmpty { responseCookie.removeAll(keepingCapacity: true) }
        if !uniqueID.isEmpty { uniqueID.removeAll(keepingCapacity: true) }
        logLevel = nil
        rulesSeen = 0
        isWaiting = false
        receivedSource = nil
        destination = nil
        serverEnds = nil
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

    public init() {}

    public init(_ names: VariableNames) {
        processVariables = names.count(.process)
        sessionVariables = names.count(.session)
        transactionVariables = names.count(.transaction)
        requestVariables = names.count(.request)
        responseVariables = names.count(.response)
    }
}

/// The places of a frontend's captures: most bytes of each. One for each worker.
public final class CaptureLayout: Sendable {
    public let requestLengths: [Int]
    public let responseLengths: [Int]

    public init(request: [Int], response: [Int]) {
        requestLengths = request
        responseLengths = response
    }
}

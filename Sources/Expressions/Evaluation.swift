public import Core
public import HTTP

/// Where expressions, conditions and rules run: one for each worker.
///
/// The engine lends it an arena, whose first bytes are a copy of the head, and the head's fields. All
/// bytes of samples lie in that arena, and so do the values that rules give to fields; it is cut back
/// when the message has been written.
public struct Evaluation: ~Copyable {
    /// The head, and behind it all that expressions made.
    public var arena = Buffer()
    public var fields = HeaderTable(limit: 1)
    /// The request's head, while that is what `arena` and `fields` hold.
    public var requestHead: RequestHead?
    /// The answer's head, likewise.
    public var responseHead: ResponseHead?
    public var client = PeerAddress.unnamed
    /// Nanoseconds since 1970.
    public var realtime: Int64 = 0
    public var transaction: Transaction?
    public var session: SessionVariables?
    /// Variables of the check that runs.
    public var check: SessionVariables?
    /// The engine, while rules run.
    public var host: (any EvaluationHost)?
    /// The method that the client sent, once a rule has set another one.
    public var receivedMethod: Bytes?
    /// Whether a rule has changed the message.
    public var hasEdits = false
    /// Bytes that rules have made the head longer by, and may at most: the room that `tune.maxrewrite` keeps, and
    /// what the message leaves of its buffer.
    public var growth = 0
    public var growthLimit = Int.max
    /// Whether lines of an interim answer wait to be sent.
    public var hasHints = false
    /// Bytes of the input that belong to this request.
    public var contentLength = 0
    /// Bytes of a connection as they came, while rules look at them; nil: a parsed message lies in the arena.
    public var content: RawContent?
    /// No more bytes and no more time will come: what is not there now will not be.
    public var isFinal = true
    /// Where `isFinal` is not: a fetch that was asked would have given something else later.
    var mayChange = false
    /// A condition needs what would take too long now: it has to be looked at again in another turn.
    public var awaitsTurn = false
    /// The term of the condition that needs it, from which the condition goes on.
    public var awaitedTerm = 0
    /// Only a rule's condition runs: it can be looked at again.
    public var looksAtCondition = false
    /// `strict-mode` of the list that runs, or that goes on after a wait.
    public var isStrict = true
    /// Changes of the message for which there was no room.
    public var failedRewrites = 0
    /// Rules of the list that ran before while it was looked at with fewer bytes.
    public var rulesSeen = 0
    let scratch = Regex.Scratch()
    let digests = Cryptography.Digests()
    let ciphers = Cryptography.Ciphers()
    let verifier = Cryptography.Verifier()
    private var randomState: UInt64

    // Where an ACL is among the values of a fetch.
    var cursorField = 0
    var cursorOffset = 0
    /// Whether asking again may give another value.
    var hasMore = false

    public init(seed: UInt64) {
        randomState = seed | 1
    }

    /// Runs an expression. nil: there is no value.
    public mutating func evaluate(_ expression: SampleExpression) -> Sample? {
        beginValues()
        return value(of: expression, isIterating: false)
    }

    mutating func beginValues() {
        cursorField = 0
        cursorOffset = 0
        hasMore = false
    }

    /// The next value; `hasMore` tells whether there may be one behind it.
    mutating func value(of expression: SampleExpression, isIterating: Bool) -> Sample? {
        guard var sample = fetch(expression, isIterating: isIterating) else { return nil }
        var index = 0
        while index < expression.converters.count {
            guard let next = convert(sample, expression.converters[index], expression) else {
                return nil
            }
            sample = next
            index &+= 1
        }
        return sample
    }

    /// Takes room for bytes that a rule adds to the head; false where there is too little.
    @inline(__always)
    public mutating func takeRoom(_ bytes: Int) -> Bool {
        let (sum, overflows) = growth.addingReportingOverflow(bytes)
        guard !overflows, sum <= growthLimit || bytes <= 0 else { return false }
        growth = sum
        return true
    }

    /// The bytes of a part of the arena.
    @inline(__always) @_lifetime(borrow self)
    public func bytes(_ range: Bytes) -> RawSpan { arena.bytes.extracting(range.range) }

    // MARK: Variables

    mutating func load(_ variable: Variable) -> Sample? {
        switch variable.scope {
        case .session: return session?.store.load(variable.slot, into: &arena)
        case .transaction: return transaction?.transaction.load(variable.slot, into: &arena)
        case .request: return transaction?.request.load(variable.slot, into: &arena)
        case .response: return transaction?.response.load(variable.slot, into: &arena)
        case .process: return host?.value(of: variable.slot).flatMap { $0.load(into: &arena) }
        case .check: return check?.store.load(variable.slot, into: &arena)
        }
    }

    /// Gives a variable a value, or takes it away. False: there is no room.
    public mutating func set(_ variable: Variable, to sample: Sample?) -> Bool {
        switch variable.scope {
        case .session:
            guard let session else { return false }
            return Evaluation.store(sample, variable.slot, in: &session.store, arena.bytes)
        case .transaction:
            guard let transaction else { return false }
            return Evaluation.store(
                sample, variable.slot, in: &transaction.transaction, arena.bytes)
        case .request:
            guard let transaction else { return false }
            return Evaluation.store(sample, variable.slot, in: &transaction.request, arena.bytes)
        case .response:
            guard let transaction else { return false }
            return Evaluation.store(sample, variable.slot, in: &transaction.response, arena.bytes)
        case .process:
            guard let host else { return false }
            return host.keep(
                sample.map { KeptValue($0, from: arena.bytes) }, as: variable.slot)
        case .check:
            guard let check else { return false }
            return Evaluation.store(sample, variable.slot, in: &check.store, arena.bytes)
        }
    }

    private static func store(
        _ sample: Sample?, _ slot: Int32, in store: inout VariableStore, _ arena: RawSpan
    ) -> Bool {
        guard let sample else {
            store.remove(slot)
            return true
        }
        return store.store(sample, slot, from: arena)
    }

    // MARK: Chance

    /// xorshift64*: nothing secret is made of it.
    mutating func random() -> UInt64 {
        randomState ^= randomState >> 12
        randomState ^= randomState << 25
        randomState ^= randomState >> 27
        return randomState &* 0x2545_f491_4f6c_dd1d
    }
}

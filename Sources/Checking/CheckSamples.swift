public import Core
public import Expressions
public import HTTP

/// Evaluates what checks make of samples: `set-var`, formats. One for each thread that checks, used by one
/// conversation at a time.
public final class CheckSamples {
    private var evaluation: Evaluation
    private let pool: BufferPool
    /// What an expression sees of the body.
    private var body: Range<Int> = 0..<0
    private var answer: [UInt8] = []
    /// Those of the snapshot that the conversation belongs to, while something is evaluated.
    private var processVariables: (any CheckVariables)?

    /// `seed`: any bits, for `rand`.
    public init(pool: BufferPool, seed: UInt64) {
        self.pool = pool
        evaluation = Evaluation(seed: seed)
        evaluation.fields = HeaderTable()
    }

    /// What is known while something is evaluated.
    struct Circumstances {
        /// All that has come since the last request, head and body.
        var answer: [UInt8]
        var isHTTP: Bool
        var variables: SessionVariables
        /// nil: variables of the process have no value.
        var processVariables: (any CheckVariables)?
        /// Nanoseconds since 1970.
        var realtime: Int64
    }

    /// What a format gives; nil where it is longer than a buffer.
    func bytes(of format: CheckFormat, _ circumstances: Circumstances) -> [UInt8]? {
        evaluate(circumstances) { evaluation in
            guard let range = evaluation.write(format.template) else { return nil }
            let bytes = evaluation.bytes(range).array()
            return format.isHexadecimal ? CheckFormat.bytes(ofHexadecimal: bytes) : bytes
        }
    }

    /// A number that an expression gives.
    func integer(of expression: SampleExpression, _ circumstances: Circumstances) -> Int? {
        evaluate(circumstances) { evaluation in
            guard let sample = evaluation.evaluate(expression),
                let range = evaluation.textRange(sample)
            else { return nil }
            return Int(evaluation.bytes(range).text())
        }
    }

    /// Gives a variable a value, or takes it away where there is none.
    func set(_ variable: Variable, to value: CheckValue, _ circumstances: Circumstances) {
        circumstances.variables.store.grow(to: Int(variable.slot) + 1)
        _ = evaluate(circumstances) { evaluation -> Bool? in
            switch value {
            case .expression(let expression):
                return evaluation.set(variable, to: evaluation.evaluate(expression))
            case .format(let template):
                let text = evaluation.write(template)
                return evaluation.set(variable, to: text.map { .string($0) })
            case .none: return evaluation.set(variable, to: nil)
            }
        }
    }

    private func evaluate<Value>(
        _ circumstances: Circumstances, _ body: (inout Evaluation) -> Value?
    ) -> Value? {
        pool.lend(.bulk, to: &evaluation.arena)
        answer = circumstances.answer
        defer {
            evaluation.responseHead = nil
            evaluation.content = nil
            evaluation.check = nil
            evaluation.host = nil
            pool.reclaim(&evaluation.arena)
            answer = []
            processVariables = nil
        }
        evaluation.realtime = circumstances.realtime
        evaluation.check = circumstances.variables
        processVariables = circumstances.processVariables
        guard evaluation.arena.append(contentsOf: answer) else { return nil }
        if circumstances.isHTTP {
            var progress = HeadProgress()
            let parse = answer.withBytes {
                HeadParser.response($0, progress: &progress, into: &evaluation.fields)
            }
            if case .complete(let head) = parse {
                evaluation.responseHead = head
                self.body = head.byteCount..<answer.count
            }
        } else {
            evaluation.content = RawContent(side: .response, count: answer.count)
        }
        evaluation.host = self
        return body(&evaluation)
    }
}

/// Only the answer is known: checks have no client, and formats of theirs no fields of log lines.
extension CheckSamples: EvaluationHost {
    public var hasRequestLine: Bool { false }
    public var destination: PeerAddress { .unnamed }

    public func number(_ number: EngineNumber, reference: Int32) -> Int64? { nil }
    public func append(_ text: EngineText, to arena: inout Buffer) -> Bool { false }
    public func append(_ field: LogField, _ flags: LogFlags, to arena: inout Buffer) -> Bool {
        true
    }

    public func value(of processVariable: Int32) -> KeptValue? {
        processVariables?.value(of: processVariable)
    }

    public func keep(_ value: KeptValue?, as processVariable: Int32) -> Bool {
        processVariables?.set(processVariable, to: value) ?? false
    }

    public func appendBody(
        of side: Fetch.Side, answer head: ResponseHead?, to arena: inout Buffer
    ) -> Bool {
        guard side == .response, head != nil else { return false }
        return arena.append(contentsOf: Array(answer[body]))
    }
}

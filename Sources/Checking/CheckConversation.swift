public import Core
internal import Expressions
public import HTTP

/// One run of a script: what happened goes in, what to do next comes out.
///
/// The owner of the connection keeps the input buffer, whose capacity is the bound for an answer. It empties the
/// buffer before it connects or sends.
public struct CheckConversation {
    /// What the script wants.
    public enum Next: Sendable, Equatable {
        /// A new connection in place of the old one.
        case connect(CheckConnection)
        /// `output`, then `sent`.
        case send
        /// More of the answer.
        case receive
        case finished(CheckVerdict)
    }

    /// What a step says about the bytes so far.
    private enum Outcome {
        case waits
        case passed
        case finished(CheckVerdict)
    }

    let script: CheckScript
    private let acceptsNotFound: Bool
    private let serverState: String?
    /// The current step; -1: the connection before the first one.
    var index = -1
    private var isConnecting = true
    /// What is to be sent now.
    public private(set) var output: [UInt8] = []

    private var isHeadRequest = false
    private var progress = HeadProgress()
    private var head: ResponseHead?
    private var framing: BodyFraming?
    private var reason = ""
    /// The fields of the head, where a rule looks at them.
    private var fields: [CheckFieldMatch.Field] = []
    /// What a ready-made check found at last.
    private var serviceVerdict: CheckVerdict?
    /// What the agent said.
    public private(set) var agentReply: AgentReply?
    /// `on-success` of the last rule, made while its answer was there.
    private var passedText = ""
    /// Only where the script uses samples.
    let samples: CheckSamples?
    let variables: SessionVariables?
    /// Of the process; its names are those of the configuration that the script comes from.
    let processVariables: (any CheckVariables)?
    let realtime: Int64
    /// The head of the answer once it has left the buffer.
    private var keptHead: [UInt8] = []
    /// The answer that samples are taken of.
    var answer: [UInt8] = []

    /// `acceptsNotFound`: `disable-on-404`, and the server is not down. `serverState`: with `send-state`.
    /// `samples`: for scripts that use them. `realtime`: nanoseconds since 1970.
    public init(
        _ script: CheckScript, acceptsNotFound: Bool = false, serverState: String? = nil,
        samples: CheckSamples? = nil, processVariables: (any CheckVariables)? = nil,
        realtime: Int64 = 0
    ) {
        self.samples = script.usesSamples ? samples : nil
        variables = script.usesSamples ? SessionVariables() : nil
        self.processVariables = script.usesSamples ? processVariables : nil
        self.realtime = realtime
        self.script = script
        self.acceptsNotFound = acceptsNotFound
        self.serverState = serverState
    }

    /// Whether nothing is said or expected once a connection stands.
    public var endsWithConnection: Bool {
        script.steps.allSatisfy { $0.action.isConnect || $0.action.isSilent }
    }

    /// Whether the server has to speak first once the connection stands.
    public var listensFirst: Bool {
        for step in script.steps.dropFirst(index + 1) {
            switch step.action {
            case .comment, .set: continue
            case .expect: return true
            case .connect, .send, .sendFormat, .request, .requestFormat: return false
            }
        }
        return false
    }

    // MARK: What happened

    /// To be called once, first.
    public mutating func begin() -> Next {
        script.connectsFirst ? .connect(.standard) : advance()
    }

    public mutating func connected() -> Next {
        isConnecting = false
        return advance()
    }

    /// All of `output` was taken.
    public mutating func sent() -> Next {
        output = []
        return advance()
    }

    /// New bytes stand in `input`. `isLast`: the server sends no more. `fields` is scratch space.
    public mutating func received(
        _ input: inout Buffer, isLast: Bool, fields: inout HeaderTable
    ) -> Next {
        while script.steps.indices.contains(index),
            case .expect(let expectation) = script.steps[index].action
        {
            let isFinal = isLast || input.isLent && input.room == 0
            if samples != nil { answer = keptHead + input.bytes.array() }
            guard let expectation = expectation.resolved(bytes(of:)) else {
                return .finished(
                    CheckVerdict(
                        .layer7Invalid, text: "log-format string evaluates to an empty string"))
            }
            let outcome =
                script.style == .http
                ? httpOutcome(expectation, &input, isFinal, &fields)
                : streamOutcome(expectation, input.bytes, isFinal: isFinal)
            switch outcome {
            case .waits: return .receive
            case .finished(let verdict): return .finished(verdict)
            case .passed:
                let next = advance()
                guard next == .receive else { return next }
            }
        }
        return .receive
    }

    /// The connection failed, or broke. `reason`: the system's sentence.
    public func failed(_ reason: String) -> CheckVerdict {
        CheckVerdict(isConnecting ? .layer4Problem : .socketError, text: reason + place)
    }

    /// Time is up.
    public func timedOut() -> CheckVerdict {
        if isConnecting { return CheckVerdict(.layer4Timeout, text: place) }
        var status = CheckStatus.layer7Timeout
        if script.steps.indices.contains(index),
            case .expect(let expectation) = script.steps[index].action
        {
            status = expectation.timeoutStatus ?? status
            if case .service(let reply) = expectation.pattern { status = reply.timeoutStatus }
        }
        return CheckVerdict(status, text: place)
    }

    // MARK: Steps

    private mutating func advance() -> Next {
        index += 1
        while index < script.steps.count {
            switch script.steps[index].action {
            case .comment: index += 1
            case .set(let variable, let value):
                if let samples, let circumstances {
                    samples.set(variable, to: value, circumstances)
                }
                index += 1
            case .connect(let connection):
                isConnecting = true
                return .connect(connection)
            case .send(let bytes):
                output = bytes
                return .send
            case .sendFormat(let format):
                guard let made = bytes(of: format), !made.isEmpty else {
                    return .finished(
                        CheckVerdict(
                            .layer7Invalid, text: "log-format string evaluates to an empty string"))
                }
                output = made
                return .send
            case .request(let request): return ask(request)
            case .requestFormat(let format): return ask(format.request(bytes(of:)))
            case .expect: return .receive
            }
        }
        return .finished(success)
    }

    private mutating func ask(_ request: CheckRequest) -> Next {
        output = request.bytes(state: serverState)
        isHeadRequest = request.isHead
        head = nil
        framing = nil
        progress = HeadProgress()
        keptHead = []
        return .send
    }

    private var success: CheckVerdict {
        switch script.style {
        case .connect: return CheckVerdict(.layer4Passed)
        case .tcp:
            let actions = script.steps.map(\.action).filter { !$0.isSilent }
            if actions.isEmpty { return CheckVerdict(.layer4Passed) }
            guard let last = actions.last, !last.isConnect else {
                return CheckVerdict(.layer4Passed, text: "(tcp-check)")
            }
            guard case .expect(let expectation) = last else {
                return CheckVerdict(.layer7Passed, text: "(tcp-check)")
            }
            return CheckVerdict(
                expectation.passedStatus ?? .layer7Passed,
                text: expectation.passedText == nil ? "(tcp-check)" : passedText)
        case .service: return serviceVerdict ?? CheckVerdict(.layer7Passed)
        case .http:
            var status = CheckStatus.layer7Passed
            for step in script.steps {
                if case .expect(let expectation) = step.action {
                    status = expectation.passedStatus ?? .layer7Passed
                }
            }
            return CheckVerdict(status, code: Int(head?.status ?? 0), text: passedText)
        }
    }

    // MARK: Expectations

    private mutating func streamOutcome(
        _ expectation: CheckExpectation, _ bytes: RawSpan, isFinal: Bool
    ) -> Outcome {
        guard case .service(let reply) = expectation.pattern else {
            let outcome = bytesOutcome(expectation, bytes, isFinal: isFinal)
            if case .passed = outcome { passedText = text(expectation.passedText, bytes) }
            return outcome
        }
        if bytes.isEmpty && isFinal {
            return .finished(
                CheckVerdict(
                    reply.emptyStatus, text: "TCPCHK got an empty response at step \(index + 1)"))
        }
        if reply == .agent {
            guard let said = AgentReply(bytes, isFinal: isFinal) else { return .waits }
            agentReply = said
            return .finished(said.verdict)
        }
        switch reply.read(bytes, isFinal: isFinal) {
        case .waits: return .waits
        case .failed(let verdict): return .finished(verdict)
        case .passed(let verdict):
            // What a greeting said is kept where the reply says no more.
            let text = verdict.text.isEmpty ? serviceVerdict?.text ?? "" : verdict.text
            serviceVerdict = CheckVerdict(verdict.status, code: verdict.code, text: text)
            return .passed
        }
    }

    private func bytesOutcome(
        _ expectation: CheckExpectation, _ bytes: RawSpan, isFinal: Bool
    ) -> Outcome {
        if bytes.isEmpty && isFinal {
            return rejected(expectation, "TCPCHK got an empty response at step \(index + 1)")
        }
        if !isFinal, let least = expectation.minimumReceived, bytes.byteCount < least {
            return .waits
        }
        let matches = expectation.matches(bytes)
        if !matches && !isFinal && expectation.minimumReceived == nil { return .waits }
        if matches != expectation.isNegated { return .passed }
        let what = matches ? "matched unwanted content" : "did not match content"
        return rejected(
            expectation, "TCPCHK \(what) \(expectation.contentName) at step \(index + 1)",
            answer: bytes)
    }

    private mutating func httpOutcome(
        _ expectation: CheckExpectation, _ input: inout Buffer, _ isFinal: Bool,
        _ fields: inout HeaderTable
    ) -> Outcome {
        if head == nil {
            switch HeadParser.response(input.bytes, progress: &progress, into: &fields) {
            case .complete(let complete):
                head = complete
                keepFields(input.bytes, fields)
            case .needsMore:
                return isFinal ? .finished(CheckVerdict(.layer7Invalid)) : .waits
            case .malformed: return .finished(CheckVerdict(.layer7Invalid))
            }
        }
        guard let head else { return .waits }
        if acceptsNotFound && head.status == 404 {
            return .finished(CheckVerdict(.layer7Conditional, code: 404))
        }
        if case .field(let match) = expectation.pattern {
            let matches = match.matches(self.fields)
            if matches != expectation.isNegated {
                passedText = text(expectation.passedText, input.bytes)
                return .passed
            }
            return rejected(
                expectation, "HTTP header pattern did not match", answer: input.bytes)
        }
        return expectation.looksAtStatus
            ? statusOutcome(expectation, head, input.bytes)
            : bodyOutcome(expectation, head, &input, isFinal)
    }

    private mutating func statusOutcome(
        _ expectation: CheckExpectation, _ head: ResponseHead, _ bytes: RawSpan
    ) -> Outcome {
        if expectation.matches(status: Int(head.status)) != expectation.isNegated {
            passedText = text(expectation.passedText, bytes)
            return .passed
        }
        // The head leaves the buffer with the first look at the body.
        let reason = framing == nil ? bytes.extracting(head.reasonRange).text() : reason
        return rejected(
            expectation, reason, usually: .layer7WrongStatus, code: Int(head.status), answer: bytes)
    }

    private mutating func bodyOutcome(
        _ expectation: CheckExpectation, _ head: ResponseHead, _ input: inout Buffer,
        _ isFinal: Bool
    ) -> Outcome {
        if framing == nil {
            reason = input.bytes.extracting(head.reasonRange).text()
            if samples != nil { keptHead = input.bytes.extracting(first: head.byteCount).array() }
            input.consume(head.byteCount)
            input.compact()
            // A 1.0 client gets no chunk sizes between the bytes.
            framing = BodyFraming(
                response: head, to: isHeadRequest ? .head : .get, version: .http10, upgrade: false)
        }
        guard var body = framing else { return .finished(CheckVerdict(.layer7Invalid)) }
        var isFinal = isFinal
        switch body.advance(over: &input) {
        case .moving: break
        case .ended: isFinal = true
        case .malformed: return .finished(CheckVerdict(.layer7Invalid))
        }
        framing = body
        if body.ready == 0 {
            guard isFinal else { return .waits }
            return rejected(expectation, "HTTP content check could not find a response body")
        }
        let matches = expectation.matches(input.bytes.extracting(first: body.ready))
        if !matches && !isFinal { return .waits }
        if matches != expectation.isNegated {
            passedText = text(expectation.passedText, input.bytes)
            return .passed
        }
        return rejected(
            expectation,
            matches
                ? "HTTP check matched unwanted content" : "HTTP content check did not match",
            answer: input.bytes)
    }

    private func rejected(
        _ expectation: CheckExpectation, _ text: String,
        usually status: CheckStatus = .layer7Invalid, code: Int = 0, answer: RawSpan? = nil
    ) -> Outcome {
        var text = text
        if let own = expectation.failedText, let answer { text = self.text(own, answer) }
        var code = code
        if let own = expectation.code, let samples, let circumstances {
            code = samples.integer(of: own, circumstances) ?? code
        }
        let comment = comment.map { " comment: \($0)" } ?? ""
        return .finished(
            CheckVerdict(expectation.failedStatus ?? status, code: code, text: text + comment))
    }

    private mutating func keepFields(_ bytes: RawSpan, _ table: borrowing HeaderTable) {
        fields = []
        let isNeeded = script.steps.contains { step in
            if case .expect(let expectation) = step.action, case .field = expectation.pattern {
                true
            } else {
                false
            }
        }
        guard isNeeded else { return }
        for index in 0..<table.count {
            fields.append(
                CheckFieldMatch.Field(
                    name: bytes.extracting(table[index].nameRange).text(),
                    value: bytes.extracting(table[index].valueRange).text()))
        }
    }
}

import Core
public import Expressions
import HTTP

/// What a list of rules came to.
public enum RuleVerdict: Sendable {
    /// All of them ran, or one said that it is enough.
    case passed
    case denied(Reply)
    case tarpitted(Reply)
    case answered(LocalAnswer)
    /// `return` with a page of the proxy, or with silence.
    case answeredPage(Reply)
    case unauthorized(Challenge)
    case rejected
    case dropped
    case served(RuleService)
    case closed
    /// Only more bytes, or the end of the wait for them, can decide: `rulesSeen` says how far it came.
    case waits
    /// The rules go on at this index when the wait is over.
    case suspends(RuleWait, next: Int)
    /// A change did not fit: 500 under `strict-mode`.
    case failed
    /// The request is none: 400.
    case invalid
}

/// What rules wait for.
public enum RuleWait: Sendable, BitwiseCopyable {
    case body(BodyWait)
    case pause(nanoseconds: Int64)
    /// For its turn: the rule is looked at again.
    case turn
}

extension Evaluation {
    /// Runs rules in order, from one of them on.
    public mutating func run(_ list: RuleList, from first: Int = 0) -> RuleVerdict {
        if first == 0 { isStrict = true }
        var index = first
        while index < list.steps.count {
            let step = list.steps[index]
            if let condition = step.condition {
                if isFinal {
                    looksAtCondition = true
                    let isMet = condition.use { holds($0) }
                    looksAtCondition = false
                    if awaitsTurn {
                        awaitsTurn = false
                        return .suspends(.turn, next: index)
                    }
                    guard isMet else {
                        index &+= 1
                        continue
                    }
                } else {
                    switch condition.use({ truth(of: $0) }) {
                    case .yes: break
                    case .open:
                        rulesSeen = max(rulesSeen, index)
                        return .waits
                    case .no:
                        index &+= 1
                        continue
                    }
                }
            }
            switch step.action {
            case .edit(let edit):
                hasEdits = true
                if !edit.use({ apply($0) }), failsRewrite() { return .failed }
                index &+= 1
                continue
            case .setVariable(let variable, let expression, let conditions):
                expression.use { set(variable, to: $0, if: conditions) }
                index &+= 1
                continue
            case .other: break
            }
            switch list.rules[index].action {
            case .allow: return .passed
            case .deny(let reply): return .denied(reply)
            case .tarpit(let reply): return .tarpitted(reply)
            case .reply(let reply):
                if reply.isPage || reply.isSilent { return .answeredPage(reply) }
                guard let answer = write(reply) else { return .failed }
                return .answered(answer)
            case .redirect(let redirect):
                switch write(redirect) {
                case .answer(let answer): return .answered(answer)
                case .ignored: break
                case .failed: return .failed
                }
            case .reject: return .rejected
            case .silentDrop: return .dropped
            case .service(let service): return .served(service)
            case .close: return .closed
            case .setMethod(let template):
                hasEdits = true
                if !setMethod(template), failsRewrite() { return .failed }
            case .setTarget(let part, let template):
                hasEdits = true
                if !setTarget(part, template), failsRewrite() { return .failed }
            case .replaceTarget(let part, let substitution):
                hasEdits = true
                if !replaceTarget(part, substitution), failsRewrite() { return .failed }
            case .setStatus(let line):
                if !setStatus(line), failsRewrite() { return .failed }
            case .formatVariable(let variable, let template, let conditions):
                let saved = arena.count
                if let range = write(template) {
                    set(variable, to: .string(range), if: conditions)
                }
                arena.truncate(by: arena.count - saved)
            case .unsetVariable(let variable): _ = set(variable, to: nil)
            case .capture(let capture): keep(capture)
            case .setLogLevel(let level): transaction?.logLevel = level
            case .strictMode(let value): isStrict = value
            case .setAddress(let part, let expression): setAddress(part, expression)
            case .expectProxyHeader: host?.expectProxyHeader()
            case .track(let tracking):
                if !track(tracking.expression, tracking.slot, in: tracking.table) {
                    rulesSeen = max(rulesSeen, index)
                    return .waits
                }
            case .change(let kind, let amount):
                // A list that is looked at again must not count again.
                if index >= rulesSeen { change(kind, amount) }
            case .changePatterns(let change): if index >= rulesSeen { apply(change) }
            case .authenticate(let challenge): return .unauthorized(challenge)
            case .awaitBody(let wait): return .suspends(.body(wait), next: index &+ 1)
            case .pause(let time):
                let nanoseconds = value(of: time)
                if nanoseconds > 0 {
                    return .suspends(.pause(nanoseconds: nanoseconds), next: index &+ 1)
                }
            case .setTimeout, .setSocket, .setNumber, .disableRetry:
                act(list.rules[index].action)
            case .earlyHint:
                act(list.rules[index].action)
                // As HAProxy: a hint that surely follows goes into the same answer.
                let next = index &+ 1
                if next == list.rules.count || !list.rules[next].action.isHint
                    || list.rules[next].condition != nil
                {
                    sendHints()
                }
            case .normalize(let normalizer):
                hasEdits = true
                switch normalize(normalizer) {
                case .done: break
                case .invalid: return .invalid
                case .full: if failsRewrite() { return .failed }
                }
            // `step.action` has them.
            case .edit, .setVariable: break
            case .nothing: break
            }
            index &+= 1
        }
        return .passed
    }

    private mutating func set(
        _ variable: Variable, to expression: SampleExpression, if conditions: VariableConditions
    ) {
        let saved = arena.count
        if let sample = evaluate(expression) { set(variable, to: sample, if: conditions) }
        arena.truncate(by: arena.count - saved)
    }

    /// Counts a change that did not fit; true: the rules fail with it.
    private mutating func failsRewrite() -> Bool {
        failedRewrites += 1
        return isStrict
    }

    private mutating func sendHints() {
        guard hasHints else { return }
        hasHints = false
        host?.perform(.sendHints, arena.bytes)
    }

    /// The first route whose condition holds, by its index.
    public mutating func route(_ rules: [RouteRule]) -> Int? {
        var index = 0
        while index < rules.count {
            guard let condition = rules[index].test else { return index }
            if condition.use({ holds($0) }) { return index }
            index &+= 1
        }
        return nil
    }

    private mutating func change(_ change: StickChange, _ amount: StickAmount) {
        switch amount {
        case .number(let number): host?.change(change, by: number)
        case .sample(let expression):
            let saved = arena.count
            if let sample = evaluate(expression),
                case .integer(let number) = cast(sample, to: .integer)
            {
                host?.change(change, by: number)
            }
            arena.truncate(by: arena.count - saved)
        }
    }

    private mutating func setAddress(_ part: AddressPart, _ expression: SampleExpression) {
        let saved = arena.count
        if let sample = evaluate(expression), let value = cast(sample, to: part.type) {
            if let host { client = host.set(part, to: value) }
        }
        arena.truncate(by: arena.count - saved)
    }

    /// Keeps a sample in a place of the frontend that the request came by; not all have that place.
    private mutating func keep(_ capture: Capture) {
        guard let transaction, let layout = transaction.captures else { return }
        let isRequest = capture.side == .request
        let slot = Int(capture.slot)
        let lengths = isRequest ? layout.requestLengths : layout.responseLengths
        guard lengths.indices.contains(slot) else { return }
        let saved = arena.count
        if let sample = evaluate(capture.expression), let range = textRange(sample) {
            let start = Int(range.start)
            let kept = Bytes(start..<start + min(range.count, lengths[slot]))
            if isRequest {
                _ = transaction.requestCaptures.store(
                    .string(kept), capture.slot, from: arena.bytes)
            } else {
                _ = transaction.responseCaptures.store(
                    .string(kept), capture.slot, from: arena.bytes)
            }
        }
        arena.truncate(by: arena.count - saved)
    }
}

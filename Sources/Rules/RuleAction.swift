public import Core
public import Expressions
import HTTP

/// What a rule does.
public enum RuleAction: Sendable {
    // Actions that end the evaluation.
    case allow
    case deny(Reply)
    case tarpit(Reply)
    case reply(Reply)
    case redirect(Redirect)
    case reject
    case silentDrop
    /// `use-service`
    case service(RuleService)
    /// `tcp-response content close`: the server's side ends, what it has sent goes on.
    case close
    /// `auth`: 401 with this `WWW-Authenticate` field, a whole line.
    case authenticate(Challenge)
    // Actions that wait.
    case awaitBody(BodyWait)
    /// Nanoseconds.
    case pause(TimeValue)
    // Actions that change the message.
    case edit(FieldEdit)
    case setMethod(Template)
    case setTarget(TargetPart, Template)
    case replaceTarget(TargetPart, Substitution)
    case setStatus(StatusLine)
    // Actions that keep something.
    case setVariable(Variable, SampleExpression, VariableConditions)
    case formatVariable(Variable, Template, VariableConditions)
    case unsetVariable(Variable)
    case capture(Capture)
    case setLogLevel(UInt8)
    // Actions on the stream and its connection.
    case setTimeout(TimeoutKind, TimeValue)
    case setSocket(SocketSetting, UInt32)
    case disableRetry
    case setNumber(StreamNumber, NumberValue)
    case earlyHint(EarlyHint)
    case normalize(URINormalizer)
    case strictMode(Bool)
    case setAddress(AddressPart, SampleExpression)
    case expectProxyHeader
    case track(StickTracking)
    case change(StickChange, StickAmount)
    /// `set-map`, `del-map`, `add-acl`, `del-acl`
    case changePatterns(PatternChange)
    /// Accepted, and nothing to do here: `set-nice`.
    case nothing

    /// Whether rules behind it run only where its condition does not hold.
    public var isFinal: Bool {
        switch self {
        case .redirect(let redirect): !redirect.ignoresEmpty
        case .allow, .deny, .tarpit, .reply, .reject, .silentDrop, .close, .service,
            .authenticate:
            true
        default: false
        }
    }

    /// What it reads, as far as that decides what has to be there.
    public var needs: SampleNeeds {
        switch self {
        case .setVariable(_, let expression, _), .setAddress(_, let expression): expression.needs
        case .formatVariable(_, let template, _): template.format.needs
        case .setNumber(_, .sample(let expression)): expression.needs
        case .track(let tracking): tracking.expression.needs
        default: []
        }
    }

    var isHint: Bool {
        if case .earlyHint = self { true } else { false }
    }

    func copy() -> RuleAction {
        switch self {
        case .deny(let reply): .deny(reply.copy())
        case .tarpit(let reply): .tarpit(reply.copy())
        case .reply(let reply): .reply(reply.copy())
        case .redirect(let redirect): .redirect(redirect.copy())
        case .authenticate(let challenge): .authenticate(challenge.copy())
        case .pause(let time): .pause(time.copy())
        case .setTimeout(let kind, let time): .setTimeout(kind, time.copy())
        case .setNumber(let number, let value): .setNumber(number, value.copy())
        case .setAddress(let part, let expression): .setAddress(part, expression.copy())
        case .earlyHint(let hint): .earlyHint(hint.copy())
        case .edit(let edit): .edit(edit.copy())
        case .setMethod(let template): .setMethod(template.copy())
        case .setTarget(let part, let template): .setTarget(part, template.copy())
        case .replaceTarget(let part, let substitution): .replaceTarget(part, substitution.copy())
        case .setVariable(let variable, let expression, let conditions):
            .setVariable(variable, expression.copy(), conditions)
        case .formatVariable(let variable, let template, let conditions):
            .formatVariable(variable, template.copy(), conditions)
        case .track(let tracking): .track(tracking.copy())
        case .change(let change, .sample(let expression)):
            .change(change, .sample(expression.copy()))
        case .capture(let capture): .capture(capture.copy())
        case .changePatterns(let change): .changePatterns(change.copy())
        default: self
        }
    }
}

/// What answers a request inside the process because a rule says so.
public enum RuleService: String, Sendable, BitwiseCopyable, CaseIterable {
    case prometheus = "prometheus-exporter"
}

/// The parts of a request target that rules change.
public enum TargetPart: String, Sendable, BitwiseCopyable {
    case path, pathq, query, uri
}

/// A regular expression and what stands in the place of a match.
public final class Substitution: Sendable {
    let regex: Regex
    let replacement: Template

    public init(_ regex: Regex, _ replacement: Template) {
        self.regex = regex
        self.replacement = replacement
    }

    func copy() -> Substitution { Substitution(regex, replacement.copy()) }
}

/// `set-status`
public struct StatusLine: Sendable {
    public let status: UInt16
    public let reason: [UInt8]

    public init(status: UInt16, reason: [UInt8]) {
        self.status = status
        self.reason = reason
    }
}

/// `capture <sample>`: how much is kept is the place's matter.
public final class Capture: Sendable {
    let expression: SampleExpression
    let slot: Int32
    let side: Fetch.Side

    public init(_ expression: SampleExpression, slot: Int32, side: Fetch.Side) {
        self.expression = expression
        self.slot = slot
        self.side = side
    }

    func copy() -> Capture {
        Capture(expression.copy(), slot: slot, side: side)
    }
}

/// A change of header fields.
public final class FieldEdit: ConstantBytes, @unchecked Sendable {
    public enum Kind: Sendable {
        case add(Template)
        case set(Template)
        case delete
        /// Those whose names a method matches: `del-header X- -m beg`.
        case deleteMatching(PatternSet)
        /// The whole field, or each element of its list.
        case replace(Substitution, eachElement: Bool)
    }

    let kind: Kind
    /// The kind alone: asking `kind` itself costs a reference count.
    let step: Step
    /// Of `add` and `set`; otherwise of nothing.
    let value: Template
    private let name: String
    let facts: NameFacts

    enum Step: UInt8, Sendable, BitwiseCopyable { case add, set, delete, other }

    /// The object's bytes are the name.
    public init(_ name: String, _ kind: Kind) {
        self.kind = kind
        self.name = name
        facts = Array(name.utf8).withBytes { NameFacts($0) }
        switch kind {
        case .add(let template): (step, value) = (.add, template)
        case .set(let template): (step, value) = (.set, template)
        case .delete: (step, value) = (.delete, Template(LogFormat()))
        case .deleteMatching, .replace: (step, value) = (.other, Template(LogFormat()))
        }
        super.init(Array(name.utf8))
    }

    func copy() -> FieldEdit {
        switch kind {
        case .add(let template): FieldEdit(name, .add(template.copy()))
        case .set(let template): FieldEdit(name, .set(template.copy()))
        case .replace(let substitution, let each):
            FieldEdit(name, .replace(substitution.copy(), eachElement: each))
        case .delete, .deleteMatching: FieldEdit(name, kind)
        }
    }
}

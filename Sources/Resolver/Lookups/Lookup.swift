package import Configuration
package import Core

/// The lookups of one name, one after the other, without I/O: when to ask what, and what is known.
///
/// All name servers are asked at once. The first answer with records ends a lookup; answers without end it when every
/// server has given one; silence is asked again, `resolve_retries` times in all.
package struct Lookup: Sendable {
    /// What is looked up.
    package enum Subject: Hashable, Sendable {
        /// Addresses of both families; the other one is asked for when the first has none.
        case addresses(DNSName, prefersIPv4: Bool)
        case services(DNSName)

        package var name: DNSName {
            switch self {
            case .addresses(let name, _), .services(let name): name
            }
        }

        fileprivate var kinds: [DNSQuestion.Kind] {
            switch self {
            case .addresses(_, prefersIPv4: true): [.ipv4, .ipv6]
            case .addresses(_, prefersIPv4: false): [.ipv6, .ipv4]
            case .services: [.service]
            }
        }
    }

    /// How the last lookup ended.
    package enum Status: Sendable, Equatable {
        case none, valid, nameError, refused, timeout, other
    }

    private struct Asking {
        var kind = 0
        var triesLeft: Int
        /// Servers that have not answered this sending.
        var outstanding = 0
        /// What answers without records said; nil: none came.
        var complaint: Status?
    }

    private struct Seen<Value: Sendable>: Sendable {
        let value: Value
        var at: Instant
    }

    /// Addresses or services of an answer that are kept.
    static let resultLimit = 512

    package let subject: Subject
    package private(set) var status = Status.none
    /// When something must happen: a sending ends without answers, or the next lookup begins.
    package private(set) var deadline: Instant
    private var asking: Asking?
    private var validAt: Instant?
    private var seenAddresses: [Seen<IPAddress>] = []
    private var seenServices: [Seen<DNSReply.Service>] = []
    /// Addresses of services' targets that came with the answer.
    package private(set) var targets: [DNSName: [IPAddress]] = [:]

    package init(_ subject: Subject, startAt: Instant) {
        self.subject = subject
        deadline = startAt
    }

    package var addresses: [IPAddress] { seenAddresses.map(\.value) }
    package var services: [DNSReply.Service] { seenServices.map(\.value) }

    /// The question that is under way.
    package var question: DNSQuestion? {
        asking.map { DNSQuestion(subject.name, subject.kinds[$0.kind]) }
    }

    /// Whether what was found counts still, though the last lookup failed.
    package func holds(_ policy: ResolversSettings, now: Instant) -> Bool {
        guard let validAt else { return false }
        let hold =
            switch status {
            case .none, .valid: Duration.zero
            case .nameError: policy.holds.nameError
            case .refused: policy.holds.refused
            case .timeout: policy.holds.timeout
            case .other: policy.holds.other
            }
        return status == .valid || now - validAt < hold
    }

    // MARK: Events

    /// What the caller must do next.
    package enum Step: Sendable, Equatable {
        /// Ask `question` of every name server, then call `asked`.
        case ask
        /// The lookup is over: look at `status`.
        case ended
        case wait
    }

    /// `deadline` has come.
    package mutating func timerExpired(_ policy: ResolversSettings, now: Instant) -> Step {
        guard now >= deadline else { return .wait }
        guard var current = asking else {
            asking = Asking(triesLeft: max(policy.tries, 1))
            return .ask
        }
        if current.complaint != nil, askOtherKind(policy) { return .ask }
        current.triesLeft -= 1
        guard current.triesLeft > 0 else {
            return conclude(current.complaint ?? .timeout, policy, now)
        }
        asking = current
        return .ask
    }

    /// Goes on to the other family; false where there is none.
    private mutating func askOtherKind(_ policy: ResolversSettings) -> Bool {
        guard let current = asking, current.kind + 1 < subject.kinds.count else { return false }
        asking = Asking(kind: current.kind + 1, triesLeft: max(policy.tries, 1))
        return true
    }

    /// The question has gone out to `servers`; with none, the sending waits for its time all the same.
    package mutating func asked(servers: Int, _ policy: ResolversSettings, now: Instant) {
        asking?.outstanding = servers
        deadline = now + policy.retryTimeout
    }

    /// A name server has answered `question`.
    package mutating func received(
        _ reply: DNSReply, _ policy: ResolversSettings, now: Instant
    ) -> Step {
        guard asking != nil, let question else { return .wait }
        switch reply.code {
        case .success where question.kind == .service:
            let found = reply.services(of: subject.name)
            if found.isEmpty { return complain(.other, policy, now) }
            merge(found, into: &seenServices, policy, now)
            targets = [:]
            for service in found {
                let addresses = reply.addresses(of: service.target)
                if !addresses.isEmpty { targets[service.target] = addresses }
            }
        case .success:
            let found = reply.addresses(of: subject.name)
            if found.isEmpty { return complain(.other, policy, now) }
            merge(found, into: &seenAddresses, policy, now)
        case .nameError: return complain(.nameError, policy, now)
        case .refused: return complain(.refused, policy, now)
        case .other: return complain(.other, policy, now)
        }
        validAt = now
        return conclude(.valid, policy, now)
    }

    /// A name server's answer cannot be used, or none can come from it.
    package mutating func failed(_ policy: ResolversSettings, now: Instant) -> Step {
        asking == nil ? .wait : complain(.other, policy, now)
    }

    private mutating func complain(
        _ status: Status, _ policy: ResolversSettings, _ now: Instant
    ) -> Step {
        guard var current = asking else { return .wait }
        current.outstanding -= 1
        // That the name is not there says more than that somebody would not say.
        if current.complaint == nil || status == .nameError { current.complaint = status }
        asking = current
        guard current.outstanding <= 0 else { return .wait }
        if askOtherKind(policy) { return .ask }
        return conclude(current.complaint ?? status, policy, now)
    }

    private mutating func conclude(
        _ status: Status, _ policy: ResolversSettings, _ now: Instant
    ) -> Step {
        self.status = status
        asking = nil
        deadline = now + (status == .valid ? policy.holds.valid : policy.pause)
        return .ended
    }

    /// What is there now, in the answer's order, and behind it what went away less than `hold obsolete` ago.
    private func merge<Value: Hashable & Sendable>(
        _ found: [Value], into seen: inout [Seen<Value>], _ policy: ResolversSettings,
        _ now: Instant
    ) {
        let names = Set(found)
        let held = seen.filter { !names.contains($0.value) && now - $0.at < policy.holds.obsolete }
        seen = found.prefix(Lookup.resultLimit).map { Seen(value: $0, at: now) } + held
        if seen.count > Lookup.resultLimit { seen.removeLast(seen.count - Lookup.resultLimit) }
    }
}

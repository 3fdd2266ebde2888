import Core
public import Expressions

/// An action and when it is taken.
public struct Rule: Sendable {
    public let action: RuleAction
    public let condition: Condition?

    public init(_ action: RuleAction, if condition: Condition?) {
        self.action = action
        self.condition = condition
    }
}

/// The rules of one kind of one section, in order.
public final class RuleList: Sendable {
    /// Most rules of one list.
    public static let limit = 65_536

    public let rules: [Rule]
    /// The same rules, as they run.
    let steps: [RuleStep]

    public init(_ rules: [Rule]) {
        self.rules = rules
        steps = rules.map { RuleStep($0) }
    }

    public var isEmpty: Bool { rules.isEmpty }

    /// What its conditions and actions read.
    public var needs: SampleNeeds {
        rules.reduce(into: []) { needs, rule in
            needs.formUnion(rule.action.needs)
            if let condition = rule.condition { needs.formUnion(condition.needs) }
        }
    }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> RuleList {
        RuleList(rules.map { Rule($0.action.copy(), if: $0.condition?.copy()) })
    }
}

/// A `use_backend` or `use-server` line.
public struct RouteRule: Sendable {
    public enum Target: Sendable {
        /// Index of the proxy or server.
        case fixed(Int)
        /// `%[…]`: the name comes with the request.
        case named(Template)
    }

    public let target: Target
    public let condition: Condition?
    /// The condition, as it runs.
    let test: Uncounted<Condition>?

    public init(_ target: Target, if condition: Condition?) {
        self.target = target
        self.condition = condition
        test = condition.map { Uncounted($0) }
    }

    /// The same for another thread, which then counts references of its own.
    public func copy() -> RouteRule {
        switch target {
        case .fixed: RouteRule(target, if: condition?.copy())
        case .named(let name): RouteRule(.named(name.copy()), if: condition?.copy())
        }
    }
}

/// Everything that rules of one section do.
public struct ProxyRules: Sendable {
    public var tcpConnection: [Rule] = []
    public var tcpSession: [Rule] = []
    public var tcpContent: [Rule] = []
    /// `tcp-request inspect-delay`, nanoseconds; 0: rules see what is there.
    public var requestDelay: Int64 = 0
    public var tcpResponse: [Rule] = []
    /// `tcp-response inspect-delay`
    public var responseDelay: Int64 = 0
    public var httpRequest: [Rule] = []
    /// `redirect`, carried out behind `http-request`.
    public var redirects: [Rule] = []
    public var httpResponse: [Rule] = []
    public var httpAfterResponse: [Rule] = []
    /// `stats http-request`
    public var stats: [Rule] = []
    /// `stats admin`: the page may change servers where one of them holds.
    public var statsAdmin: [Condition] = []
    public var backends: [RouteRule] = []
    public var servers: [RouteRule] = []
    public var monitorFail: [Condition] = []
    /// `stick …`
    public var sticks: [StickRule] = []
    /// `force-persist`, `ignore-persist`
    public var persists: [PersistRule] = []

    public init() {}

    /// Whether there is none at all.
    public var isEmpty: Bool {
        tcpConnection.isEmpty && tcpSession.isEmpty && tcpContent.isEmpty && tcpResponse.isEmpty
            && httpRequest.isEmpty && redirects.isEmpty && stats.isEmpty
            && httpResponse.isEmpty && httpAfterResponse.isEmpty
            && backends.isEmpty && servers.isEmpty && monitorFail.isEmpty && sticks.isEmpty
            && persists.isEmpty && statsAdmin.isEmpty
    }
}

/// A `force-persist` or `ignore-persist` line.
public struct PersistRule: Sendable {
    /// Servers that are down are taken; otherwise nothing binds the request to a server.
    public let forces: Bool
    public let condition: Condition

    public init(forces: Bool, if condition: Condition) {
        self.forces = forces
        self.condition = condition
    }
}

internal import Configuration
internal import Core
internal import Expressions
internal import Rules

/// The rules of one proxy as one worker sees them: copies of its own, so that counting references never
/// touches a cache line that another worker writes.
final class WorkerRules {
    let connection: RuleList?
    let session: RuleList?
    let content: RuleList?
    /// What `content` and the routes read.
    let contentNeeds: SampleNeeds
    /// Nanoseconds that `content` may wait for.
    let requestDelay: Int64
    let tcpResponse: RuleList?
    let responseDelay: Int64
    let request: RuleList?
    let redirects: RuleList?
    let response: RuleList?
    let afterResponse: RuleList?
    let stats: RuleList?
    let statsAdmin: [Condition]
    let backends: [RouteRule]
    let servers: [RouteRule]
    let monitorFail: [Condition]
    let sticks: [StickRule]
    let persists: [PersistRule]

    /// Whether rules have a say in the choice of a server.
    var choosesServer: Bool { !servers.isEmpty || !sticks.isEmpty || !persists.isEmpty }

    init(_ rules: ProxyRules) {
        connection = WorkerRules.list(rules.tcpConnection)
        session = WorkerRules.list(rules.tcpSession)
        content = WorkerRules.list(rules.tcpContent)
        contentNeeds = (rules.backends + rules.servers).reduce(into: content?.needs ?? []) {
            if let condition = $1.condition { $0.formUnion(condition.needs) }
        }.union(rules.sticks.reduce(into: []) { $0.formUnion($1.expression.needs) })
        requestDelay = rules.requestDelay
        tcpResponse = WorkerRules.list(rules.tcpResponse)
        responseDelay = rules.responseDelay
        request = WorkerRules.list(rules.httpRequest)
        redirects = WorkerRules.list(rules.redirects)
        response = WorkerRules.list(rules.httpResponse)
        afterResponse = WorkerRules.list(rules.httpAfterResponse)
        stats = WorkerRules.list(rules.stats)
        statsAdmin = rules.statsAdmin.map { $0.copy() }
        backends = rules.backends.map { $0.copy() }
        servers = rules.servers.map { $0.copy() }
        persists = rules.persists.map { PersistRule(forces: $0.forces, if: $0.condition.copy()) }
        sticks = rules.sticks.map { $0.copy() }
        monitorFail = rules.monitorFail.map { $0.copy() }
    }

    private static func list(_ rules: [Rule]) -> RuleList? {
        rules.isEmpty ? nil : RuleList(rules).copy()
    }
}

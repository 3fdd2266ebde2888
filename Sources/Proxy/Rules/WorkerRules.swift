internal import Configuration
internal import Core
internal import Expressions
internal import Rules

/// The rules of one proxy as one worker sees them: copies of its own, so that counting references never
/// touches a cache line that another worker writes.
final class WorkerRules {
    let connection: RuleList?
    let request: RuleList?
    let redirects: RuleList?
    let response: RuleList?
    let afterResponse: RuleList?
    let backends: [RouteRule]
    let servers: [RouteRule]
    let monitorFail: [Condition]

    init(_ rules: ProxyRules) {
        connection = WorkerRules.list(rules.tcpConnection)
        request = WorkerRules.list(rules.httpRequest)
        redirects = WorkerRules.list(rules.redirects)
        response = WorkerRules.list(rules.httpResponse)
        afterResponse = WorkerRules.list(rules.httpAfterResponse)
        backends = rules.backends.map { RouteRule($0.target, if: $0.condition?.copy()) }
        servers = rules.servers.map { RouteRule($0.target, if: $0.condition?.copy()) }
        monitorFail = rules.monitorFail.map { $0.copy() }
    }

    private static func list(_ rules: [Rule]) -> RuleList? {
        rules.isEmpty ? nil : RuleList(rules).copy()
    }
}

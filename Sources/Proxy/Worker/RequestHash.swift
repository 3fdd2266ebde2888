internal import Balancing
internal import Configuration
internal import Expressions

/// What `balance` hashes of requests, as one worker sees it: nothing of it is shared, so that counting references
/// never touches a cache line that another worker writes.
final class RequestHash {
    /// A part of the target, or a header field; nil: `expression`.
    let key: HashKey?
    /// `balance hash`, `balance rdp-cookie`
    let expression: SampleExpression?
    /// An empty sample counts as none: that of `rdp-cookie`.
    let ignoresEmpty: Bool
    let method: HashMethod
    /// `url_param`: a parameter that the target has not may stand in the body of a POST.
    let searchesBody: Bool

    /// nil: the algorithm asks for nothing of a request.
    init?(_ settings: ProxySettings) {
        method = settings.hash
        ignoresEmpty = if case .remoteDesktop = settings.balance { true } else { false }
        switch settings.balance {
        case .request(let key):
            self.key = key.copy()
            expression = nil
            searchesBody = if case .parameter = key { true } else { false }
        case .expression(let expression), .remoteDesktop(let expression):
            key = nil
            self.expression = expression.copy()
            searchesBody = false
        case .roundRobin, .staticRoundRobin, .leastConnections, .first, .source, .random:
            return nil
        }
    }
}

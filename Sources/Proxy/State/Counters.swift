// Counters by name; the raw value is the place in a row of a `CounterTable`. The words are those of `show stat`.

/// What is counted for a server.
package enum ServerCounter: Int, CaseIterable, Sendable {
    case sessions  // stot
    case bytesIn, bytesOut
    case deniedResponses
    case connectErrors  // econ
    case responseErrors  // eresp
    case retries  // wretr
    case redispatches  // wredis
    case clientAborts, serverAborts
    case response1xx, response2xx, response3xx, response4xx, response5xx, responseOther
    case requests  // req_tot
    case connects, reuses
    case balanced  // lbtot
    case internalErrors, failedRewrites
    case queueTime, connectTime, responseTime, totalTime  // sums in ms, divided by `timed`
    case timed
    case queueTimeMaximum, connectTimeMaximum, responseTimeMaximum, totalTimeMaximum
    case sessionRateMaximum
}

/// What is counted for a frontend.
package enum FrontendCounter: Int, CaseIterable, Sendable {
    case connections  // conn_tot
    case sessions  // stot
    case bytesIn, bytesOut
    case deniedRequests, deniedResponses
    case requestErrors  // ereq
    case deniedConnections, deniedSessions
    case requests
    case response1xx, response2xx, response3xx, response4xx, response5xx, responseOther
    case intercepted
    case internalErrors, failedRewrites
    case sessionRateMaximum, requestRateMaximum, connectionRateMaximum
}

/// What is counted for a backend, beside the sums over its servers.
package enum BackendCounter: Int, CaseIterable, Sendable {
    case sessions
    case bytesIn, bytesOut
    case deniedRequests, deniedResponses
    case connectErrors, responseErrors
    case retries, redispatches
    case clientAborts, serverAborts
    case response1xx, response2xx, response3xx, response4xx, response5xx, responseOther
    case requests
    case connects, reuses
    case balanced
    case internalErrors, failedRewrites
    case queueTime, connectTime, responseTime, totalTime, timed
    case queueTimeMaximum, connectTimeMaximum, responseTimeMaximum, totalTimeMaximum
    case sessionRateMaximum
}

/// What is counted for a bind line, with `option socket-stats`.
package enum ListenerCounter: Int, CaseIterable, Sendable {
    case sessions, bytesIn, bytesOut, deniedRequests, deniedResponses, requestErrors
    case deniedConnections, deniedSessions
    case internalErrors, failedRewrites
}

/// What one worker's pool of connections to a server says of itself: not counted up, but set.
enum PoolGauge: Int, CaseIterable { case idle, needed }

/// What is counted for the process as a whole.
package enum ProcessCounter: Int, CaseIterable, Sendable {
    case connections, requests, bytesOut, splicedBytesOut, droppedLogs
}

package import Core

/// What `show info` says about the process and no snapshot knows.
package struct ProcessFacts: Sendable {
    package var pid: Int32 = 0
    package var startedAt: Instant
    /// Seconds since 1970.
    package var startTime: Int64 = 0
    package var workers = 1
    /// `node`, else the host name.
    package var node = "localhost"
    package var description: String?
    package var descriptorLimit = 0
    package var maxConnections = 0
    /// What the descriptor limit allows: the end of `set maxconn global`.
    package var hardMaxConnections = 0
    /// Connections of clients now, and since the start.
    package var currentConnections = 0
    package var connections: UInt64 = 0
    package var requests: UInt64 = 0
    package var connectionRate = 0
    /// `maxconnrate`, `maxsessrate`, `maxsslrate` and `maxsslconn`; 0: no limit.
    package var connectionRateLimit = 0
    package var sessionRateLimit = 0
    package var secureRateLimit = 0
    package var maxSecureConnections = 0
    package var connectionRateMaximum = 0
    /// Handshakes with clients a second, and those that resumed nothing.
    package var handshakeRate = 0
    package var handshakeRateMaximum = 0
    /// Connections with TLS now and since the start, with clients and servers.
    package var secureConnections = 0
    package var allSecureConnections: UInt64 = 0
    /// Handshakes with servers that resumed nothing, a second.
    package var serverHandshakeRate = 0
    package var serverHandshakeRateMaximum = 0
    /// Sessions that clients wanted to resume by their number, and those that were not there.
    package var sessionLookups: UInt64 = 0
    package var sessionMisses: UInt64 = 0
    package var fullHandshakeRate = 0
    package var fullHandshakeRateMaximum = 0
    package var sessionRate = 0
    package var sessionRateMaximum = 0
    package var pipesUsed = 0
    package var pipesFree = 0
    package var bytesOut: UInt64 = 0
    package var splicedBytesOut: UInt64 = 0
    package var bytesOutRate: UInt64 = 0
    package var droppedLogs: UInt64 = 0
    package var listeners = 0
    package var isStopping = false
    /// Buffers of the workers, in bytes.
    package var poolBytes: UInt64 = 0
    package var poolBytesUsed: UInt64 = 0
    /// `-m`, in megabytes; 0: no limit.
    package var memoryLimit = 0
    /// Share of the last second that the workers waited, 0 to 100.
    package var idlePercent = 100
    /// How the last reload ended; nil: there was none.
    package var lastReload: String?

    package init(startedAt: Instant) { self.startedAt = startedAt }

    /// `0d 0h00m04s`
    package static func uptimeText(seconds: Int64) -> String {
        let seconds = max(0, seconds)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return
            "\(seconds / 86400)d \(seconds / 3600 % 24)h\(two(seconds / 60 % 60))m\(two(seconds % 60))s"
    }
}

extension ProcessFacts {
    /// The share of handshakes that resumed a session, rounded as HAProxy does.
    var resumedPercent: Int {
        guard handshakeRate > 0, fullHandshakeRate <= handshakeRate else { return 0 }
        return 100 - (100 * fullHandshakeRate + (handshakeRate - 1) / 2) / handshakeRate
    }
}

package import Core

/// A virtual router as `show vrrp` and the page show it. Never holds a password.
package struct VirtualRouterReport: Sendable {
    /// One thing that its priority depends on.
    package struct Tracker: Sendable {
        /// `interface eth0`, `script chk`, `proxy engine`, `backend app`.
        package var name: String
        package var isUp: Bool
        /// 0: FAULT while it is down.
        package var weight: Int
        /// What it adds to the priority now; nil: nothing is known, or it means FAULT.
        package var move: Int?

        package init(name: String, isUp: Bool, weight: Int, move: Int? = nil) {
            self.name = name
            self.isUp = isUp
            self.weight = weight
            self.move = move
        }
    }

    /// A change of state.
    package struct Transition: Sendable {
        package var state: String
        package var at: Instant
        package var cause: String

        package init(state: String, at: Instant, cause: String) {
            self.state = state
            self.at = at
            self.cause = cause
        }
    }

    /// The wait for connections before the addresses move.
    package struct Drain: Sendable {
        /// `failover`, `maintenance`.
        package var purpose: String
        /// Connections that are open; nil: not counted yet.
        package var connections: Int?
        /// Longest time that is left.
        package var left: Duration

        package init(purpose: String, connections: Int?, left: Duration) {
            self.purpose = purpose
            self.connections = connections
            self.left = left
        }
    }

    package var name: String
    /// `MASTER`, `BACKUP`, `FAULT`, `INIT`.
    package var state: String
    package var since: Instant
    /// Why it went there, in plain words.
    package var cause: String
    package var interface: String
    package var virtualRouterID: UInt8
    package var version: UInt8
    package var basePriority: UInt8
    package var effectivePriority: UInt8
    package var advertisementInterval: Duration
    /// With mask: `10.0.0.10/24 dev eth0`.
    package var addresses: [String]
    /// Who is master, as far as is known; nil: nobody, or this node.
    package var master: IPAddress?
    package var masterPriority: UInt8?
    /// When the last advertisement of another router came.
    package var lastHeard: Instant?
    package var drain: Drain?
    /// Why this master may not be the only one.
    package var warning: String?
    package var trackers: [Tracker] = []
    /// Newest last.
    package var transitions: [Transition] = []
    /// Counted events by name, in a fixed order: `advertisements_sent`, `checksum_errors`, ….
    package var counters: [(name: String, value: UInt64)] = []

    package init(
        name: String, state: String, since: Instant, cause: String, interface: String,
        virtualRouterID: UInt8, version: UInt8, basePriority: UInt8, effectivePriority: UInt8,
        advertisementInterval: Duration, addresses: [String]
    ) {
        self.name = name
        self.state = state
        self.since = since
        self.cause = cause
        self.interface = interface
        self.virtualRouterID = virtualRouterID
        self.version = version
        self.basePriority = basePriority
        self.effectivePriority = effectivePriority
        self.advertisementInterval = advertisementInterval
        self.addresses = addresses
    }

    /// A cause in the log's words, without the name that they begin with.
    func shortened(_ cause: String) -> String {
        cause.hasPrefix("(\(name)) ") ? String(cause.dropFirst(name.count + 3)) : cause
    }
}

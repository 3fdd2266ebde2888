internal import Control
internal import Core
internal import Failover
internal import VRRP

/// The wait for the connections of virtual addresses before a command moves these (docs/architecture.md, "The end").
/// Pure: the control thread looks at it once a tick, and carries out what it says.
internal struct AddressDrain: Sendable {
    enum Step: Equatable {
        case wait
        /// Clients that came in by these addresses are to be counted.
        case count(Set<IPAddress>)
        case end(End)
    }

    /// Why the wait is over.
    enum End: Equatable {
        /// Nobody uses the addresses any more.
        case empty
        /// So many connections are left; nil: they were never counted.
        case graceIsOver(left: Int?)
        /// None of the routers is master, as far as was known a moment ago: nothing moves, so nobody is waited for.
        case noMaster
    }

    let request: HandOverRequest
    /// The virtual routers that are to move, those included that share a sync group with the one that was named.
    let routers: Set<String>
    private let deadline: Instant
    /// Connections that were open when they were counted last.
    private(set) var connections: Int?
    private(set) var isMoving = false
    private var isCounting = false
    private var nextCount: Instant
    private var nextWord: Instant

    /// Shortest time from one count to the next.
    static let pause = Duration.milliseconds(200)
    /// Counting takes workers 0.5 µs a connection; they may do so in a part of their time that no client notices.
    private static let pausePerConnection = Duration.microseconds(100)
    /// How often whoever gave the command hears how many are left.
    private static let wordInterval = Duration.seconds(5)

    init(_ request: HandOverRequest, routers: Set<String>, grace: Duration, now: Instant) {
        self.request = request
        self.routers = routers
        deadline = now + grace
        nextCount = now
        nextWord = now
    }

    /// What is to be done now. `clients`: open connections of the whole process.
    mutating func look(at status: FailoverStatus, clients: Int, now: Instant) -> Step {
        guard !isMoving else { return .wait }
        let masters = status.instances.filter {
            routers.contains($0.name) && $0.state == .master
        }
        if masters.isEmpty { return .end(.noMaster) }
        if clients == 0 { return .end(.empty) }
        if deadline <= now { return .end(.graceIsOver(left: connections)) }
        guard !isCounting, nextCount <= now else { return .wait }
        isCounting = true
        return .count(
            Set(masters.flatMap(\.addresses).filter(\.isHeld).map(\.prefix.address)))
    }

    /// The workers have counted. Returns what whoever gave the command is to hear now; nil: nothing.
    mutating func counted(_ count: Int, now: Instant) -> String? {
        isCounting = false
        connections = count
        nextCount = now + max(AddressDrain.pause, AddressDrain.pausePerConnection * count)
        guard count > 0, nextWord <= now else { return nil }
        nextWord = now + AddressDrain.wordInterval
        return "connections left: \(count), at most \(seconds(now)) s more"
    }

    /// The routers have been told to move.
    mutating func begin() { isMoving = true }

    /// One of the routers became master in the moment in which they were told to: its connections are waited for.
    mutating func foundMaster(now: Instant) {
        isMoving = false
        isCounting = false
        nextCount = now
    }

    func report(now: Instant) -> VirtualRouterReport.Drain? {
        guard !isMoving else { return nil }
        return VirtualRouterReport.Drain(
            purpose: request.purpose, connections: connections, left: max(.zero, deadline - now))
    }

    private func seconds(_ now: Instant) -> Int64 {
        (max(.zero, deadline - now).milliseconds + 999) / 1000
    }
}

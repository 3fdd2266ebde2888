package import Configuration
package import Core
internal import Synchronization

/// What is true of a server now. Survives a reload: found again by `backend/server`. Every thread reads it; the
/// health thread and the control thread write it through its methods, workers count in their own rows.
package final class ServerState: Sendable {
    /// HAProxy's operational states, with the numbers of `show servers state`.
    package enum Operation: Int, Sendable {
        case stopped = 0
        case starting = 1
        case running = 2
        case stopping = 3
    }

    /// Why an operator or a configuration keeps it out, with the bits of `show servers state`.
    package struct Administration: OptionSet, Sendable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }
        package static let forcedMaintenance = Administration(rawValue: 0x01)
        package static let inheritedMaintenance = Administration(rawValue: 0x02)
        package static let configuredMaintenance = Administration(rawValue: 0x04)
        package static let forcedDrain = Administration(rawValue: 0x08)
        package static let inheritedDrain = Administration(rawValue: 0x10)
        package static let resolutionMaintenance = Administration(rawValue: 0x20)
        package static let maintenance: Administration = [
            .forcedMaintenance, .inheritedMaintenance, .configuredMaintenance,
            .resolutionMaintenance,
        ]
        package static let drain: Administration = [.forcedDrain, .inheritedDrain]
    }

    package let backend: String
    package let name: String
    /// One row a worker.
    package let counters: CounterTable
    /// Recent sessions a second.
    package let sessionRate: RateMeter

    /// Streams that wait for this server and no other.
    let queue = StreamQueue()

    private let operationCell: Atomic<Int>
    private let administrationCell: Atomic<Int>
    private let weightCell: Atomic<Int>
    private let effectiveWeightCell: Atomic<Int>
    private let maxConnectionsCell: Atomic<Int>
    private let minConnectionsCell: Atomic<Int>
    private let activeCell = Atomic<Int>(0)
    private let activeMaximumCell = Atomic<Int>(0)
    private let queuedCell = Atomic<Int>(0)
    private let queuedMaximumCell = Atomic<Int>(0)
    /// Gauges of the workers' pools, one row a worker.
    let pools: CounterTable
    /// `observe`: errors in a row.
    private let errorsInARow = Atomic<Int>(0)
    private let lastSessionCell = Atomic<Int64>(0)
    private let mutable: Mutex<Mutable>

    /// What changes rarely and is read as a whole.
    package struct Mutable: Sendable {
        /// Where connections go; nil while its name does not resolve.
        package var address: SocketAddress?
        /// The result of the last health check.
        package var check = CheckReport()
        /// The result of the last agent check.
        package var agent = CheckReport()
        /// What commands have put in place of settings.
        package var overrides = CheckOverrides()
        /// When the operational or administrative state changed last.
        package var lastChange: Instant
        /// Time spent down before `lastChange`.
        package var downtime: Duration = .zero
        /// How often it went down.
        package var downs = 0
        /// Failed checks while it was up.
        package var failedChecks = 0
        /// How often `observe` reached its limit.
        package var observedFailures = 0
        /// `slowstart`: when the weight is full again.
        package var slowStartEnds: Instant?
    }

    package init(_ settings: ServerSettings, backend: String, workers: Int, now: Instant) {
        self.backend = backend
        name = settings.name
        counters = CounterTable(count: ServerCounter.allCases.count, rows: workers)
        pools = CounterTable(count: PoolGauge.allCases.count, rows: workers)
        sessionRate = RateMeter()
        let isChecked = settings.check != nil
        operationCell = Atomic(Operation.running.rawValue)
        var administration: Administration = []
        if settings.startsDisabled {
            administration.formUnion([.forcedMaintenance, .configuredMaintenance])
        }
        if settings.isDynamic { administration.insert(.forcedMaintenance) }
        if settings.address == nil { administration.insert(.resolutionMaintenance) }
        administrationCell = Atomic(administration.rawValue)
        weightCell = Atomic(settings.weight)
        effectiveWeightCell = Atomic(settings.weight)
        maxConnectionsCell = Atomic(settings.maxConnections)
        minConnectionsCell = Atomic(settings.minConnections)
        var mutable = Mutable(address: settings.address, lastChange: now)
        mutable.check.isEnabled = isChecked && !settings.isDynamic
        mutable.agent.isEnabled = settings.agent != nil && !settings.isDynamic
        mutable.agent.rise = 1
        mutable.agent.fall = 1
        mutable.agent.health = 1
        self.mutable = Mutex(mutable)
    }

    // MARK: State

    package var operation: Operation {
        Operation(rawValue: operationCell.load(ordering: .relaxed)) ?? .stopped
    }

    package var administration: Administration {
        Administration(rawValue: administrationCell.load(ordering: .relaxed))
    }

    /// Whether new streams may be sent here: up or starting, not in maintenance or draining, weight above 0.
    @inline(__always)
    package var isUsable: Bool {
        administrationCell.load(ordering: .relaxed) == 0
            && operationCell.load(ordering: .relaxed) & 3 != 0
            && operationCell.load(ordering: .relaxed) != Operation.stopping.rawValue
            && effectiveWeightCell.load(ordering: .relaxed) > 0
    }

    /// Whether it goes out of service: down, stopping, in maintenance or draining. Who waits for it may go elsewhere.
    package var isLeaving: Bool {
        administrationCell.load(ordering: .relaxed) != 0 || operation == .stopped
            || operation == .stopping
    }

    /// Whether a stream that insists on this server (persistence) may still go there.
    package var acceptsPersistent: Bool {
        administration.isDisjoint(with: .maintenance) && operation != .stopped
    }

    /// Changes the state; says whether it was another before. Callers tell the engine afterwards (`StateChange`).
    @discardableResult
    package func setOperation(_ operation: Operation, now: Instant) -> Bool {
        let before = operationCell.exchange(operation.rawValue, ordering: .acquiringAndReleasing)
        guard before != operation.rawValue else { return false }
        mutable.withLock { mutable in
            let since = mutable.lastChange
            mutable.lastChange = now
            if before == Operation.stopped.rawValue {
                mutable.downtime += now - since
            } else if operation == .stopped {
                mutable.downs += 1
            }
        }
        return true
    }

    /// Changes the administrative state; says whether it was another before.
    @discardableResult
    package func setAdministration(_ administration: Administration, now: Instant) -> Bool {
        let before = administrationCell.exchange(
            administration.rawValue, ordering: .acquiringAndReleasing)
        guard before != administration.rawValue else { return false }
        mutable.withLock { $0.lastChange = now }
        return true
    }

    /// The weight that was configured or set (`uweight`), 0 to 256.
    package var weight: Int { weightCell.load(ordering: .relaxed) }
    /// The weight that counts now; lower during a slow start.
    @inline(__always)
    package var effectiveWeight: Int { effectiveWeightCell.load(ordering: .relaxed) }

    package func setWeight(_ weight: Int, effective: Int? = nil) {
        weightCell.store(weight, ordering: .relaxed)
        effectiveWeightCell.store(effective ?? weight, ordering: .relaxed)
    }

    /// 0: no limit.
    @inline(__always)
    package var maxConnections: Int { maxConnectionsCell.load(ordering: .relaxed) }
    package func setMaxConnections(_ limit: Int) {
        maxConnectionsCell.store(limit, ordering: .relaxed)
    }

    /// `minconn`; where it is below the limit, the limit grows with the backend's load.
    func setMinConnections(_ limit: Int) { minConnectionsCell.store(limit, ordering: .relaxed) }

    /// How many streams may be served at once now; 0: no limit. HAProxy manual, `minconn` and `fullconn`.
    @inline(__always)
    func slotLimit(_ backend: ProxyState) -> Int {
        let most = maxConnectionsCell.load(ordering: .relaxed)
        let least = minConnectionsCell.load(ordering: .relaxed)
        if least == 0 || least >= most { return most }
        let full = backend.fullConnections
        let load = backend.backendActive
        return full <= 0 || load >= full ? most : max(least, most * load / full)
    }

    package func withMutable<R>(_ body: (inout sending Mutable) -> sending R) -> R {
        mutable.withLock(body)
    }

    package var address: SocketAddress? { mutable.withLock { $0.address } }

    // MARK: Gauges, changed by workers

    /// Streams that are served here now, over all workers.
    @inline(__always)
    package var active: Int { activeCell.load(ordering: .relaxed) }
    package var activeMaximum: Int { activeMaximumCell.load(ordering: .relaxed) }
    package var queued: Int { queuedCell.load(ordering: .relaxed) }
    package var queuedMaximum: Int { queuedMaximumCell.load(ordering: .relaxed) }
    package var idleConnections: Int { poolGauge(.idle) }
    /// Connections that the workers expect to need, in all.
    package var neededConnections: Int { poolGauge(.needed) }
    /// The same of each worker.
    package var idleByWorker: [Int] {
        (0..<pools.rows).map { Int(clamping: pools.value(PoolGauge.idle.rawValue, row: $0)) }
    }

    private func poolGauge(_ gauge: PoolGauge) -> Int {
        Int(clamping: pools.sum(gauge.rawValue))
    }

    /// Counts one stream more or less and returns the new number.
    @inline(__always) @discardableResult
    package func addActive(_ change: Int) -> Int {
        let value = activeCell.wrappingAdd(change, ordering: .relaxed).newValue
        if value > activeMaximumCell.load(ordering: .relaxed) {
            activeMaximumCell.store(value, ordering: .relaxed)
        }
        return value
    }

    /// Whether a stream may come that does not wait behind others.
    @inline(__always)
    func hasRoom(_ backend: ProxyState) -> Bool {
        let limit = slotLimit(backend)
        return limit == 0
            || activeCell.load(ordering: .relaxed) < limit
                && queuedCell.load(ordering: .relaxed) == 0
    }

    /// Counts one more stream only where the limit allows it.
    @inline(__always)
    func takeSlot(_ backend: ProxyState) -> Bool {
        let limit = slotLimit(backend)
        if limit > 0 { return takeSlot(below: limit) }
        addActive(1)
        return true
    }

    /// Never counts more than there are, not for a moment: another worker that saw that would queue a stream beside a
    /// free place, and nobody would serve it.
    private func takeSlot(below limit: Int) -> Bool {
        var value = activeCell.load(ordering: .relaxed)
        while value < limit {
            let (taken, seen) = activeCell.weakCompareExchange(
                expected: value, desired: value + 1, ordering: .acquiringAndReleasing)
            if taken {
                if value >= activeMaximumCell.load(ordering: .relaxed) {
                    activeMaximumCell.store(value + 1, ordering: .relaxed)
                }
                return true
            }
            value = seen
        }
        return false
    }

    @discardableResult
    package func addQueued(_ change: Int) -> Int {
        let value = queuedCell.wrappingAdd(change, ordering: .relaxed).newValue
        if value > queuedMaximumCell.load(ordering: .relaxed) {
            queuedMaximumCell.store(value, ordering: .relaxed)
        }
        return value
    }

    /// `observe`: counts one more error, and returns the errors in a row when they reach `limit`; then they count from 0.
    func noteError(limit: Int) -> Int? {
        let count = errorsInARow.wrappingAdd(1, ordering: .relaxed).newValue
        guard count >= limit else { return nil }
        errorsInARow.store(0, ordering: .relaxed)
        return count
    }

    func noteSuccess() {
        if errorsInARow.load(ordering: .relaxed) != 0 { errorsInARow.store(0, ordering: .relaxed) }
    }

    /// Unlike the counters, a plain store: the latest session wins.
    @inline(__always)
    package func sessionStarted(now: Instant) {
        lastSessionCell.store(now.nanoseconds, ordering: .relaxed)
    }
    /// Counts one session. A call: inlined it would count references to what it changes.
    @inline(never)
    func countSession(now: Instant) {
        sessionRate.count(now: now)
        sessionStarted(now: now)
    }

    /// nil: never.
    package var lastSession: Instant? {
        let time = lastSessionCell.load(ordering: .relaxed)
        return time == 0 ? nil : Instant(nanoseconds: time)
    }

    /// `clear counters`: maxima; with `all`, `counters` are cleared by the caller.
    package func clearMaxima() {
        activeMaximumCell.store(active, ordering: .relaxed)
        queuedMaximumCell.store(queued, ordering: .relaxed)
    }
}

/// `set server … check-port` and its relatives; nil: as configured.
package struct CheckOverrides: Sendable, Equatable {
    package var checkAddress: IPAddress?
    package var checkPort: UInt16?
    package var agentAddress: IPAddress?
    package var agentPort: UInt16?
    package var agentSend: [UInt8]?

    package init() {}
}

/// How the last check of a server ended.
package struct CheckReport: Sendable {
    package var isEnabled = false
    /// HAProxy's word: UNK, INI, SOCKERR, L4OK, L4TOUT, L4CON, L6…, L7OK, L7OKC, L7TOUT, L7RSP, L7STS, PROC….
    package var status = "INI"
    /// Layer 7 code, or errno for layer 4; -1: none.
    package var code = -1
    package var duration: Duration = .zero
    /// Free text: `Connection refused`.
    package var text = ""
    /// Rise/fall counter: 0 … rise + fall - 1; at `rise` and above it counts as up.
    package var health = 0
    package var rise = 2
    package var fall = 3
    /// Whether a check is on its way (`* ` before the status).
    package var isRunning = false

    package init() {}
}

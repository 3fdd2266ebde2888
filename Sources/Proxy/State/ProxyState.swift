package import Configuration
package import Core
internal import Synchronization

/// What is true of a proxy now: a frontend, a backend or both. Survives a reload: found again by name.
package final class ProxyState: Sendable {
    package let name: String
    package let frontend: CounterTable
    package let backend: CounterTable
    /// Sessions, requests and connections a second of the frontend; sessions a second of the backend.
    package let frontendRate = RateMeter()
    package let requestRate = RateMeter()
    package let connectionRate = RateMeter()
    package let backendRate = RateMeter()

    /// Streams that wait for any server.
    let queue = StreamQueue()

    private let frontendActiveCell = Atomic<Int>(0)
    private let frontendMaximumCell = Atomic<Int>(0)
    private let backendActiveCell = Atomic<Int>(0)
    private let backendMaximumCell = Atomic<Int>(0)
    private let queuedCell = Atomic<Int>(0)
    private let queuedMaximumCell = Atomic<Int>(0)
    private let lastSessionCell = Atomic<Int64>(0)
    private let lastChangeCell: Atomic<Int64>
    private let stoppedCell = Atomic<Bool>(false)
    private let shutDownCell = Atomic<Bool>(false)
    private let downsCell = Atomic<Int>(0)
    private let maxConnectionsCell = Atomic<Int>(0)
    private let fullConnectionsCell = Atomic<Int>(0)
    private let invalidRequestCell = Mutex<InvalidMessage?>(nil)
    private let invalidResponseCell = Mutex<InvalidMessage?>(nil)

    package init(_ settings: ProxySettings, workers: Int, now: Instant) {
        name = settings.name
        frontend = CounterTable(count: FrontendCounter.allCases.count, rows: workers)
        backend = CounterTable(count: BackendCounter.allCases.count, rows: workers)
        lastChangeCell = Atomic(now.nanoseconds)
        maxConnectionsCell.store(settings.maxConnections ?? 0, ordering: .relaxed)
    }

    /// Connections that the frontend serves now.
    package var frontendActive: Int { frontendActiveCell.load(ordering: .relaxed) }
    package var frontendMaximum: Int { frontendMaximumCell.load(ordering: .relaxed) }
    /// Streams of the backend, queued ones included.
    package var backendActive: Int { backendActiveCell.load(ordering: .relaxed) }
    package var backendMaximum: Int { backendMaximumCell.load(ordering: .relaxed) }
    /// Streams that wait for any server.
    package var queued: Int { queuedCell.load(ordering: .relaxed) }
    package var queuedMaximum: Int { queuedMaximumCell.load(ordering: .relaxed) }

    /// Each counts one more or less and returns the new number.
    @inline(__always) @discardableResult
    package func addFrontendActive(_ change: Int) -> Int {
        let value = frontendActiveCell.wrappingAdd(change, ordering: .relaxed).newValue
        if value > frontendMaximumCell.load(ordering: .relaxed) {
            frontendMaximumCell.store(value, ordering: .relaxed)
        }
        return value
    }

    @inline(__always) @discardableResult
    package func addBackendActive(_ change: Int) -> Int {
        let value = backendActiveCell.wrappingAdd(change, ordering: .relaxed).newValue
        if value > backendMaximumCell.load(ordering: .relaxed) {
            backendMaximumCell.store(value, ordering: .relaxed)
        }
        return value
    }

    @discardableResult
    package func addQueued(_ change: Int) -> Int {
        let value = queuedCell.wrappingAdd(change, ordering: .relaxed).newValue
        if value > queuedMaximumCell.load(ordering: .relaxed) {
            queuedMaximumCell.store(value, ordering: .relaxed)
        }
        return value
    }

    @inline(__always)
    package func sessionStarted(now: Instant) {
        lastSessionCell.store(now.nanoseconds, ordering: .relaxed)
    }
    /// Each counts one event of a rate. Calls: inlined they would count references to what they change.
    @inline(never)
    func countRequest(now: Instant) { requestRate.count(now: now) }
    @inline(never)
    func countBackendSession(now: Instant) { backendRate.count(now: now) }

    package var lastSession: Instant? {
        let time = lastSessionCell.load(ordering: .relaxed)
        return time == 0 ? nil : Instant(nanoseconds: time)
    }

    /// When the backend's state (UP or DOWN) changed last.
    package var lastChange: Instant {
        get { Instant(nanoseconds: lastChangeCell.load(ordering: .relaxed)) }
        set { lastChangeCell.store(newValue.nanoseconds, ordering: .relaxed) }
    }

    /// How often the backend lost its last server.
    package var downs: Int { downsCell.load(ordering: .relaxed) }
    package func addDown() { downsCell.wrappingAdd(1, ordering: .relaxed) }

    /// `set maxconn frontend`; 0: the process' limit.
    package var maxConnections: Int { maxConnectionsCell.load(ordering: .relaxed) }
    package func setMaxConnections(_ limit: Int) {
        maxConnectionsCell.store(limit, ordering: .relaxed)
    }

    /// `fullconn`: load at which servers get their whole `maxconn`.
    @inline(__always)
    var fullConnections: Int { fullConnectionsCell.load(ordering: .relaxed) }
    func setFullConnections(_ limit: Int) {
        fullConnectionsCell.store(limit, ordering: .relaxed)
    }

    /// `disable frontend`, `shutdown frontend`.
    package var isStopped: Bool { stoppedCell.load(ordering: .relaxed) }
    package func setStopped(_ isStopped: Bool) { stoppedCell.store(isStopped, ordering: .relaxed) }
    /// `shutdown frontend`: stopped for good.
    package var isShutDown: Bool { shutDownCell.load(ordering: .relaxed) }
    package func setShutDown() {
        shutDownCell.store(true, ordering: .relaxed)
        setStopped(true)
    }

    /// The last message that the frontend, or a server of the backend, sent and that could not be parsed.
    package var invalidRequest: InvalidMessage? { invalidRequestCell.withLock { $0 } }
    package var invalidResponse: InvalidMessage? { invalidResponseCell.withLock { $0 } }
    func keep(_ message: InvalidMessage) {
        switch message.kind {
        case .request: invalidRequestCell.withLock { $0 = message }
        case .response: invalidResponseCell.withLock { $0 = message }
        }
    }

    package func clearMaxima() {
        frontendMaximumCell.store(frontendActive, ordering: .relaxed)
        backendMaximumCell.store(backendActive, ordering: .relaxed)
        queuedMaximumCell.store(queued, ordering: .relaxed)
        for meter in [frontendRate, requestRate, connectionRate, backendRate] {
            meter.clearMaximum()
        }
    }
}

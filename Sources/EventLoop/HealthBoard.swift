public import Core
internal import Synchronization

/// Where the threads of the process say that they make progress, and the proxy what it can serve. Progress is atomics
/// only, so workers never wait; what can be served changes seldom and is behind locks. The vrrp thread and the guard's
/// watcher read.
public final class HealthBoard: Sendable {
    /// Threads that report.
    public enum Role: Int, CaseIterable, Sendable { case control, health, vrrp }

    /// Workers with a place on the board.
    public static let workerLimit = 256
    /// A thread without progress for this long does not work.
    public static let stallLimit = Duration.seconds(1)

    private let roles: CounterCells
    private let workers: CounterCells
    private let workerCount = Atomic<Int>(0)
    private let lostListeners = Atomic<Int>(0)
    private let running = Atomic<Bool>(false)
    private let generation = Atomic<UInt64>(0)
    private let backends = Mutex<[String: Int]>([:])
    private let frontends = Mutex<[String: Bool]>([:])
    private let observer = Mutex<(@Sendable () -> Void)?>(nil)

    public init() {
        roles = CounterCells(count: Role.allCases.count)
        workers = CounterCells(count: HealthBoard.workerLimit)
    }

    // MARK: Progress

    /// Called by a thread once a turn of its loop; a loop waits 200 ms at most (`turnLimit`).
    @inline(__always)
    public func report(_ role: Role, now: Instant) {
        roles.store(now.nanoseconds, at: role.rawValue)
    }

    /// Called by a worker once a turn of its loop. A worker without a place on the board is not watched.
    @inline(__always)
    public func report(worker: Int, now: Instant) {
        guard worker < HealthBoard.workerLimit else { return }
        workers.store(now.nanoseconds, at: worker)
    }

    /// Longest wait of a loop that reports.
    public static let turnLimit = Duration.milliseconds(200)
    /// The same as a plain number.
    public static let turnLimitNanoseconds: Int64 = 200_000_000

    /// How many workers must report.
    public func setWorkerCount(_ count: Int) {
        workerCount.store(min(count, HealthBoard.workerLimit), ordering: .releasing)
    }

    /// The threads that have not reported for `limit`; a thread that never reported does not count.
    public func stalled(now: Instant, limit: Duration = stallLimit) -> [String] {
        var names: [String] = []
        for role in Role.allCases where isLate(roles.load(role.rawValue), now, limit) {
            names.append("\(role)")
        }
        for worker in 0..<workerCount.load(ordering: .acquiring)
        where isLate(workers.load(worker), now, limit) {
            names.append("worker \(worker + 1)")
        }
        return names
    }

    // MARK: What the proxy serves

    /// Calls `body` from now on whenever a tracker may judge otherwise than before: on the thread that reports, so it
    /// must not wait. There is one observer; a later one takes its place.
    public func observe(_ body: @escaping @Sendable () -> Void) {
        observer.withLock { $0 = body }
    }

    /// Whether the engine runs; false before its start and after its stop.
    public func setRunning(_ isRunning: Bool) {
        tell(if: running.exchange(isRunning, ordering: .acquiringAndReleasing) != isRunning)
    }

    /// Listeners that should be bound and are not.
    public func setLostListeners(_ count: Int) {
        let before = lostListeners.exchange(count, ordering: .acquiringAndReleasing)
        tell(if: (before == 0) != (count == 0))
    }

    /// Usable servers of a backend; the health thread calls it when the number changes.
    public func setUsableServers(_ count: Int, backend: String) {
        let before = backends.withLock { $0.updateValue(count, forKey: backend) }
        generation.wrappingAdd(1, ordering: .releasing)
        // Only the first and the last server of a backend move an address.
        tell(if: before.map { $0 > 0 } != (count > 0))
    }

    /// Whether a frontend accepts connections.
    public func setAccepting(_ accepts: Bool, frontend: String) {
        let before = frontends.withLock { $0.updateValue(accepts, forKey: frontend) }
        generation.wrappingAdd(1, ordering: .releasing)
        tell(if: before != accepts)
    }

    private func tell(if hasChanged: Bool) {
        guard hasChanged else { return }
        observer.withLock { $0 }?()
    }

    /// nil when no backend of that name has reported.
    public func usableServers(backend: String) -> Int? { backends.withLock { $0[backend] } }

    /// nil when no frontend of that name has reported.
    public func isAccepting(frontend: String) -> Bool? { frontends.withLock { $0[frontend] } }

    /// Changes when a backend or frontend did.
    public var changes: UInt64 { generation.load(ordering: .acquiring) }

    /// Whether the engine works: it runs, its workers and its health thread make progress, every listener is bound.
    public func engineWorks(now: Instant) -> Bool {
        guard running.load(ordering: .acquiring), lostListeners.load(ordering: .acquiring) == 0
        else { return false }
        if isLate(roles.load(Role.health.rawValue), now, HealthBoard.stallLimit) { return false }
        for worker in 0..<workerCount.load(ordering: .acquiring)
        where isLate(workers.load(worker), now, HealthBoard.stallLimit) { return false }
        return true
    }

    private func isLate(_ reported: Int64, _ now: Instant, _ limit: Duration) -> Bool {
        reported != 0 && now.nanoseconds &- reported > limit.nanoseconds
    }
}

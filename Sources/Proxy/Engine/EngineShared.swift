internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Synchronization

/// What the workers of one engine share: mailboxes, process-wide counts and limits. Atomics only.
final class EngineShared: Sendable {
    let mailboxes: [Mailbox<WorkerMessage>]
    let board: HealthBoard
    /// Answers requests that no server gets: the stats page.
    let service: (any LocalService)?
    let counters: CounterTable
    let started = Clock.now()
    let connectionRate = RateMeter()
    let sessionRate = RateMeter()
    /// Connections to bind lines with TLS.
    let secureRate = RateMeter()
    /// Handshakes with clients that were begun, and those that came to an end and resumed nothing.
    let handshakeRate = RateMeter()
    let fullHandshakeRate = RateMeter()
    /// Handshakes with servers that resumed nothing.
    let serverHandshakeRate = RateMeter()

    /// `observe`; asked only when a server's errors reach their limit.
    private let observer = Mutex<Engine.Observer?>(nil)
    private let active = Atomic<Int>(0)
    private let limit = Atomic<Int>(0)
    private let connectionRateLimitCell = Atomic<Int>(0)
    private let sessionRateLimitCell = Atomic<Int>(0)
    private let secureLimit = Atomic<Int>(0)
    private let secureRateLimitCell = Atomic<Int>(0)
    private let secure = Atomic<Int>(0)
    private let closing = Atomic<Bool>(false)
    private let announcedStop = Atomic<Bool>(false)
    private let stoppedListening = Atomic<Bool>(false)
    private let invalidMessages = Atomic<Int>(0)
    /// Set while some worker does not accept because a limit was reached.
    private let acceptsPaused = Atomic<Bool>(false)

    /// Listeners that should be waited for and are not, over all workers.
    private let lostListeners = Mutex(0)

    /// Descriptors that connections must leave to logs, checks, sockets and files.
    static let reservedDescriptors = 40

    init(workers: Int, board: HealthBoard, service: (any LocalService)?) throws(Errno) {
        var mailboxes: [Mailbox<WorkerMessage>] = []
        for _ in 0..<workers { mailboxes.append(try Mailbox()) }
        self.mailboxes = mailboxes
        self.board = board
        self.service = service
        counters = CounterTable(count: ProcessCounter.allCases.count, rows: workers)
    }

    var workers: Int { mailboxes.count }

    func post(_ message: WorkerMessage) {
        for mailbox in mailboxes { mailbox.post(message) }
    }

    func setObserver(_ new: @escaping Engine.Observer) { observer.withLock { $0 = new } }

    func tellObserver(_ count: Int, last: String, _ server: ServerReference, _ snapshot: Snapshot) {
        observer.withLock { $0 }?(count, last, server, snapshot)
    }

    /// The number of a message that could not be parsed, from 0 on.
    func numberInvalidMessage() -> Int {
        invalidMessages.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    // MARK: Connections of the process

    var activeConnections: Int { active.load(ordering: .sequentiallyConsistent) }

    var maxConnections: Int { limit.load(ordering: .relaxed) }
    func setMaxConnections(_ value: Int) { limit.store(value, ordering: .relaxed) }

    /// Counts one more connection where the limit allows it.
    @inline(__always)
    func takeConnection() -> Bool {
        let value = active.wrappingAdd(1, ordering: .relaxed).newValue
        if value > limit.load(ordering: .relaxed) {
            active.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    /// Counts one connection less, and wakes workers that wait for that.
    @inline(__always)
    func releaseConnection() {
        // In one order with the mark of `pauseAccepting` and the look at the number behind it.
        active.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        if acceptsPaused.load(ordering: .sequentiallyConsistent) { resumeAccepting() }
    }

    @inline(__always)
    var connectionRateLimit: Int { connectionRateLimitCell.load(ordering: .relaxed) }
    func setConnectionRateLimit(_ limit: Int) {
        connectionRateLimitCell.store(limit, ordering: .relaxed)
    }

    @inline(__always)
    var sessionRateLimit: Int { sessionRateLimitCell.load(ordering: .relaxed) }
    func setSessionRateLimit(_ limit: Int) {
        sessionRateLimitCell.store(limit, ordering: .relaxed)
    }

    // MARK: Connections of clients with TLS

    var secureConnections: Int { secure.load(ordering: .sequentiallyConsistent) }
    var maxSecureConnections: Int { secureLimit.load(ordering: .relaxed) }
    func setMaxSecureConnections(_ value: Int) { secureLimit.store(value, ordering: .relaxed) }

    /// Whether `maxsslconn` allows one more. Workers that look at the same time may pass it by one each.
    var hasSecureRoom: Bool {
        let limit = maxSecureConnections
        return limit == 0 || secureConnections < limit
    }

    /// To be called before `releaseConnection`, which wakes who waits.
    func addSecureConnections(_ change: Int) {
        secure.wrappingAdd(change, ordering: .sequentiallyConsistent)
    }

    var secureRateLimit: Int { secureRateLimitCell.load(ordering: .relaxed) }
    func setSecureRateLimit(_ limit: Int) {
        secureRateLimitCell.store(limit, ordering: .relaxed)
    }

    func pauseAccepting() { acceptsPaused.store(true, ordering: .sequentiallyConsistent) }

    func resumeAccepting() {
        if acceptsPaused.exchange(false, ordering: .sequentiallyConsistent) {
            post(.resumeAccepting)
        }
    }

    /// The board hears the sums in the order in which they were made.
    func addLostListeners(_ change: Int) {
        lostListeners.withLock { count in
            count += change
            board.setLostListeners(count)
        }
    }

    // MARK: Phases of life

    /// Answers carry `Connection: close`, and no connection becomes idle.
    @inline(__always)
    var isClosing: Bool { closing.load(ordering: .relaxed) }
    func setClosing() { closing.store(true, ordering: .relaxed) }
    func endClosing() { closing.store(isStopping, ordering: .relaxed) }

    /// The end has been asked for, though `grace` may go on as before: the fetch `stopping`.
    var willStop: Bool { announcedStop.load(ordering: .relaxed) || isClosing }
    func announceStop() { announcedStop.store(true, ordering: .relaxed) }

    /// Nothing new is accepted: no more than the streams that run will come.
    @inline(__always)
    var isStopping: Bool { stoppedListening.load(ordering: .relaxed) }
    func setStopping() {
        stoppedListening.store(true, ordering: .relaxed)
        setClosing()
    }
}

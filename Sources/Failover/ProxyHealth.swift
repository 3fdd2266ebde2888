internal import Core
internal import EventLoop
internal import VRRP

/// What the health board says, in the trackers' words.
internal struct ProxyHealth {
    private let board: HealthBoard
    private let started: Instant
    private var hasWorked = false

    /// Until the proxy has worked once, or has had this long to start, its silence means nothing.
    private static let grace = Duration.seconds(3)

    init(_ board: HealthBoard, now: Instant) {
        self.board = board
        started = now
    }

    mutating func state(of subject: TrackerSubject, now: Instant) -> TrackerState? {
        switch subject {
        case .proxyEngine: engine(now: now)
        case .proxyBackend(let name):
            judge(board.usableServers(backend: name).map { $0 > 0 }, now)
        case .proxyFrontend(let name): judge(board.isAccepting(frontend: name), now)
        case .ownInterface, .ownAddress, .interface, .script, .file, .process, .syncGroup,
            .maintenance:
            nil
        }
    }

    mutating func engine(now: Instant) -> TrackerState {
        let works = board.engineWorks(now: now)
        if works { hasWorked = true }
        return judge(works ? true : hasWorked ? false : nil, now)
    }

    private func judge(_ isGood: Bool?, _ now: Instant) -> TrackerState {
        switch isGood {
        case true?: .good
        case false?: .bad
        case nil: now < started + ProxyHealth.grace ? .unknown : .bad
        }
    }
}

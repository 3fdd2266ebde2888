import Core
import VRRP

/// One virtual router with a clock that the test moves.
struct Bench {
    /// Master down time of priority 100 at 200 ms: 0.6 s and 156/256 of 0.2 s.
    static let masterDown = Duration.nanoseconds(721_875_000)
    static let skew = Duration.nanoseconds(121_875_000)

    typealias Effect = VirtualRouter.Effect

    var router: VirtualRouter
    var now: Instant
    /// What the router did since the last `take`.
    private(set) var effects: [Effect] = []

    init(priority: UInt8 = 100, _ change: (inout VirtualRouter.Settings) -> Void = { _ in }) {
        var settings = VirtualRouter.Settings(
            name: "VI_1", version: .v3, virtualRouterID: 51, priority: priority,
            advertisementInterval: .milliseconds(200), addresses: [ip("10.0.0.50")])
        change(&settings)
        now = Instant(nanoseconds: 1_000_000_000_000)
        router = VirtualRouter(
            settings: settings, assessment: Assessment(priority: settings.priority), now: now)
        send(.primaryAddress(ip("10.0.0.1")))
    }

    /// Brought to a state by the shortest way.
    static func reaching(
        _ state: VirtualRouter.State, priority: UInt8 = 100,
        _ change: (inout VirtualRouter.Settings) -> Void = { _ in }
    ) -> Bench {
        var bench = Bench(priority: priority, change)
        if state == .initialize { return bench }
        bench.send(.startup(.none))
        switch state {
        case .initialize, .backup: break
        case .master: bench.pass(.seconds(2))
        case .fault:
            bench.send(.assessed(Assessment(faults: [.script("chk")], priority: priority)))
        case .releasing:
            bench.pass(.seconds(2))
            bench.send(.shutdown(graceful: true))
        }
        bench.effects = []
        return bench
    }

    mutating func send(_ event: VirtualRouter.Event) {
        router.handle(event, now: now) { effects.append($0) }
    }

    mutating func hear(
        _ priority: UInt8, from source: String = "10.0.0.2",
        interval: Duration = .milliseconds(200),
        addresses: [String] = ["10.0.0.50"]
    ) {
        send(
            .advertisement(
                .v3(priority: priority, interval: interval, addresses: addresses), from: ip(source))
        )
    }

    /// Lets time pass, each timer at its time.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while let due = router.nextDeadline, due <= end {
            now = max(now, due)
            router.expire(now: now) { effects.append($0) }
        }
        now = end
    }

    mutating func take() -> [Effect] {
        defer { effects = [] }
        return effects
    }

    /// The effects since the last `take`, without log lines.
    mutating func deeds() -> [Effect] {
        take().filter { if case .log = $0 { false } else { true } }
    }

    mutating func words() -> [String] {
        take().compactMap { if case .log(let message) = $0 { message.text("VI_1") } else { nil } }
    }

    /// Time until the router becomes master by itself.
    mutating func timeToMaster(atMost limit: Duration = .seconds(300)) -> Duration? {
        let start = now
        while router.state != .master, let due = router.nextDeadline, due <= start + limit {
            now = max(now, due)
            router.expire(now: now) { effects.append($0) }
        }
        return router.state == .master ? now - start : nil
    }
}

extension VirtualRouter.State {
    static let all: [VirtualRouter.State] = [.initialize, .backup, .master, .fault, .releasing]
}

import Checking
import Configuration
import Core
import EventLoop
import Linux
import Synchronization
import Testing

@testable import Proxy

/// Lines captured from HAProxy 2.6 under the same events (`format priority`: only the level stands before them).
@Suite struct TransitionTests {
    let bench: Bench
    let transitions: ServerTransitions
    let now = Clock.now()

    init() throws {
        var a = Bench.server("a", id: 1)
        var check = ServerCheckSettings()
        check.rise = 2
        check.fall = 2
        a.check = check
        var t = Bench.server("t", id: 2)
        t.tracks = ServerReference(proxy: 0, server: 0)
        var backup = Bench.server("bk", id: 3)
        backup.isBackup = true
        backup.tracks = ServerReference(proxy: 1, server: 0)
        let plain = Bench.server("n", id: 4)
        var z = Bench.server("z", id: 1)
        z.tracks = ServerReference(proxy: 0, server: 0)
        var off = Bench.server("off", id: 2)
        off.startsDisabled = true
        bench = try Bench(
            Bench.configuration(
                Bench.backend("be", id: 2, [a, t, backup, plain]),
                Bench.backend("be2", id: 3, [z, off])))
        transitions = ServerTransitions(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in },
            now: now)
    }

    func apply(_ change: ServerChange, _ name: String) -> [String] {
        transitions.apply(change, to: bench.reference(name), in: bench.snapshot, now: now)
        return bench.takeLines()
    }

    func check(_ verdict: CheckVerdict, _ name: String = "be/a") -> [String] {
        _ = transitions.checkEnded(
            verdict, duration: .zero, of: bench.reference(name), in: bench.snapshot, now: now)
        return bench.takeLines()
    }

    static let queues = "0 sessions active, 0 requeued, 0 remaining in queue."
    static let totals = "0 sessions requeued, 0 total in queue."

    @Test func checksAndThoseWhoTrack() {
        let failed = CheckVerdict(.layer7WrongStatus, code: 500, text: "X")
        #expect(check(CheckVerdict(.layer7Passed, code: 200)) == [])
        #expect(bench.board.usableServers(backend: "be") == 4)
        #expect(check(failed) == [])
        #expect(
            check(failed) == [
                "<129>Server be/a is DOWN, reason: Layer7 wrong status, code: 500, info: \"X\", check duration: 0ms. 2 active and 1 backup servers left. \(Self.queues)",
                "<129>Server be2/z is DOWN via be/a. 0 active and 0 backup servers left. \(Self.queues)",
                "<128>backend be2 has no server available!",
                "<129>Backup Server be/bk is DOWN via be2/z. 2 active and 0 backup servers left. \(Self.queues)",
                "<129>Server be/t is DOWN via be/a. 1 active and 0 backup servers left. \(Self.queues)",
            ])
        #expect(bench.board.usableServers(backend: "be2") == 0)
        #expect(bench.board.usableServers(backend: "be") == 1)
        #expect(check(failed) == [])
        let passed = CheckVerdict(.layer7Passed, code: 200)
        #expect(check(passed) == [])
        #expect(
            check(passed) == [
                "<133>Server be/a is UP, reason: Layer7 check passed, code: 200, check duration: 0ms. 2 active and 0 backup servers online. \(Self.totals)",
                "<133>Server be2/z is UP via be/a. 1 active and 0 backup servers online. \(Self.totals)",
                "<133>Backup Server be/bk is UP via be2/z. 2 active and 1 backup servers online. \(Self.totals)",
                "<133>Server be/t is UP via be/a. 3 active and 1 backup servers online. \(Self.totals)",
            ])
        #expect(bench.state("be/a").withMutable { $0.downs } == 1)
        #expect(bench.state("be/a").withMutable { $0.failedChecks } == 2)
    }

    @Test func maintenance() {
        _ = check(CheckVerdict(.layer7Passed, code: 200))
        #expect(
            apply(.state(.maintenance), "be/a") == [
                "<129>Server be/a is going DOWN for maintenance. 2 active and 1 backup servers left. \(Self.queues)",
                "<129>Server be2/z is going DOWN for maintenance via be/a. 0 active and 0 backup servers left. \(Self.queues)",
                "<128>backend be2 has no server available!",
                "<129>Backup Server be/bk is going DOWN for maintenance via be2/z. 2 active and 0 backup servers left. \(Self.queues)",
                "<129>Server be/t is going DOWN for maintenance via be/a. 1 active and 0 backup servers left. \(Self.queues)",
            ])
        #expect(bench.state("be/a").administration.rawValue == 1)
        #expect(bench.state("be/t").administration.rawValue == 2)
        #expect(bench.state("be2/off").administration.rawValue == 5)
        #expect(bench.state("be/a").withMutable { $0.check.health } == 0)
        #expect(check(CheckVerdict(.layer7Passed, code: 200)) == [])
        #expect(apply(.health(.down), "be/a") == [])
        #expect(apply(.state(.maintenance), "be/t") == [])
        #expect(
            apply(.state(.ready), "be/t") == [
                "<133>Server be/t is leaving forced maintenance but remains in maintenance via be/a."
            ])
        #expect(
            apply(.state(.ready), "be/a") == [
                "<133>Server be/a is UP/READY (leaving forced maintenance).",
                "<133>Server be2/z is UP/READY (leaving maintenance).",
                "<133>Backup Server be/bk is UP/READY (leaving maintenance).",
                "<133>Server be/t is UP/READY (leaving maintenance).",
            ])
        #expect(bench.state("be/a").withMutable { $0.check.health } == 2)
        #expect(
            apply(.state(.ready), "be2/off") == [
                "<133>Server be2/off is UP/READY (leaving forced maintenance)."
            ])
        #expect(bench.state("be2/off").administration == [])
    }

    @Test func drain() {
        _ = check(CheckVerdict(.layer7Passed, code: 200))
        #expect(
            apply(.state(.drain), "be/a") == [
                "<133>Server be/a enters drain state. 2 active and 1 backup servers online. \(Self.totals)",
                "<133>Server be2/z enters drain state via be/a. 0 active and 0 backup servers online. \(Self.totals)",
                "<128>backend be2 has no server available!",
                "<133>Backup Server be/bk enters drain state via be2/z. 2 active and 0 backup servers online. \(Self.totals)",
                "<133>Server be/t enters drain state via be/a. 1 active and 0 backup servers online. \(Self.totals)",
            ])
        #expect(bench.state("be/t").administration.rawValue == 16)
        #expect(
            apply(.state(.drain), "be/t") == [
                "<133>Server be/t remains in forced drain mode."
            ])
        #expect(
            apply(.state(.ready), "be/a") == [
                "<133>Server be/a is UP (leaving forced drain).",
                "<133>Server be2/z is UP (leaving forced drain).",
                "<133>Backup Server be/bk is UP (leaving forced drain).",
                "<133>Server be/t remains in forced drain mode.",
            ])
        #expect(
            apply(.state(.ready), "be/t") == ["<133>Server be/t is UP (leaving forced drain)."])
    }

    @Test func drainAndMaintenanceMixed() {
        #expect(
            apply(.state(.drain), "be/n") == [
                "<133>Server be/n enters drain state. 2 active and 1 backup servers online. \(Self.totals)"
            ])
        #expect(
            apply(.state(.maintenance), "be/n") == [
                "<133>Server be/n is going DOWN for maintenance. 2 active and 1 backup servers left. \(Self.queues)"
            ])
        #expect(bench.state("be/n").administration.rawValue == 1)
        #expect(
            apply(.state(.drain), "be/n") == [
                "<133>Server be/n is UP/DRAIN (leaving forced maintenance).",
                "<133>Server be/n remains in forced drain mode.",
            ])
        #expect(
            apply(.state(.ready), "be/n") == ["<133>Server be/n is UP (leaving forced drain)."])
    }

    @Test func downWhileDraining() {
        _ = check(CheckVerdict(.layer7Passed, code: 200))
        _ = apply(.state(.drain), "be/a")
        let failed = CheckVerdict(.layer7WrongStatus, code: 500, text: "X500")
        _ = check(failed)
        let lines = check(failed)
        #expect(
            lines.prefix(2) == [
                "<133>Server be/a is DOWN, reason: Layer7 wrong status, code: 500, info: \"X500\", check duration: 0ms. 1 active and 0 backup servers left. \(Self.queues)",
                "<133>Server be/a remains in forced drain mode.",
            ])
        #expect(
            apply(.state(.maintenance), "be/a").first
                == "<133>Server be/a was DOWN and now enters maintenance.")
        #expect(
            apply(.state(.ready), "be/a").first
                == "<133>Server be/a is UP/READY (leaving forced maintenance).")
    }

    @Test func commandsOnHealth() {
        _ = check(CheckVerdict(.layer7Passed, code: 200))
        #expect(
            apply(.health(.down), "be/n") == [
                "<129>Server be/n is DOWN, changed from CLI. 2 active and 1 backup servers left. \(Self.queues)"
            ])
        #expect(
            apply(.health(.up), "be/n") == [
                "<133>Server be/n is UP, changed from CLI. 3 active and 1 backup servers online. \(Self.totals)"
            ])
        #expect(apply(.health(.up), "be/n") == [])
        #expect(
            apply(.health(.stopping), "be/n") == [
                "<133>Server be/n is stopping, changed from CLI. 2 active and 1 backup servers online. \(Self.totals)"
            ])
        // Its three followers too, and then neither backend has a server.
        #expect(apply(.health(.down), "be/a").count == 6)
        #expect(bench.state("be/a").withMutable { $0.check.health } == 0)
    }

    @Test func weightNought() {
        #expect(apply(.weight(0), "be2/z") == ["<128>backend be2 has no server available!"])
        #expect(bench.board.usableServers(backend: "be2") == 0)
        #expect(apply(.weight(1), "be2/z") == [])
        #expect(bench.board.usableServers(backend: "be2") == 1)
    }

    @Test func runningOnBackup() throws {
        var backup = Bench.server("b1", id: 2)
        backup.isBackup = true
        let bench = try Bench(
            Bench.configuration(Bench.backend("be", id: 2, [Bench.server("a"), backup])))
        let transitions = ServerTransitions(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in },
            now: now)
        transitions.apply(
            .health(.down), to: bench.reference("be/a"), in: bench.snapshot, now: now)
        transitions.apply(
            .state(.drain), to: bench.reference("be/a"), in: bench.snapshot, now: now)
        let left = "0 active and 1 backup servers left. Running on backup. \(Self.queues)"
        #expect(
            bench.takeLines() == [
                "<129>Server be/a is DOWN, changed from CLI. \(left)",
                "<133>Server be/a enters drain state. \(left)",
            ])
        transitions.apply(
            .state(.ready), to: bench.reference("be/a"), in: bench.snapshot, now: now)
        #expect(bench.takeLines() == ["<133>Server be/a is DOWN (leaving forced drain)."])
    }

    /// A change that was made on the snapshot before a reload is told with the place that the proxy has now.
    @Test func tellsTheIndexAfterAReload() throws {
        let configuration = Bench.configuration(
            Bench.backend("one", id: 2, [Bench.server("a")]),
            Bench.backend("two", id: 3, [Bench.server("b")]))
        let bench = try Bench(configuration)
        let told = Mutex<[Int]>([])
        let transitions = ServerTransitions(
            snapshot: bench.snapshot, board: bench.board, log: bench.log,
            stateChanged: { index in told.withLock { $0.append(index) } }, now: now)
        var turned = configuration
        turned.proxies.reverse()
        let next = Snapshot(turned, keeping: bench.snapshot, workers: 1, now: now)
        transitions.adopt(next, now: now)
        told.withLock { $0.removeAll() }
        transitions.apply(
            .state(.drain), to: bench.reference("one/a"), in: bench.snapshot, now: now)
        #expect(told.withLock { $0 } == [1])
        _ = bench.takeLines()
    }

    @Test func disableOn404AndLoggedChecks() throws {
        var server = Bench.server("s")
        var settings = ServerCheckSettings()
        settings.rise = 2
        settings.fall = 2
        server.check = settings
        var proxy = Bench.backend("app", id: 2, [server])
        proxy.options.logHealthChecks = true
        let bench = try Bench(Bench.configuration(proxy))
        let transitions = ServerTransitions(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in },
            now: now)
        func check(_ verdict: CheckVerdict) -> [String] {
            _ = transitions.checkEnded(
                verdict, duration: .milliseconds(2), of: bench.reference("app/s"),
                in: bench.snapshot, now: now)
            return bench.takeLines()
        }
        let passed = CheckVerdict(.layer7Passed, code: 200)
        let failed = CheckVerdict(.layer7WrongStatus, code: 500, text: "X500")
        let head = "Health check for server app/s"
        let up =
            "<133>\(head) succeeded, reason: Layer7 check passed, code: 200, check duration: 2ms"
        let down =
            "<133>\(head) failed, reason: Layer7 wrong status, code: 500, info: \"X500\", check duration: 2ms"
        #expect(check(passed) == ["\(up), status: 2/2 UP."])
        #expect(check(passed) == [])
        #expect(
            check(CheckVerdict(.layer7Conditional, code: 404)) == [
                "<133>\(head) conditionally succeeded, reason: Layer7 check conditionally passed, code: 404, check duration: 2ms, status: 2/2 UP.",
                "<133>Server app/s is stopping. 0 active and 0 backup servers online. \(Self.totals)",
                "<128>backend app has no server available!",
            ])
        #expect(
            check(passed) == [
                "\(up), status: 2/2 UP.",
                "<133>Server app/s is UP. 1 active and 0 backup servers online. \(Self.totals)",
            ])
        #expect(check(failed) == ["\(down), status: 1/2 UP."])
        #expect(
            check(failed) == [
                "\(down), status: 0/2 DOWN.",
                "<129>Server app/s is DOWN. 0 active and 0 backup servers left. \(Self.queues)",
                "<128>backend app has no server available!",
            ])
        #expect(check(failed) == [])
        #expect(check(passed) == ["\(up), status: 1/2 DOWN."])
        #expect(
            check(passed) == [
                "\(up), status: 2/2 UP.",
                "<133>Server app/s is UP. 1 active and 0 backup servers online. \(Self.totals)",
            ])
    }

    /// The throttle of HAProxy 2.6 with `slowstart 3s`: 1, 6 and 11 sixteenths.
    @Test func slowStart() throws {
        var server = Bench.server("s")
        server.weight = 16
        server.slowStart = .seconds(3)
        let bench = try Bench(Bench.configuration(Bench.backend("app", id: 2, [server])))
        let transitions = ServerTransitions(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in },
            now: now)
        let reference = bench.reference("app/s")
        let state = bench.state("app/s")
        for health in [ServerChange.Health.down, .up] {
            transitions.apply(.health(health), to: reference, in: bench.snapshot, now: now)
        }
        _ = bench.takeLines()
        #expect(state.operation == .starting && state.effectiveWeight == 1)
        for (seconds, weight) in [(1, 6), (2, 11)] {
            _ = transitions.warmUp(reference, in: bench.snapshot, now: now + .seconds(seconds))
            #expect(state.effectiveWeight == weight)
        }
        #expect(bench.takeLines() == [])
        _ = transitions.warmUp(reference, in: bench.snapshot, now: now + .seconds(3))
        #expect(state.operation == .running && state.effectiveWeight == 16)
        #expect(
            bench.takeLines() == [
                "<133>Server app/s is UP. 1 active and 0 backup servers online. \(Self.totals)"
            ])
    }

    /// Any order of commands and verdicts: what is usable is what the board says, and who tracks inherits.
    @Test(arguments: 1...20)
    func anyOrder(seed: UInt64) {
        var random = seed &* 0x9e37_79b9_7f4a_7c15
        func next(_ bound: Int) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % UInt64(bound))
        }
        let names = ["be/a", "be/t", "be/bk", "be/n", "be2/z", "be2/off"]
        let changes: [ServerChange] = [
            .state(.ready), .state(.drain), .state(.maintenance), .health(.up), .health(.down),
            .health(.stopping), .weight(0), .weight(3), .checks(enabled: false),
            .checks(enabled: true),
        ]
        let verdicts = [
            CheckVerdict(.layer7Passed, code: 200), CheckVerdict(.layer4Timeout),
            CheckVerdict(.layer7Conditional, code: 404),
        ]
        for _ in 0..<500 {
            if next(2) == 0 {
                _ = apply(changes[next(changes.count)], names[next(names.count)])
            } else {
                _ = check(verdicts[next(verdicts.count)])
            }
            for proxy in bench.snapshot.proxies {
                #expect(
                    bench.board.usableServers(backend: proxy.settings.name)
                        == proxy.servers.count(where: \.isUsable))
            }
            let followed = bench.state("be/a").administration
            let follower = bench.state("be/t").administration
            #expect(
                !followed.isDisjoint(with: .maintenance) == follower.contains(.inheritedMaintenance)
            )
            #expect(!followed.isDisjoint(with: .drain) == follower.contains(.inheritedDrain))
        }
        for name in names { _ = apply(.state(.ready), name) }
        for name in names { #expect(bench.state(name).administration == []) }
    }
}

import Configuration
import Core
import Core
import Diagnostics
import EventLoop
import Linux
import Proxy
import Resolver
import Synchronization

@testable import Control

/// A service that does what commands ask for in the plainest way, and writes it down.
final class TestService: ServiceControl {
    struct State {
        var snapshot: Snapshot
        var facts: ProcessFacts
        var routers: [VirtualRouterReport] = []
        var log: [String] = []
        var tickets: [CommandTicket] = []
    }

    let state: Mutex<State>
    let board = HealthBoard()
    let certificates = CertificateDesk()

    init(_ configuration: ServiceConfiguration, now: Instant) {
        let snapshot = Snapshot(configuration, keeping: nil, workers: 2, now: now)
        var facts = ProcessFacts(startedAt: now)
        facts.pid = 4711
        facts.workers = 2
        facts.node = "lab"
        facts.maxConnections = 2000
        facts.hardMaxConnections = 4000
        state = Mutex(State(snapshot: snapshot, facts: facts))
    }

    var snapshot: Snapshot { state.withLock { $0.snapshot } }
    var facts: ProcessFacts { state.withLock { $0.facts } }
    var virtualRouters: [VirtualRouterReport] { state.withLock { $0.routers } }
    var nameServers: [NameService.SectionReport] {
        var settings = ResolversSettings(name: "dns")
        settings.nameServers = [
            ResolversSettings.NameServer(
                name: "n1", address: .ip(.v4(.any), port: 53), usesTCP: false)
        ]
        let counters = CounterTable(count: NameServerCounter.allCases.count, rows: 1)
        counters.add(3, to: NameServerCounter.nameError.rawValue, row: 0)
        return [NameService.SectionReport(settings: settings, counters: [counters])]
    }
    var listeningDescriptors: [Int32] { [] }
    var log: [String] { state.withLock { $0.log } }

    func change(_ change: CertificateChange, reply: String, _ ticket: CommandTicket) {
        state.withLock { $0.log.append("\(change.subject): \(reply)") }
    }

    func apply(_ change: ServerChange, to server: ServerReference, in snapshot: Snapshot) {
        guard let target = snapshot.server(server) else { return }
        let now = Instant(nanoseconds: 0)
        state.withLock { $0.log.append("\(target.backend)/\(target.name) \(change)") }
        switch change {
        case .state(.ready): target.setAdministration([], now: now)
        case .state(.drain): target.setAdministration(.forcedDrain, now: now)
        case .state(.maintenance): target.setAdministration(.forcedMaintenance, now: now)
        case .health(.up): target.setOperation(.running, now: now)
        case .health(.stopping): target.setOperation(.stopping, now: now)
        case .health(.down): target.setOperation(.stopped, now: now)
        case .weight(let weight): target.setWeight(weight)
        case .maxConnections(let limit): target.setMaxConnections(limit)
        case .address(let address): target.withMutable { $0.address = address }
        case .checks(let enabled): target.withMutable { $0.check.isEnabled = enabled }
        case .agent(let enabled): target.withMutable { $0.agent.isEnabled = enabled }
        case .overrides(let overrides): target.withMutable { $0.overrides = overrides }
        case .agentHealth, .resolved, .unresolved: break
        }
    }

    func apply(_ change: FrontendChange, toProxy index: Int, in snapshot: Snapshot) {
        let proxy = snapshot.proxies[index]
        state.withLock { $0.log.append("\(proxy.settings.name) \(change)") }
        switch change {
        case .pause: proxy.state.setStopped(true)
        case .resume: proxy.state.setStopped(false)
        case .shutDown: proxy.state.setShutDown()
        case .maxConnections(let limit): proxy.state.setMaxConnections(limit)
        }
    }

    func setMaximumConnections(_ limit: Int) { state.withLock { $0.facts.maxConnections = limit } }
    func setRateLimit(_ kind: RateLimitKind, _ limit: Int) {
        state.withLock { $0.log.append("rate \(kind) \(limit)") }
    }
    /// The tests answer in the place of the workers.
    func inspect(
        _ question: Inspection.Question, _ ticket: CommandTicket,
        answer: @escaping @Sendable ([WorkerReport]) -> String
    ) {
        state.withLock {
            $0.log.append("inspect \(question)")
            $0.tickets.append(ticket)
        }
    }
    func clearProcessCounters(all: Bool) { state.withLock { $0.log.append("clear \(all)") } }
    func shutSessions(of server: ServerReference, in snapshot: Snapshot) {
        state.withLock { $0.log.append("shut \(server.proxy)/\(server.server)") }
    }
    func reload(_ ticket: CommandTicket) { state.withLock { $0.tickets.append(ticket) } }
    func change(_ servers: ServerListChange, _ ticket: CommandTicket) {
        state.withLock { state in
            state.log.append("\(servers)")
            state.tickets.append(ticket)
        }
    }
    func handOver(
        _ command: HandOver, router: String?, drain: Duration?, _ ticket: CommandTicket
    ) -> String? {
        "\(command) of \(router ?? "all") after \(drain.map { "\($0)" } ?? "the usual time")"
    }
}

let range = SourceRange(file: "t.cfg", line: 1)

/// The configuration of the HAProxy 2.6 that the expected lines were taken from.
func contractConfiguration() -> ServiceConfiguration {
    var configuration = ServiceConfiguration()
    func proxy(
        _ name: String, _ id: Int, frontend: Bool, backend: Bool,
        _ edit: (inout ProxySettings) -> Void = { _ in }
    ) {
        var proxy = ProxySettings(
            name: name, id: id, isFrontend: frontend, isBackend: backend, range: range)
        proxy.mode = .http
        edit(&proxy)
        configuration.proxies.append(proxy)
    }
    func server(
        _ name: String, _ id: Int, port: UInt16, _ edit: (inout ServerSettings) -> Void = { _ in }
    ) -> ServerSettings {
        var server = ServerSettings(name: name, id: id, range: range)
        server.address = .ip(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: port)
        edit(&server)
        return server
    }
    func check(rise: Int, fall: Int) -> ServerCheckSettings {
        var check = ServerCheckSettings()
        check.rise = rise
        check.fall = fall
        return check
    }
    proxy("stats", 2, frontend: true, backend: true)
    proxy("fe_main", 3, frontend: true, backend: false) { $0.defaultBackend = 4 }
    proxy("fe_off", 4, frontend: true, backend: false) { $0.isDisabled = true }
    proxy("fe_tcp", 5, frontend: true, backend: false) {
        $0.mode = .tcp
        $0.maxConnections = 50
        $0.sessionRateLimit = 10
        $0.defaultBackend = 5
    }
    proxy("be_web", 6, frontend: false, backend: true) {
        $0.servers = [
            server("web1", 1, port: 29101) {
                $0.weight = 10
                $0.cookie = "w1"
                $0.check = check(rise: 1, fall: 2)
            },
            server("web2", 2, port: 29102) {
                $0.weight = 20
                $0.cookie = "w2"
                $0.maxConnections = 10
                $0.maxQueue = 5
                $0.check = check(rise: 1, fall: 2)
            },
            server("web3", 3, port: 29103) {
                $0.cookie = "w3"
                $0.isBackup = true
                $0.check = check(rise: 1, fall: 2)
            },
        ]
    }
    proxy("be_tcp", 7, frontend: false, backend: true) {
        $0.mode = .tcp
        $0.balance = .source
        $0.servers = [
            server("t1", 1, port: 29101) { $0.check = check(rise: 2, fall: 3) },
            server("t2", 2, port: 29103) {
                $0.check = check(rise: 2, fall: 3)
                $0.startsDisabled = true
            },
            server("t3", 3, port: 29101),
        ]
    }
    proxy("be_track", 8, frontend: false, backend: true) {
        $0.servers = [
            server("a1", 1, port: 29101) {
                $0.weight = 0
                $0.tracks = ServerReference(proxy: 4, server: 0)
            },
            server("a2", 2, port: 29101) { $0.startsDisabled = true },
        ]
    }
    proxy("be_empty", 9, frontend: false, backend: true)
    return configuration
}

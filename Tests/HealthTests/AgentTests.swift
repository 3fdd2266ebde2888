import Checking
import Configuration
import Core
import EventLoop
import HTTP
import Linux
import Synchronization
import Testing

@testable import Proxy

/// Agents and `observe` on the transitions; the lines are what HAProxy 2.6 writes under the same events.
@Suite struct AgentTests {
    let bench: Bench
    let transitions: ServerTransitions
    let now = Clock.now()
    let ends: EndedSessions

    /// Servers whose sessions were cut.
    final class EndedSessions: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        func take() -> [String] {
            names.withLock { names in
                defer { names = [] }
                return names
            }
        }
    }

    init() throws {
        var a = Bench.server("a", id: 1)
        a.agent = AgentCheckSettings(port: 9)
        a.weight = 100
        a.shutsSessionsWhenDown = true
        a.shutsBackupSessionsWhenUp = true
        var b = Bench.server("b", id: 2)
        b.isBackup = true
        var c = Bench.server("c", id: 3)
        c.check = ServerCheckSettings()
        c.observe = .layer7
        c.onError = .suddenDeath
        var proxy = Bench.backend("be", id: 2, [a, b, c])
        proxy.options.logHealthChecks = true
        let ends = EndedSessions()
        self.ends = ends
        bench = try Bench(Bench.configuration(proxy))
        transitions = ServerTransitions(
            snapshot: bench.snapshot, board: bench.board, log: bench.log, stateChanged: { _ in },
            endSessions: { server, _ in ends.add(server.name) }, now: now)
    }

    /// What an agent's line does.
    func say(_ line: String) -> [String] {
        let pool = BufferPool(headBytes: 16384)
        var fields = HeaderTable(limit: 4)
        var input = Buffer()
        pool.lend(.head, to: &input)
        defer { pool.reclaim(&input) }
        input.append(contentsOf: Array(line.utf8))
        var conversation = CheckConversation(.agent(send: []))
        _ = conversation.begin()
        _ = conversation.connected()
        guard
            case .finished(let verdict) = conversation.received(
                &input, isLast: false, fields: &fields)
        else { return ["no verdict"] }
        _ = transitions.agentEnded(
            verdict, conversation.agentReply, duration: .zero, of: bench.reference("be/a"),
            in: bench.snapshot, now: now)
        return bench.takeLines()
    }

    @Test func everythingAnAgentCanSay() throws {
        let a = bench.state("be/a")
        #expect(
            say("up\n") == [
                "<133>Agent check for server be/a succeeded, reason: Layer7 check passed, code: 0, info: \"via agent : up\", check duration: 0ms, status: 1/1 UP."
            ])
        #expect(say("75%,maxconn:30\n") == [])
        #expect(a.weight == 75)
        #expect(a.maxConnections == 30)
        #expect(
            say("down # going home\n") == [
                "<133>Agent check for server be/a failed, reason: Layer7 wrong status, code: 0, info: \"via agent : down (going home)\", check duration: 0ms, status: 0/1 DOWN.",
                "<129>Server be/a is DOWN. 1 active and 1 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.",
            ])
        #expect(ends.take() == ["a"])
        #expect(a.operation == .stopped)
        #expect(say("300%\n") == [])
        #expect(a.weight == 256)
        #expect(say("up\n").last?.hasPrefix("<133>Server be/a is UP. 2 active") == true)
        #expect(ends.take() == ["b"])
        #expect(say("maint\n").first?.contains("going DOWN for maintenance") == true)
        #expect(say("down\n").count == 1)
        #expect(say("ready\n") != [])
        // It leaves maintenance, and its agent still says that it is down.
        #expect(a.operation == .stopped)
        #expect(say("up drain\n").contains { $0.contains("enters drain state") })
        #expect(a.administration == .forcedDrain)
    }

    @Test func aLostAgentChangesNothing() {
        let a = bench.state("be/a")
        for status in [CheckStatus.layer4Problem, .layer4Timeout, .layer7Timeout, .socketError] {
            _ = transitions.agentEnded(
                CheckVerdict(status), nil, duration: .zero, of: bench.reference("be/a"),
                in: bench.snapshot, now: now)
            #expect(a.operation == .running)
            #expect(a.withMutable { $0.agent.status } == status.word)
        }
        #expect(bench.takeLines().allSatisfy { $0.contains("status: 1/1 UP.") })
    }

    @Test func aReloadForgetsTheAgent() {
        let a = bench.state("be/a")
        _ = say("down\n")
        transitions.adopt(
            Snapshot(bench.snapshot.configuration, keeping: bench.snapshot, workers: 1, now: now),
            now: now)
        #expect(a.operation == .stopped)
        var configuration = bench.snapshot.configuration
        configuration.proxies[0].servers[0].agent = nil
        transitions.adopt(
            Snapshot(configuration, keeping: bench.snapshot, workers: 1, now: now), now: now)
        #expect(a.operation == .running)
    }

    @Test func errorsOfTraffic() {
        let c = bench.state("be/c")
        _ = transitions.checkEnded(
            CheckVerdict(.layer4Passed), duration: .zero, of: bench.reference("be/c"),
            in: bench.snapshot, now: now)
        _ = bench.takeLines()
        let text = "Detected 3 consecutive errors, last one was: Wrong http response"
        let verdict = CheckVerdict(.analysis, text: text)
        func observe() -> [String] {
            transitions.observed(
                verdict, of: bench.reference("be/c"), in: bench.snapshot, now: now)
            return bench.takeLines()
        }
        let head =
            "<133>Health check for server be/c failed, reason: Health analyze, info: \"\(text)\""
        #expect(observe() == ["\(head), status: 1/3 UP."])
        #expect(observe().first == "\(head), status: 0/2 DOWN.")
        #expect(c.operation == .stopped)
        #expect(c.withMutable { $0.observedFailures } == 2)
    }

    @Test func errorsInARowAreCounted() {
        let c = bench.state("be/c")
        #expect(c.noteError(limit: 3) == nil)
        #expect(c.noteError(limit: 3) == nil)
        c.noteSuccess()
        #expect(c.noteError(limit: 3) == nil)
        #expect(c.noteError(limit: 3) == nil)
        #expect(c.noteError(limit: 3) == 3)
        #expect(c.noteError(limit: 3) == nil)
    }
}

import Configuration
import Core
import Dispatch
import Foundation
import Linux
import Proxy
import Synchronization
import Testing

/// Limits, queues, reload, drain and stop.
@Suite struct EngineLifecycleTests {
    static let get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"
    static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nGET /x HTTP/1.1|"

    /// Counts requests that are served at once.
    final class Load: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock { $0.most } }

        func serve(_ connection: TestSocket) {
            while case let head = connection.receive(until: "\r\n\r\n"), !head.isEmpty {
                state.withLock {
                    $0.now += 1
                    $0.most = max($0.most, $0.now)
                }
                Thread.sleep(forTimeInterval: 0.005)
                state.withLock { $0.now -= 1 }
                connection.send(EngineLifecycleTests.answer)
            }
        }
    }

    /// Runs `body` on so many threads and waits for all.
    private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        let group = DispatchGroup()
        for index in 0..<count {
            group.enter()
            Thread.detachNewThread {
                body(index)
                group.leave()
            }
        }
        group.wait()
    }

    @Test(arguments: [1, 2])
    func keepsToAServersLimit(workers: Int) {
        let load = Load()
        let rig = EngineRig(
            workers: workers, origins: [{ load.serve($0) }],
            proxy: { $0.servers[0].maxConnections = 2 })
        let good = Atomic(0)
        onThreads(20) { _ in
            let client = rig.client()
            for _ in 0..<5 {
                client.send(Self.get)
                if client.receive(until: "|") == Self.answer {
                    good.wrappingAdd(1, ordering: .relaxed)
                }
            }
        }
        #expect(good.load(ordering: .relaxed) == 100)
        #expect(load.most <= 2)
        let state = rig.snapshot.proxies[0]
        // A client may read its answer before the worker has put the stream away.
        #expect(becomesTrue { state.servers[0].active == 0 && state.state.backendActive == 0 })
        #expect(state.state.queued == 0)
    }

    /// Whether something is true within some seconds.
    private func becomesTrue(_ condition: () -> Bool) -> Bool {
        for _ in 0..<5000 {
            if condition() { return true }
            usleep(1000)
        }
        return false
    }

    @Test func answersWhoWaitsTooLong() {
        let rig = EngineRig(
            origins: [{ _ = $0.receiveAll() }],
            proxy: {
                $0.servers[0].maxConnections = 1
                $0.timeouts.queue = .milliseconds(50)
            })
        let first = rig.client()
        first.send(Self.get)
        while rig.snapshot.proxies[0].servers[0].active == 0 { sched_yield() }
        let second = rig.client()
        second.send(Self.get)
        #expect(second.receive(until: "</html>\n").hasPrefix("HTTP/1.1 503 "))
        #expect(rig.snapshot.proxies[0].state.queued == 0)
    }

    /// A frontend at its limit leaves connections in the kernel until one ends.
    @Test func acceptsAgainWhenOneLeaves() {
        let rig = EngineRig(origins: [Origin.echo], proxy: { $0.maxConnections = 1 })
        var first: TestSocket? = rig.client()
        first?.send(Self.get)
        #expect(first?.receive(until: "|") == Self.answer)
        let second = rig.client()
        second.send(Self.get)
        #expect(rig.snapshot.proxies[0].state.frontendActive == 1)
        first = nil
        #expect(second.receive(until: "|") == Self.answer)
    }

    /// Connections stay open over a reload; new requests go by the new snapshot.
    @Test func reloadsUnderAnOpenConnection() {
        let rig = EngineRig(origins: [Origin.echo, { _ = $0.receiveAll() }])
        let client = rig.client()
        client.send(Self.get)
        #expect(client.receive(until: "|") == Self.answer)
        var configuration = rig.snapshot.configuration
        configuration.proxies[0].servers.removeLast()
        let next = Snapshot(
            configuration, keeping: rig.snapshot, workers: 1, now: Clock.now())
        #expect(next.proxies[0].servers[0] === rig.snapshot.proxies[0].servers[0])
        let done = DispatchSemaphore(value: 0)
        rig.engine.apply(next, listeners: rig.listeners) { dropped in
            #expect(dropped.isEmpty)
            done.signal()
        }
        done.wait()
        for _ in 0..<4 {
            client.send(Self.get)
            #expect(client.receive(until: "|") == Self.answer)
        }
    }

    /// USR1: what runs is finished and told to close; so is a new connection, whose request may be on its way.
    @Test func finishesWhatRuns() {
        let mayAnswer = DispatchSemaphore(value: 0)
        let rig = EngineRig(origins: [
            { connection in
                _ = connection.receive(until: "\r\n\r\n")
                mayAnswer.wait()
                connection.send(Self.answer)
                _ = connection.receiveAll()
            }
        ])
        let running = rig.client()
        running.send(Self.get)
        while rig.snapshot.proxies[0].servers[0].active == 0 { sched_yield() }
        let new = rig.client()
        while rig.engine.activeConnections < 2 { sched_yield() }
        let done = DispatchSemaphore(value: 0)
        rig.engine.stopListening { done.signal() }
        done.wait()
        new.send(Self.get)
        mayAnswer.signal()
        mayAnswer.signal()
        #expect(new.receiveAll().contains("Connection: close"))
        #expect(running.receiveAll().contains("200 OK"))
        while rig.engine.activeConnections > 0 { sched_yield() }
    }

    /// Drain: new ones are still served, and told to close.
    @Test func drains() {
        let rig = EngineRig(origins: [Origin.echo])
        let idle = rig.client()
        idle.send(Self.get)
        #expect(idle.receive(until: "|") == Self.answer)
        rig.engine.beginDrain()
        #expect(idle.receiveAll() == "")
        let next = rig.client()
        next.send(Self.get)
        #expect(
            next.receiveAll()
                == "HTTP/1.1 200 OK\r\nContent-Length: 16\r\nConnection: close\r\n\r\nGET /x HTTP/1.1|"
        )
    }

    @Test func cutsTheSessionsOfAServer() {
        let rig = EngineRig(origins: [{ _ = $0.receiveAll() }])
        let client = rig.client()
        client.send(Self.get)
        let server = rig.snapshot.proxies[0].servers[0]
        while server.active == 0 { sched_yield() }
        rig.engine.shutdownSessions(server: server)
        #expect(client.receive(until: "</html>\n").hasPrefix("HTTP/1.1 502 "))
        #expect(becomesTrue { server.active == 0 })
    }

    /// A server that leaves gets no new request, and its waiting ones go elsewhere.
    @Test func followsTheStateOfServers() {
        let rig = EngineRig(origins: [Origin.echo, { $0.send("HTTP/1.1 500 no\r\n\r\n") }])
        let proxy = rig.snapshot.proxies[0]
        proxy.servers[1].setAdministration(.forcedMaintenance, now: Clock.now())
        rig.engine.stateChanged(proxy: proxy.state)
        let client = rig.client()
        for _ in 0..<6 {
            client.send(Self.get)
            #expect(client.receive(until: "|") == Self.answer)
        }
    }

    /// Two workers, few idle connections, many clients: connections change hands.
    @Test func sharesIdleConnections() {
        let load = Load()
        let rig = EngineRig(
            workers: 2, origins: [{ load.serve($0) }],
            proxy: {
                $0.servers[0].maxConnections = 3
                $0.servers[0].poolMaxConnections = 2
            })
        let good = Atomic(0)
        onThreads(12) { _ in
            for _ in 0..<5 {
                let client = rig.client()
                for _ in 0..<3 {
                    client.send(Self.get)
                    if client.receive(until: "|") == Self.answer {
                        good.wrappingAdd(1, ordering: .relaxed)
                    }
                }
            }
        }
        #expect(good.load(ordering: .relaxed) == 180)
        #expect(load.most <= 3)
    }
}

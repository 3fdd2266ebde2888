import Configuration
import Core
import Dispatch
import EventLoop
import Expressions
import Glibc
import Linux
import Proxy
import Testing

/// Several sections, reloads that change their number, and listeners that come, go and break.
@Suite struct EngineReloadTests {
    static let get = EngineLifecycleTests.get
    static let answer = EngineLifecycleTests.answer

    /// A reload to these sections; returns when every worker has left the listeners of the others.
    @discardableResult
    private func reload(
        _ rig: EngineRig, from before: Snapshot? = nil, to sections: [Int],
        change: (inout ServiceConfiguration) -> Void = { _ in }
    ) -> Snapshot {
        let next = makeNext(rig, from: before ?? rig.snapshot, to: sections, change)
        let done = DispatchSemaphore(value: 0)
        rig.engine.apply(next, listeners: listeners(rig, sections)) { _ in done.signal() }
        done.wait()
        return next
    }

    private func makeNext(
        _ rig: EngineRig, from before: Snapshot, to sections: [Int],
        _ change: (inout ServiceConfiguration) -> Void = { _ in }
    ) -> Snapshot {
        var configuration = rig.snapshot.configuration
        configuration.proxies = sections.enumerated().map { index, section in
            var proxy = rig.snapshot.configuration.proxies[section]
            proxy.defaultBackend = index
            return proxy
        }
        change(&configuration)
        return Snapshot(configuration, keeping: before, workers: 1, now: Clock.now())
    }

    private func listeners(_ rig: EngineRig, _ sections: [Int]) -> [Listener] {
        sections.enumerated().map {
            Listener(proxy: $0, bind: 0, descriptors: rig.listeners[$1].descriptors)
        }
    }

    private func becomesTrue(_ condition: () -> Bool) -> Bool {
        for _ in 0..<5000 {
            if condition() { return true }
            usleep(1000)
        }
        return false
    }

    /// A stream that began before a reload writes its line to the targets of its own frontend, wherever that has gone.
    @Test(arguments: [[0, 1], [3, 2, 1, 0], [0]])
    func logsByTheOldList(left: [Int]) {
        let sink = LogSink()
        var target = LogTargetSettings(
            destination: .udp(.v4(IPv4Address(rawValue: 0x7f00_0001)), port: sink.port),
            facility: 16)
        target.format = .rfc3164
        let rig = EngineRig(
            tcp: true, sections: 4,
            origins: [
                {
                    $0.send("hello"); _ = $0.receiveAll()
                }
            ],
            logTargets: [target],
            proxy: {
                $0.logTargets = [target]
                $0.logFormat = .compiled(.tcp)
            })
        let client = rig.client(section: 3)
        #expect(client.receive(until: "hello") == "hello")
        reload(rig, to: left)
        client.finishSending()
        #expect(client.receiveAll() == "")
        let line = sink.whole()
        #expect(line.contains(" app4[1]: ") && line.contains(" app4 app4/s1 "), "\(line)")
    }

    /// A connection that waits at a full frontend is served when its own place becomes free, whatever ended before.
    @Test func acceptsAgainAfterOtherEnds() {
        let rig = EngineRig(
            sections: 2, origins: [Origin.echo], proxy: { $0.maxConnections = 1 })
        func served(_ section: Int) -> TestSocket {
            let client = rig.client(section: section)
            client.send(Self.get)
            #expect(client.receive(until: "|") == Self.answer)
            return client
        }
        var first: TestSocket? = served(0)
        var other: TestSocket? = served(1)
        let waiting = rig.client()
        waiting.send(Self.get)
        // The worker sees the new client before whatever comes after this answer.
        other?.send(Self.get)
        #expect(other?.receive(until: "|") == Self.answer)
        other = nil
        #expect(becomesTrue { rig.engine.activeConnections == 1 })
        withExtendedLifetime(served(1)) {}
        first = nil
        #expect(waiting.receive(until: "|") == Self.answer)
        _ = first
    }

    /// A listening socket that breaks is known to the health board until it is gone or works again.
    @Test func tellsOfLostListeners() {
        let rig = EngineRig(sections: 2, origins: [Origin.echo])
        #expect(becomesTrue { rig.board.engineWorks(now: Clock.now()) })
        shutdown(rig.listeners[1].descriptors[0], Int32(SHUT_RDWR))
        #expect(becomesTrue { !rig.board.engineWorks(now: Clock.now()) })
        let client = rig.client()
        client.send(Self.get)
        #expect(client.receive(until: "|") == Self.answer)
        reload(rig, to: [0])
        #expect(rig.board.engineWorks(now: Clock.now()))
    }

    /// What changed while the new snapshot was made is known to its balance.
    @Test func balancesByTheStateAtItsStart() {
        let rig = EngineRig(origins: [Origin.echo, Origin.once("HTTP/1.1 500 no\r\n\r\n")])
        let next = makeNext(rig, from: rig.snapshot, to: [0])
        rig.snapshot.proxies[0].servers[1].setAdministration(.forcedMaintenance, now: Clock.now())
        rig.engine.stateChanged(proxy: rig.snapshot.proxies[0].state)
        let done = DispatchSemaphore(value: 0)
        rig.engine.apply(next, listeners: rig.listeners) { _ in done.signal() }
        done.wait()
        let client = rig.client()
        for _ in 0..<6 {
            client.send(Self.get)
            #expect(client.receive(until: "|") == Self.answer)
        }
    }

    /// Connections that the kernel has completed at a listener that goes are served, though the process is at its limit.
    @Test(arguments: [1, 2])
    func drainsOverTheLimit(workers: Int) {
        let rig = EngineRig(
            workers: workers, sections: 2, origins: [Origin.echo],
            process: { $0.maxConnections = 1 })
        var first: TestSocket? = rig.client()
        first?.send(Self.get)
        #expect(first?.receive(until: "|") == Self.answer)
        var waiting = (0..<3).map { _ in rig.client(section: 1) }
        for client in waiting { client.send(Self.get) }
        let done = DispatchSemaphore(value: 0)
        rig.engine.apply(makeNext(rig, from: rig.snapshot, to: [0]), listeners: listeners(rig, [0]))
        {
            for listener in $0 {
                for number in listener.descriptors { shutdown(number, Int32(SHUT_RDWR)) }
            }
            done.signal()
        }
        first = nil
        while !waiting.isEmpty {
            #expect(waiting.removeFirst().receive(until: "|") == Self.answer)
        }
        #expect(done.wait(timeout: .now() + 5) == .success)
        _ = first
    }

    /// Reloads leave nothing behind: not a listener, not a snapshot.
    @Test func forgetsWhatHasGone() {
        let rig = EngineRig(sections: 2, origins: [Origin.echo])
        weak var old: Snapshot?
        var last: Snapshot? = reload(rig, to: [0, 1])
        old = last
        last = reload(rig, from: last, to: [0])
        last = reload(rig, from: last, to: [0, 1])
        #expect(becomesTrue { old == nil })
        let client = rig.client(section: 1)
        client.send(Self.get)
        #expect(client.receive(until: "|") == Self.answer)
        withExtendedLifetime(last) {}
    }

    /// More workers than the board has places for run, though nobody watches the last ones.
    @Test func reportsBeyondTheLastPlace() {
        let board = HealthBoard()
        let now = Clock.now()
        board.report(worker: HealthBoard.workerLimit, now: now)
        board.report(worker: HealthBoard.workerLimit - 1, now: now)
        #expect(board.stalled(now: now).isEmpty)
    }
}

@testable import Control
import Core
@testable import Failover
import Testing
import VRRP

@testable import Appliance

@Suite struct AddressDrainTests {
    let start = Instant(nanoseconds: 1_000_000_000)
    let address = IPAddress("10.0.0.50")

    func status(_ states: [String: VirtualRouter.State]) throws -> FailoverStatus {
        var status = FailoverStatus()
        let shared = try #require(address)
        let prefix = try #require(IPPrefix(shared, length: 24))
        for (name, state) in states.sorted(by: { $0.key < $1.key }) {
            status.instances.append(
                FailoverStatus.Instance(
                    name: name, state: state, wantsMaster: false, version: .v3, interface: "eth0",
                    virtualRouterID: 51, basePriority: 100, effectivePriority: 100,
                    advertisementInterval: .milliseconds(100), sourceAddress: nil, peer: nil,
                    preempts: true, preemptDelay: .zero, usesPassword: false,
                    addresses: [
                        FailoverStatus.Address(
                            text: "", prefix: prefix, isHeld: state == .master, isAdvertised: true)
                    ], trackers: [], counters: InstanceCounters(), transitions: [],
                    garp: AnnouncementSettings()))
        }
        return status
    }

    func drain(_ routers: Set<String> = ["A"], grace: Duration = .seconds(30)) -> AddressDrain {
        let ticket = CommandTicket(session: Handle(index: 1, generation: 1), number: 1)
        return AddressDrain(
            HandOverRequest(.failover, router: "A", drain: nil, ticket), routers: routers,
            grace: grace, now: start)
    }

    @Test func endsWithTheLastConnection() throws {
        var drain = drain()
        let status = try status(["A": .master])
        let addresses = Set([address].compactMap { $0 })
        #expect(drain.look(at: status, clients: 4, now: start) == .count(addresses))
        // One question at a time.
        #expect(drain.look(at: status, clients: 4, now: start + .seconds(1)) == .wait)
        #expect(drain.report(now: start)?.connections == nil)
        #expect(
            drain.counted(3, now: start + .seconds(1)) == "connections left: 3, at most 29 s more")
        #expect(drain.report(now: start + .seconds(1))?.connections == 3)
        #expect(drain.look(at: status, clients: 4, now: start + .milliseconds(1100)) == .wait)
        #expect(
            drain.look(at: status, clients: 4, now: start + .milliseconds(1200))
                == .count(addresses))
        #expect(drain.counted(2, now: start + .milliseconds(1200)) == nil)
        #expect(drain.look(at: status, clients: 0, now: start + .seconds(2)) == .end(.empty))
    }

    @Test func saysEachFewSecondsHowManyAreLeft() throws {
        var drain = drain()
        let words = (0..<20).compactMap { drain.counted(7, now: start + .seconds($0)) }
        #expect(words.count == 4)
        #expect(words.last == "connections left: 7, at most 15 s more")
    }

    @Test func manyConnectionsAreCountedMoreSeldom() throws {
        var drain = drain()
        let status = try status(["A": .master])
        _ = drain.look(at: status, clients: 20_000, now: start)
        _ = drain.counted(20_000, now: start)
        #expect(drain.look(at: status, clients: 20_000, now: start + .seconds(1)) == .wait)
        #expect(drain.look(at: status, clients: 20_000, now: start + .seconds(2)) != .wait)
    }

    @Test func endsWithTheGrace() throws {
        var drain = drain(grace: .seconds(1))
        let status = try status(["A": .master])
        _ = drain.look(at: status, clients: 1, now: start)
        _ = drain.counted(1, now: start)
        #expect(
            drain.look(at: status, clients: 1, now: start + .seconds(1))
                == .end(.graceIsOver(left: 1)))
        drain.begin()
        #expect(drain.look(at: status, clients: 0, now: start + .seconds(2)) == .wait)
        #expect(drain.report(now: start) == nil)
    }

    /// Workers that do not answer do not keep the address here.
    @Test func endsWithTheGraceThoughNobodyCounted() throws {
        var drain = drain(grace: .seconds(1))
        let status = try status(["A": .master])
        _ = drain.look(at: status, clients: 1, now: start)
        #expect(
            drain.look(at: status, clients: 1, now: start + .seconds(1))
                == .end(.graceIsOver(left: nil)))
    }

    @Test(arguments: [
        VirtualRouter.State.backup, .fault, .initialize, .releasing,
    ])
    func waitsOnlyWhereThisNodeIsMaster(state: VirtualRouter.State) throws {
        var drain = drain()
        #expect(
            drain.look(at: try status(["A": state, "B": .master]), clients: 9, now: start)
                == .end(.noMaster))
    }

    /// The status was old: this node became master when the routers were told to move.
    @Test func waitsAgainWhenTheStatusWasOld() throws {
        var drain = drain()
        #expect(
            drain.look(at: try status(["A": .backup]), clients: 9, now: start) == .end(.noMaster))
        drain.begin()
        drain.foundMaster(now: start)
        let addresses = Set([address].compactMap { $0 })
        #expect(
            drain.look(at: try status(["A": .master]), clients: 9, now: start)
                == .count(addresses))
        #expect(
            drain.look(at: try status(["A": .master]), clients: 9, now: start + .seconds(30))
                == .end(.graceIsOver(left: nil)))
    }

    @Test func waitsWhileOneOfAGroupIsMaster() throws {
        var drain = drain(["A", "B"])
        let both = try status(["A": .backup, "B": .master])
        #expect(drain.look(at: both, clients: 9, now: start) != .end(.noMaster))
        #expect(
            drain.look(at: FailoverStatus(), clients: 9, now: start) == .end(.noMaster))
    }
}

import Balancing
import Core
import Testing

@Suite struct HashTests {
    /// Seven servers as those that the golden values come from.
    private struct Backend {
        var facts: [ServerFacts]
        var balancer: Balancer

        init(isConsistent: Bool) {
            facts = [2, 3, 5, 1, 7, 9, 1].map { ServerFacts(weight: $0) }
            for backup in [5, 6] { facts[backup].isBackup = true }
            balancer = Balancer(
                isConsistent ? .ringHash : .mapHash, order: [1, 2, 40, 4, 5, 6, 7])
            balancer.serversChanged(facts)
        }

        mutating func apply(_ change: GoldenHashes.Change) {
            switch change {
            case .up(let servers): setUsable(servers, true)
            case .down(let servers): setUsable(servers, false)
            case .weight(let weight):
                facts[0].effectiveWeight = weight * ServerFacts.weightScale
                balancer.serversChanged(facts)
            }
        }

        /// One after the other, as commands do it.
        private mutating func setUsable(_ servers: [Int], _ isUsable: Bool) {
            for server in servers {
                facts[server - 1].isUsable = isUsable
                balancer.serversChanged(facts)
            }
        }

        mutating func picks(_ hashes: [UInt32?]) -> String {
            hashes.map { hash in
                balancer.pick(hash: hash, hasSlot: { _ in true }).map { "\($0 + 1)" } ?? "-"
            }.joined()
        }
    }

    @Test(arguments: GoldenHashes.all)
    func keysGoWhereHAProxySendsThem(golden: GoldenHashes) {
        var backend = Backend(isConsistent: golden.method.isConsistent)
        let keys = (0..<40).map { number -> UInt32? in
            let key = Array("key-\(number)".utf8)
            return unsafe golden.method.hash(key.span.bytes)
        }
        let turns =
            golden.method.isConsistent
            ? GoldenHashes.withoutKeyOnRing : GoldenHashes.withoutKeyInMap
        let changes = GoldenHashes.changes(isConsistent: golden.method.isConsistent)
        for (index, step) in changes.enumerated() {
            for change in step { backend.apply(change) }
            #expect(backend.picks(keys) == golden.servers[index], "after \(step)")
            #expect(
                backend.picks([UInt32?](repeating: nil, count: 12)) == turns[index],
                "without a key, after \(step)")
        }
    }

    /// A server that is to be avoided gives way on the ring only, as in HAProxy.
    @Test func avoidedServers() {
        for isConsistent in [true, false] {
            var backend = Backend(isConsistent: isConsistent)
            for hash in stride(from: UInt32(0), to: .max - 0x0800_0000, by: 0x0800_0000) {
                let first = backend.balancer.pick(hash: hash, hasSlot: { _ in true })
                let other = backend.balancer.pick(
                    hash: hash, avoiding: first, hasSlot: { _ in true })
                #expect((first == other) != isConsistent)
            }
        }
    }

    /// A server that is alone is chosen even where it is to be avoided; none at all is no trap.
    @Test func fewServers() {
        var ring = Balancer(.ringHash)
        #expect(ring.pick(hash: 7, hasSlot: { _ in true }) == nil)
        #expect(ring.pick(hash: nil, hasSlot: { _ in true }) == nil)
        ring.serversChanged([ServerFacts(weight: 1)])
        #expect(ring.pick(hash: 7, avoiding: 0, hasSlot: { _ in true }) == 0)
        #expect(ring.pick(hash: nil, avoiding: 0, hasSlot: { _ in true }) == 0)
        #expect(ring.pick(hash: nil, hasSlot: { _ in false }) == nil)
        ring.serversChanged([ServerFacts(weight: 0)])
        #expect(ring.pick(hash: 7, hasSlot: { _ in true }) == nil)
    }

    /// A server that leaves the ring takes only its own keys along.
    @Test func othersKeepTheirKeys() {
        var backend = Backend(isConsistent: true)
        let hashes = (0..<2000).map { UInt32($0) &* 2_147_483_659 }
        let before = hashes.map { backend.balancer.pick(hash: $0, hasSlot: { _ in true }) }
        backend.apply(.down([2]))
        for (hash, server) in zip(hashes, before) where server != 1 {
            #expect(backend.balancer.pick(hash: hash, hasSlot: { _ in true }) == server)
        }
    }
}

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

    /// `hash-balance-factor`: no server holds more than its share of all requests, rounded up, and
    /// as long as nobody has, keys go where they go without a bound.
    @Test(arguments: [101, 125, 200, 1000])
    func loadsAreBounded(factor: Int) {
        let weights = [2, 3, 5, 1, 7]
        var free = Balancer(.ringHash)
        var bound = Balancer(.ringHash, balanceFactor: factor)
        #expect(bound.usesLoad && !free.usesLoad && !bound.countsQueue)
        for _ in 0..<2 {
            free.serversChanged(weights.map { ServerFacts(weight: $0) })
            bound.serversChanged(weights.map { ServerFacts(weight: $0) })
        }
        var loads = [Int](repeating: 0, count: weights.count)
        for request in 1...400 {
            let hash = UInt32(request % 3) &* 1_500_000_007
            guard let server = bound.pick(hash: hash, hasSlot: { _ in true }) else {
                Issue.record("no server")
                return
            }
            if request == 1 { #expect(server == free.pick(hash: hash, hasSlot: { _ in true })) }
            loads[server] += 1
            bound.setLoad(server, loads[server])
            let slots = (request * factor + 99) / 100
            #expect(loads[server] <= max(1, (slots * weights[server] + 17) / 18 + 1))
        }
        for server in weights.indices { bound.setLoad(server, 0) }
        for hash in stride(from: UInt32(0), to: .max - 0x0800_0000, by: 0x0800_0000) {
            #expect(
                bound.pick(hash: hash, hasSlot: { _ in true })
                    == free.pick(hash: hash, hasSlot: { _ in true }))
        }
        bound.setLoad(99, 5)
    }

    /// A request without a key is no turn while one server is left, where the program sees it so.
    @Test func nobodysTurnMovesOnAlone() {
        func servers(restsAlone: Bool, picksAlone: Int) -> [Int?] {
            var balancer = Balancer(.mapHash, restsAlone: restsAlone)
            var facts = [1, 1, 1, 3].map { ServerFacts(weight: $0) }
            balancer.serversChanged(facts)
            var picks = [balancer.pick(hasSlot: { _ in true })]
            for server in 0..<3 { facts[server].isUsable = false }
            balancer.serversChanged(facts)
            for _ in 0..<picksAlone { #expect(balancer.pick(hasSlot: { _ in true }) == 3) }
            for server in 0..<3 { facts[server].isUsable = true }
            balancer.serversChanged(facts)
            for _ in 0..<6 { picks.append(balancer.pick(hasSlot: { _ in true })) }
            return picks
        }
        let undisturbed = servers(restsAlone: true, picksAlone: 0)
        #expect(servers(restsAlone: true, picksAlone: 2) == undisturbed)
        #expect(servers(restsAlone: false, picksAlone: 2) != undisturbed)
    }

    /// What of targets, fields and bodies is hashed.
    @Test func keys() {
        func part(_ text: String, _ range: (RawSpan) -> Range<Int>?) -> String? {
            let bytes = Array(text.utf8)
            return unsafe range(bytes.span.bytes).map {
                String(decoding: bytes[$0], as: UTF8.self)
            }
        }
        let whole = HashKey.uri(length: 0, depth: 0, isWhole: true, isPathOnly: false)
        let deep = HashKey.uri(length: 0, depth: 2, isWhole: false, isPathOnly: true)
        let short = HashKey.uri(length: 4, depth: 0, isWhole: false, isPathOnly: false)
        let id = HashKey.parameter(Array("id".utf8))
        #expect(part("/a/b/c?x", whole.range(in:)) == "/a/b/c?x")
        #expect(part("http://h/a/b/c?x", deep.range(in:)) == "/a/b")
        #expect(part("*", deep.range(in:)) == "")
        #expect(part("/abcdef", short.range(in:)) == "/abc")
        #expect(part("/?x=1&id=7&y", id.range(in:)) == "7")
        #expect(part("/?id", id.range(in:)) == nil)
        let bodies: [(String, String?)] = [
            ("id=7&x", "7"), ("x=1&id=a/b", "a/b"), ("id=", ""), ("id= x", ""), ("id=/x", nil),
            ("xid=3", nil), ("", nil), ("&&id=%37", "%37"), ("id", nil), ("id=\u{1}", nil),
        ]
        for (body, value) in bodies {
            #expect(part(body, id.range(inBody:)) == value, "in \(body)")
            #expect(part(body, whole.range(inBody:)) == nil)
        }
        let fields: [(String, String?, String?)] = [
            ("www.example.com", "www.example.com", "example"), ("a, b", "a", "a"),
            ("\"a,b\",c", "\"a,b\"", "\"a,b\""), ("", nil, nil), (" , ", nil, nil),
            (".com", ".com", ".com"), ("com.", "com.", "com"),
        ]
        for (value, plain, domain) in fields {
            #expect(part(value) { HashKey.range(inField: $0, onlyDomain: false) } == plain)
            #expect(part(value) { HashKey.range(inField: $0, onlyDomain: true) } == domain)
        }
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

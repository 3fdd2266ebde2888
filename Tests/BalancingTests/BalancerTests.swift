import Balancing
import Core
import Testing

private func balancer(
    _ algorithm: Balancer.Algorithm, _ weights: [Int], allBackups: Bool = false
) -> Balancer {
    var balancer = Balancer(algorithm, allBackups: allBackups)
    balancer.serversChanged(weights.map { ServerFacts(weight: $0) })
    return balancer
}

/// Picks `count` times and writes the servers' numbers one behind the other.
private func order(
    _ balancer: inout Balancer, _ count: Int, hasSlot: (Int) -> Bool = { _ in true }
) -> String {
    var text = ""
    for _ in 0..<count {
        text += balancer.pick(hasSlot: hasSlot).map { String($0 + 1) } ?? "-"
    }
    return text
}

/// Small and repeatable.
private struct Dice {
    var state: UInt64
    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % sides
    }
}

@Suite struct BalancerTests {
    @Test(arguments: GoldenOrders.roundRobin)
    func roundRobinIsHAProxys(weights: [Int], golden: String) {
        var balancer = balancer(.roundRobin, weights)
        #expect(order(&balancer, golden.count) == golden)
    }

    @Test(arguments: GoldenOrders.staticRoundRobin)
    func staticRoundRobinIsHAProxys(weights: [Int], golden: String) {
        var balancer = balancer(.staticRoundRobin, weights)
        #expect(order(&balancer, golden.count) == golden)
    }

    @Test func sourceIsHAProxys() throws {
        var four = balancer(.mapHash, [2, 3, 5, 7])
        func pick(_ address: String) throws -> String {
            let address = try #require(IPv4Address(address))
            let server = four.pick(hash: SourceHash.of(address), hasSlot: { _ in false })
            return server.map { String($0 + 1) } ?? "-"
        }
        #expect(try (1...30).map { try pick("127.0.0.\($0)") }.joined() == GoldenOrders.source)
        let elsewhere = ["127.1.2.3", "127.255.0.9", "127.77.33.201"]
        #expect(try elsewhere.map { try pick($0) }.joined() == GoldenOrders.sourceElsewhere)

        var many = balancer(.mapHash, [Int](repeating: 1, count: 97))
        for (text, server) in GoldenOrders.source6 {
            let address = try #require(IPv6Address(text))
            #expect(many.pick(hash: SourceHash.of(address), hasSlot: { _ in true }) == server)
        }
    }

    /// Measured with HAProxy: 40 requests that are never answered spread as (load + 1) / weight
    /// says.
    @Test func leastConnectionsFollowsLoadAndWeight() {
        var balancer = balancer(.leastConnections, [1, 2, 3])
        var loads = [0, 0, 0]
        var text = ""
        for _ in 0..<18 {
            guard let server = balancer.pick(hasSlot: { _ in true }) else { continue }
            text += String(server + 1)
            loads[server] += 1
            balancer.setLoad(server, loads[server])
        }
        #expect(text.prefix(3) == "123")
        #expect(loads == [3, 6, 9])
        // Idle servers take turns, whatever their weight.
        for server in 0..<3 { balancer.setLoad(server, 0) }
        var idle = ""
        for _ in 0..<6 {
            guard let server = balancer.pick(hasSlot: { _ in true }) else { continue }
            idle += String(server + 1)
            balancer.setLoad(server, 1)
            balancer.setLoad(server, 0)
        }
        #expect(idle == "123123")
    }

    @Test func firstFillsOneServerAfterTheOther() {
        var balancer = Balancer(.first, order: [30, 10, 20])
        balancer.serversChanged([1, 1, 1].map { ServerFacts(weight: $0) })
        var free = [1, 2, 1]
        var text = ""
        for _ in 0..<5 {
            let server = balancer.pick(hasSlot: { free[$0] > 0 })
            if let server { free[server] -= 1 }
            text += server.map { String($0 + 1) } ?? "-"
        }
        #expect(text == "2231-")
    }

    /// The rule of the order in the plainest words, without heaps.
    private func plainRoundRobin(_ weights: [Int], _ count: Int) -> String {
        let weights = weights.map { $0 * ServerFacts.weightScale }
        let total = weights.reduce(0, +)
        var waiting = weights.indices.filter { weights[$0] > 0 }
        waiting = waiting.sorted { (-weights[$0], $0) < (-weights[$1], $1) }
        var finished: [Int] = []
        var running: [Int] = []
        var due = [Int](repeating: 0, count: weights.count)
        var rest = due
        var entered = due
        var now = 0
        var text = ""
        for step in 0... {
            guard text.count < count else { break }
            running.sort {
                (due[$0], rest[$0] - weights[$0], entered[$0])
                    < (due[$1], rest[$1] - weights[$1], entered[$1])
            }
            let server: Int
            if let first = running.first, due[first] <= now || waiting.isEmpty {
                server = running.removeFirst()
            } else if !waiting.isEmpty {
                server = waiting.removeFirst()
                due[server] = now
                rest[server] = 0
            } else {
                let places = Dictionary(
                    uniqueKeysWithValues: finished.enumerated().map { ($1, $0) })
                waiting = finished.sorted {
                    (-weights[$0], places[$0] ?? 0) < (-weights[$1], places[$1] ?? 0)
                }
                finished = []
                now = 0
                continue
            }
            due[server] += total / weights[server]
            rest[server] += total % weights[server]
            if rest[server] >= weights[server] {
                rest[server] -= weights[server]
                due[server] += 1
            }
            entered[server] = step
            if due[server] < total { running.append(server) } else { finished.append(server) }
            now += 1
            text += String(server + 1)
        }
        return text
    }

    /// The rule of the map as it can be said: add, choose, pay.
    private func plainMap(_ weights: [Int]) -> String {
        let total = weights.reduce(0, +)
        var scores = [Int](repeating: 0, count: weights.count)
        var text = ""
        for _ in 0..<total {
            var best = -1
            var most = 0
            for server in weights.indices where weights[server] > 0 {
                scores[server] += weights[server]
                let level = (scores[server] + total) / total
                if best < 0 || level > most {
                    best = server
                    most = level
                }
            }
            scores[best] -= total
            text += String(best + 1)
        }
        return text
    }

    @Test(arguments: 0..<24)
    func ordersFollowTheirRules(seed: Int) {
        var dice = Dice(state: UInt64(seed) &* 977 &+ 3)
        let weights = (0..<(1 + dice.roll(9))).map { _ in
            [1, 1, 2, 3, 7, 10, 100, 255, 1 + dice.roll(256)][dice.roll(9)]
        }
        var dynamic = balancer(.roundRobin, weights)
        let count = min(weights.reduce(0, +) * 20, 2500)
        #expect(order(&dynamic, count) == plainRoundRobin(weights, count), "\(weights)")
        var fixed = balancer(.staticRoundRobin, weights)
        let map = plainMap(weights)
        #expect(order(&fixed, map.count) == map, "\(weights)")
    }

    @Test(arguments: Balancer.Algorithm.allCases)
    func backupsComeLast(algorithm: Balancer.Algorithm) {
        func picks(_ facts: [ServerFacts], allBackups: Bool) -> Set<Int?> {
            var balancer = Balancer(algorithm, allBackups: allBackups)
            balancer.serversChanged(facts)
            var servers: Set<Int?> = []
            for hash in 0..<50 as Range<UInt32> {
                let server = balancer.pick(hash: hash &* 2_654_435_769, hasSlot: { _ in true })
                servers.insert(server)
                if let server { balancer.setLoad(server, Int(hash)) }
            }
            return servers
        }
        let isFirst = algorithm == .first
        var facts = (0..<4).map { ServerFacts(weight: 1, isBackup: $0 >= 2) }
        #expect(picks(facts, allBackups: true) == (isFirst ? [0] : [0, 1]))
        facts[0].isUsable = false
        facts[1].effectiveWeight = 0
        #expect(picks(facts, allBackups: false) == [2])
        #expect(picks(facts, allBackups: true) == (isFirst ? [2] : [2, 3]))
        facts[2].isUsable = false
        #expect(picks(facts, allBackups: false) == [3])
        facts[3].isUsable = false
        #expect(picks(facts, allBackups: true) == [nil])
        #expect(picks([], allBackups: true) == [nil])
    }

    @Test(arguments: Balancer.Algorithm.allCases)
    func fullAndAvoidedServersArePassedOver(algorithm: Balancer.Algorithm) {
        guard ![.mapHash, .ringHash, .random].contains(algorithm) else { return }
        var balancer = balancer(algorithm, [3, 1, 2, 1])
        for round in 0..<200 {
            let full = round % 4
            let server = balancer.pick(avoiding: (full + 1) % 4, hasSlot: { $0 != full })
            #expect(server != nil && server != full && server != (full + 1) % 4)
            let only = balancer.pick(avoiding: full, hasSlot: { $0 == full })
            #expect(only == full)
            let none = balancer.pick(hasSlot: { _ in false })
            #expect(none == nil)
        }
    }

    @Test func aServerThatWasFullDoesNotCatchUp() {
        var balancer = balancer(.roundRobin, [1, 1])
        #expect(order(&balancer, 20, hasSlot: { $0 == 0 }) == String(repeating: "1", count: 20))
        let after = order(&balancer, 10)
        #expect(!after.contains("222"))
    }

    @Test func slowStartDoesNotStarve() {
        var facts = [100, 100].map { ServerFacts(weight: $0) }
        var balancer = Balancer(.roundRobin)
        facts[1].effectiveWeight = 100
        balancer.serversChanged(facts)
        var counts = [0, 0]
        for second in 1...16 {
            facts[1].effectiveWeight = 100 * second
            balancer.serversChanged(facts)
            for _ in 0..<20 {
                if let server = balancer.pick(hasSlot: { _ in true }) { counts[server] += 1 }
            }
        }
        #expect(counts[0] > counts[1] && counts[1] > 60, "\(counts)")
    }

    /// Everything happens at once: servers come and go, weights and loads change.
    @Test(arguments: Balancer.Algorithm.allCases)
    func changesKeepTheFarmInOrder(algorithm: Balancer.Algorithm) {
        var dice = Dice(state: 99)
        var facts = (0..<30).map { _ in ServerFacts(weight: 1 + dice.roll(256)) }
        var balancer = Balancer(algorithm)
        balancer.serversChanged(facts)
        for step in 0..<400 {
            let server = dice.roll(30)
            switch dice.roll(8) {
            case 0: facts[server].isUsable.toggle()
            case 1: facts[server].effectiveWeight = dice.roll(4097)
            case 2: facts[server].isBackup.toggle()
            default: break
            }
            balancer.setLoad(server, dice.roll(50))
            balancer.serversChanged(facts)
            let picked = balancer.pick(hash: UInt32(step), hasSlot: { _ in true })
            let usable = facts.filter { $0.isUsable && $0.effectiveWeight > 0 }
            if let picked {
                #expect(facts[picked].isUsable && facts[picked].effectiveWeight > 0)
                #expect(!facts[picked].isBackup || usable.allSatisfy(\.isBackup))
            } else {
                #expect(usable.isEmpty)
            }
        }
    }

    @Test func tenThousandServersTakeTheirTurns() {
        var balancer = balancer(.roundRobin, [Int](repeating: 1, count: 10_000))
        var seen: Set<Int> = []
        for _ in 0..<10_000 {
            if let server = balancer.pick(hasSlot: { _ in true }) { seen.insert(server) }
        }
        #expect(seen.count == 10_000)
    }
}

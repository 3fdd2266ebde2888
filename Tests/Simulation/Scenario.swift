import Core
import VRRP

/// Two to five virtual routers of one group, drawn from a seed, and what befalls them.
package struct Scenario {
    package let seed: UInt64
    /// Prints every effect: for a seed that failed.
    package var isTracing = false
    private var random: SplitMix

    package init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed: seed)
    }

    /// Runs it; nil, or what went wrong.
    package mutating func run() -> String? {
        var lan = VirtualLAN(random: random, settings: settings())
        lan.isTracing = isTracing
        lan.startAll()
        for round in 0..<6 {
            lan.random = random
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                befall(&lan)
                lan.run(for: .milliseconds(Int.random(in: 1...900, using: &random)))
            }
            random = lan.random
            lan.heal()
            lan.run(for: lan.settlingTime)
            if let complaint = lan.complaint { return "seed \(seed), round \(round): \(complaint)" }
        }
        return nil
    }

    private mutating func settings() -> [VirtualRouter.Settings] {
        let version: ProtocolVersion = Bool.random(using: &random) ? .v3 : .v2
        let interval =
            version == .v2
            ? Duration.seconds(1)
            : .milliseconds(10 * Int.random(in: 5...50, using: &random))
        let strict = Int.random(in: 0..<6, using: &random) == 0
        return (0..<Int.random(in: 2...5, using: &random)).map { index in
            var settings = VirtualRouter.Settings(
                name: "R\(index)", version: version, virtualRouterID: 51,
                // Equal priorities are drawn on purpose now and then.
                priority: [100, UInt8.random(in: 1...254, using: &random)]
                    .randomElement(using: &random) ?? 100,
                advertisementInterval: interval, addresses: [VirtualLAN.address])
            settings.preempts = Int.random(in: 0..<4, using: &random) != 0
            if Int.random(in: 0..<5, using: &random) == 0 {
                settings.preemptDelay = .seconds(Int.random(in: 1...3, using: &random))
            }
            if Int.random(in: 0..<9, using: &random) == 0 && index == 0 { settings.priority = 255 }
            settings.takesOverAtOnce = Int.random(in: 0..<3, using: &random) == 0
            if strict {
                settings.answersLowerPriority = false
                settings.advertisesBeforeYielding = false
                settings.announcements.lowerPriorityRounds = 0
            }
            return settings
        }
    }

    private mutating func befall(_ lan: inout VirtualLAN) {
        let who = lan.nodes.indices.randomElement(using: &random) ?? 0
        switch Int.random(in: 0..<13, using: &random) {
        case 11: lan.ask(who, .handOver)
        case 12: lan.ask(who, .takeOver)
        case 10: lan.replace(who)
        case 0: lan.crash(who)
        case 1: lan.start(who)
        case 2: lan.pause(who, for: .milliseconds(Int.random(in: 10...4_000, using: &random)))
        case 3, 4: lan.partition(by: UInt64.random(in: 0...31, using: &random))
        case 5: lan.loss = Double.random(in: 0...0.6, using: &random)
        case 6: lan.duplication = Double.random(in: 0...0.5, using: &random)
        case 7: lan.stop(who)
        case 8: lan.setFault(who, Bool.random(using: &random))
        default: lan.setPriority(who, UInt8.random(in: 1...254, using: &random))
        }
    }
}

import Foundation
import Testing

/// Safety and liveness in one: once the network has been whole for a master down time there is exactly one
/// master, it alone holds the address, and hosts believe it.
@Suite struct SimulationTests {
    /// DYAD_SIMULATION_SEED runs one seed, DYAD_SIMULATION_SEEDS that many.
    @Test func oneMasterAfterTheNetworkIsWhole() {
        let environment = ProcessInfo.processInfo.environment
        let one = environment["DYAD_SIMULATION_SEED"].flatMap { UInt64($0) }
        let count = environment["DYAD_SIMULATION_SEEDS"].flatMap { UInt64($0) } ?? 1_000
        let seeds = one.map { $0...$0 } ?? 1...max(count, 1)
        var complaints: [String] = []
        for seed in seeds {
            var scenario = Scenario(seed: seed)
            scenario.isTracing = one != nil
            if let complaint = scenario.run() { complaints.append(complaint) }
        }
        print("simulation: seeds \(seeds), \(complaints.count) failures")
        for complaint in complaints.prefix(5) { Issue.record("\(complaint)") }
    }
}

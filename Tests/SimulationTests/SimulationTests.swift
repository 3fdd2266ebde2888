import Foundation
import Simulation
import Testing

/// Safety and liveness in one: once the network has been whole for a master down time there is exactly one
/// master, it alone holds the address, and hosts believe it.
///
/// A debug build, with all checks of the language on. `scripts/simulate` runs many more seeds in a release build.
@Suite struct SimulationTests {
    /// DYAD_SIMULATION_SEED runs one seed and prints what happens.
    @Test func oneMasterAfterTheNetworkIsWhole() {
        let one = ProcessInfo.processInfo.environment["DYAD_SIMULATION_SEED"].flatMap { UInt64($0) }
        for seed in one.map({ $0...$0 }) ?? 1...300 {
            var scenario = Scenario(seed: seed)
            scenario.isTracing = one != nil
            if let complaint = scenario.run() { Issue.record("\(complaint)") }
        }
    }
}

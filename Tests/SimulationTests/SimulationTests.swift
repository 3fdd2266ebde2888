import Simulation
import Testing

/// Safety and liveness in one: once the network has been whole for a master down time there is exactly one
/// master, it alone holds the address, and hosts believe it.
///
/// A debug build, with all checks of the language on. `scripts/simulate` runs many more seeds in a release build.
@Suite struct SimulationTests {
    @Test func oneMasterAfterTheNetworkIsWhole() {
        for seed: UInt64 in 1...300 {
            var scenario = Scenario(seed: seed)
            if let complaint = scenario.run() { Issue.record("\(complaint)") }
        }
    }

    /// Seeds that once broke the promise.
    @Test(
        arguments: [
            (5433, "the loser's announcement reaches hosts behind the winner's"),
            (18238, "packets that waited while a node slept are no answer to its farewell"),
            (29046, "the first packet behind a pause comes at any time, so it may be no answer"),
            (3115, "a router in FAULT while it gives up leaves hosts that believe in it"),
            (26083, "a process that dies while it gives up leaves hosts that believe in it"),
            (6853, "a preempt delay begins after the election, and a master down time follows it"),
            (4207, "the last word of a router that ends may be lost, so its next start says it"),
            (61760, "of two masters one speaks soon after the other, and answers nobody"),
            (185334, "a packet that waited for a node to wake hides the pace of its master"),
        ] as [(UInt64, String)])
    func whatWasFound(seed: UInt64, story: String) {
        var scenario = Scenario(seed: seed)
        #expect(scenario.run() == nil, "\(story)")
    }
}

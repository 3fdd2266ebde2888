// Runs the simulation of a group of virtual routers: simulate [FIRST] COUNT. Ends with 1 when a seed fails. A single
// seed prints what happens.
import Foundation
import Simulation

/// Seeds that are named; more would not help.
let complaintLimit = 20

let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
let first = numbers.count > 1 ? numbers[0] : 1
let count = max(numbers.last ?? 1, 1)
var failures = 0
for seed in first..<first &+ count {
    var scenario = Scenario(seed: seed)
    scenario.isTracing = count == 1
    guard let complaint = scenario.run() else { continue }
    failures += 1
    if failures <= complaintLimit { print(complaint) }
}
print("simulation: seeds \(first) to \(first &+ count &- 1), \(failures) failures")
exit(failures > 0 ? 1 : 0)

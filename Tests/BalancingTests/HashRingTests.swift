@testable import Balancing
import Testing

@Suite struct HashRingTests {
    /// A server whose weight falls step by step has the points of its weight, not those of each step.
    @Test func pointsFollowTheWeight() {
        var ring = HashRing()
        var facts = [256, 1].map { ServerFacts(weight: $0) }
        for weight in [256, 200, 130, 7, 90, 89, 1] {
            facts[0].effectiveWeight = weight * ServerFacts.weightScale
            ring.update(facts, Candidates(facts, allBackups: false), order: [1, 2])
            #expect(ring.pointCount == (weight + 1) * ServerFacts.weightScale)
        }
    }
}

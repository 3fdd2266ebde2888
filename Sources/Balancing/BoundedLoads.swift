/// `hash-balance-factor`: no server holds more than that many percent of its share of the requests
/// that are being served. "Consistent Hashing with Bounded Loads" (Mirrokni, Thorup, Zadimoghaddam,
/// arXiv:1608.01350), with weights; the rounding is HAProxy's.
struct BoundedLoads: Sendable {
    /// Percent; 0: no bound.
    private let factor: Int
    private var loads: [Int] = []
    private var sum = 0
    private var weights: [Int] = []
    private var total = 0
    /// The weights of the servers before each, as they were at first.
    private var before: [Int] = []

    init(factor: Int) { self.factor = factor }

    /// Whether there is a bound.
    var isOn: Bool { factor > 0 }

    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates) {
        guard isOn else { return }
        if loads.count != facts.count {
            loads = [Int](repeating: 0, count: facts.count)
            sum = 0
        }
        weights = facts.map(\.effectiveWeight)
        total = candidates.servers.reduce(0) { $0 + weights[$1] }
        guard before.count != facts.count else { return }
        before = [Int](repeating: 0, count: facts.count)
        for isBackup in [false, true] {
            var sum = 0
            for server in facts.indices
            where facts[server].isBackup == isBackup && facts[server].isUsable {
                before[server] = sum
                sum += weights[server]
            }
        }
    }

    mutating func setLoad(_ server: Int, _ load: Int) {
        guard loads.indices.contains(server) else { return }
        sum += load - loads[server]
        loads[server] = load
    }

    /// Whether a server may take one more request.
    func allows(_ server: Int) -> Bool {
        guard total > 0 else { return true }
        let slots = ((sum + 1) * factor + 99) / 100
        let (each, rest) = slots.quotientAndRemainder(dividingBy: total)
        // What is left is spread along the servers, so that all together have all slots.
        let share =
            weights[server] * each + (before[server] + weights[server]) * rest / total
            - before[server] * rest / total
        return loads[server] < max(share, 1)
    }
}

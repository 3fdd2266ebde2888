/// `balance first`: the first server that has a free slot, by number (`id`, by default the place in
/// the section), so that as few servers as possible are busy. Weights are ignored.
///
/// A pick costs O(number of full servers in front).
struct First: Sendable {
    /// Candidates in the order of their numbers.
    private var servers: [Int] = []

    init() {}

    /// `order` gives each server's number.
    mutating func update(_ candidates: Candidates, order: [Int]) {
        servers = candidates.servers.sorted { left, right in
            let numbers = (
                order.indices.contains(left) ? order[left] : left,
                order.indices.contains(right) ? order[right] : right
            )
            return numbers.0 != numbers.1 ? numbers.0 < numbers.1 : left < right
        }
    }

    func pick(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        var last: Int?
        for server in servers where hasSlot(server) {
            if server != avoided { return server }
            last = server
        }
        return last
    }
}

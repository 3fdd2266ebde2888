/// `balance static-rr`: walks along a fixed list in which each server stands as often as its
/// configured weight says. Changes of weight have no effect; servers that come and go do.
///
/// A pick costs O(1), and O(1) more for each slot on the way whose server is full.
struct StaticRoundRobin: Sendable {
    private var map = ServerMap()
    private var next = 0

    init() {}

    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates) {
        map = ServerMap(facts, candidates)
        if next >= map.slots.count { next = 0 }
    }

    /// The server whose slot a hash points to.
    func server(of hash: UInt32) -> Int? {
        map.slots.isEmpty ? nil : Int(map.slots[Int(hash) % map.slots.count])
    }

    mutating func pick(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        var place = next
        var last: Int?
        for _ in map.slots.indices {
            let server = Int(map.slots[place])
            place = place &+ 1 == map.slots.count ? 0 : place &+ 1
            if hasSlot(server) {
                last = server
                if server != avoided { break }
            }
        }
        next = place
        return last
    }
}

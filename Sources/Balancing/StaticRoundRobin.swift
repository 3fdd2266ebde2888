/// `balance static-rr`: walks along a fixed list in which each server stands as often as its
/// configured weight says. Changes of weight have no effect; servers that come and go do.
///
/// A pick costs O(1), and O(1) more for each slot on the way whose server is full.
struct StaticRoundRobin: Sendable {
    private var map = ServerMap()
    /// May point behind the list: the turn begins anew where the list has not grown by then.
    private var next = 0

    init() {}

    mutating func update(_ facts: [ServerFacts], _ candidates: Candidates) {
        map = ServerMap(facts, candidates)
    }

    /// The server whose slot a hash points to.
    func server(of hash: UInt32) -> Int? {
        map.slots.isEmpty ? nil : Int(map.slots[Int(hash) % map.slots.count])
    }

    mutating func pick(avoiding avoided: Int?, hasSlot: (Int) -> Bool) -> Int? {
        if next >= map.slots.count { next = 0 }
        var place = next
        var last: Int?
        for _ in map.slots.indices {
            let server = Int(map.slots[place])
            place &+= 1
            if hasSlot(server) {
                last = server
                next = place
                if server != avoided { break }
            }
            if place == map.slots.count { place = 0 }
        }
        return last
    }
}

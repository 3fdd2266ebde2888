import Core
import Testing

@Suite struct TimerWheelTests {
    /// Arms, re-arms and disarms at random and compares with a plain dictionary of deadlines.
    @Test(arguments: [1, 2, 3, 4, 5])
    func expiresExactlyWhatIsDue(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let start = Instant(nanoseconds: 12_345_678_000_000)
        var now = start
        var wheel = TimerWheel(now: now)
        var expected: [UInt64: Int64] = [:]
        let ids = (0..<200).map { wheel.add(owner: UInt64($0)) }
        for _ in 0..<3_000 {
            let which = Int.random(in: 0..<ids.count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                wheel.disarm(ids[which])
                expected[UInt64(which)] = nil
            default:
                let reach = [10, 1_000, 100_000, 20_000_000].randomElement(using: &random) ?? 1
                let wait = Int64.random(in: 1...Int64(reach), using: &random)
                let deadline = now + .milliseconds(wait)
                wheel.arm(ids[which], at: deadline)
                expected[UInt64(which)] = deadline.milliseconds
            }
            if let earliest = wheel.earliest(), let least = expected.values.min() {
                #expect(earliest.milliseconds <= least)
            }
            let step = [0, 1, 7, 300, 70_000].randomElement(using: &random) ?? 0
            now = now + .milliseconds(step)
            var expired: [UInt64] = []
            while let owner = wheel.popDue(now: now) { expired.append(owner) }
            let due = expected.filter { $0.value <= now.milliseconds }.keys
            #expect(Set(expired) == Set(due))
            #expect(expired.count == due.count)
            for owner in due { expected[owner] = nil }
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

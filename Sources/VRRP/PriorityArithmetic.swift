/// How trackers move a priority.
package enum PriorityArithmetic {
    /// The owner of the addresses: tracking never moves it.
    package static let owner: UInt8 = 255
    /// What tracking may lead to: 0 and 255 have meanings of their own.
    package static let trackable: ClosedRange<Int> = 1...254

    /// Base plus the moves of all trackers, kept inside 1 to 254; the owner stays 255.
    package static func effective(base: UInt8, moves: [Int]) -> UInt8 {
        guard base != owner else { return owner }
        var sum = Int(base)
        for move in moves { sum = min(max(sum + min(max(move, -255), 255), -100_000), 100_000) }
        return UInt8(min(max(sum, trackable.lowerBound), trackable.upperBound))
    }
}

/// What a tracker does to the priority: nothing but FAULT, or a number.
package struct TrackerWeight: Sendable, Equatable {
    /// 0: bad means FAULT. Above: added while good. Below: taken away while bad.
    package var value: Int
    /// `reverse`: good and bad change places.
    package var isReversed: Bool

    package init(_ value: Int, reversed: Bool = false) {
        self.value = value
        isReversed = reversed
    }

    /// Bad means FAULT.
    package static let fault = TrackerWeight(0)

    /// The move of the priority in a state; nil when that state is a fault.
    package func move(isGood: Bool) -> Int? {
        let isGood = isGood != isReversed
        if value == 0 { return isGood ? 0 : nil }
        if value > 0 { return isGood ? value : 0 }
        return isGood ? 0 : value
    }

    /// What the number in a file does: it is added as often as the weight says; nil when it is a fault.
    package func move(level: Int) -> Int? {
        if value == 0 { return (level != 0) == isReversed ? 0 : nil }
        let factor = isReversed ? -value : value
        let (product, overflows) = level.multipliedReportingOverflow(by: factor)
        let move = overflows ? (level < 0) == (factor < 0) ? 253 : -254 : product
        return move < -253 ? nil : min(move, 253)
    }
}

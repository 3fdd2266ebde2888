package import VRRP

/// What keepalived counts for each virtual router, and every kind of refused packet.
package struct InstanceCounters: Sendable, Equatable {
    package var advertisementsReceived: UInt64 = 0
    package var advertisementsSent: UInt64 = 0
    package var becameMaster: UInt64 = 0
    package var releasedMaster: UInt64 = 0
    package var priorityZeroReceived: UInt64 = 0
    package var priorityZeroSent: UInt64 = 0
    /// Accepted packets whose list of addresses was not ours.
    package var addressListMismatches: UInt64 = 0
    /// Packets that could not be sent.
    package var sendFailures: UInt64 = 0
    /// One cell for each `Rejection.Kind`.
    private var refused = [UInt64](repeating: 0, count: Rejection.Kind.allCases.count)

    package init() {}

    package mutating func count(_ kind: Rejection.Kind) { refused[kind.rawValue] += 1 }

    package subscript(kind: Rejection.Kind) -> UInt64 { refused[kind.rawValue] }
}

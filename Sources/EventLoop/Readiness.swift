/// What a descriptor is ready for, or what to wait for; epoll's bits.
public struct Readiness: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32

    @inline(__always)
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: 0x001)
    public static let writable = Readiness(rawValue: 0x004)
    /// An error is pending; always reported.
    public static let failed = Readiness(rawValue: 0x008)
    /// Both directions have ended; always reported.
    public static let hungUp = Readiness(rawValue: 0x010)
    /// The peer has ended its direction.
    public static let peerEnded = Readiness(rawValue: 0x2000)
    /// Report changes only, once each.
    public static let edgeTriggered = Readiness(rawValue: 1 << 31)
    /// Wake only one of the loops that wait for the same descriptor.
    public static let exclusive = Readiness(rawValue: 1 << 28)
}

/// What an algorithm must know of a server. It changes rarely: with health, commands and slow
/// start.
public struct ServerFacts: Sendable, Equatable {
    /// Parts of one unit of configured weight, so that slow start can raise a weight in small
    /// steps.
    public static let weightScale = 16
    /// Highest configured weight.
    public static let weightLimit = 256

    /// Up, and neither in maintenance nor drained.
    public var isUsable: Bool
    /// The weight in force times `weightScale`; 0 takes no new clients.
    public var effectiveWeight: Int
    /// The configured weight, for algorithms that do not follow changes.
    public var configuredWeight: Int
    /// Used only when no other server is left.
    public var isBackup: Bool
    /// Where its points on a ring begin; nil: where its number says.
    public var ringKey: UInt32?

    public init(
        isUsable: Bool = true, effectiveWeight: Int, configuredWeight: Int, isBackup: Bool = false,
        ringKey: UInt32? = nil
    ) {
        self.ringKey = ringKey
        self.isUsable = isUsable
        self.effectiveWeight = effectiveWeight
        self.configuredWeight = configuredWeight
        self.isBackup = isBackup
    }

    /// A server with its full weight.
    public init(weight: Int, isUsable: Bool = true, isBackup: Bool = false) {
        self.init(
            isUsable: isUsable, effectiveWeight: weight * ServerFacts.weightScale,
            configuredWeight: weight, isBackup: isBackup)
    }
}

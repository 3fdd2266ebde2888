import Core
public import Expressions

/// `hash-type`: how keys become numbers, and numbers servers.
public struct HashMethod: Sendable, Equatable {
    /// `consistent`: points on a ring; otherwise `map-based`, slots of a list.
    public var isConsistent: Bool
    public var function: Converter.Hash
    /// `avalanche`: the number is mixed once more.
    public var avalanches: Bool

    /// Without arguments HAProxy's default, `map-based sdbm`.
    public init(
        isConsistent: Bool = false, function: Converter.Hash = .sdbm, avalanches: Bool = false
    ) {
        self.isConsistent = isConsistent
        self.function = function
        self.avalanches = avalanches
    }

    /// The number of a key.
    public func hash(_ key: RawSpan) -> UInt32 { finished(Hashes.hash(key, function)) }

    /// The number of an address, which no function is applied to.
    @inline(__always)
    public func finished(_ hash: UInt32) -> UInt32 {
        avalanches ? Hashes.avalanche(hash) : hash
    }
}

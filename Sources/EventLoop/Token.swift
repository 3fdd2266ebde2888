public import Core

/// What an event or a timer is for: a kind that the owner of the loop knows, and a handle of a table.
/// A stale event carries an old generation, so it cannot reach whoever has the descriptor now.
public struct Token: Hashable, Sendable, BitwiseCopyable {
    /// `kind (8) | generation (24) | index (32)`
    public let rawValue: UInt64

    @inline(__always)
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    @inline(__always)
    public init(kind: UInt8, _ handle: Handle) {
        rawValue =
            UInt64(kind) << 56 | UInt64(handle.generation) << 32 | UInt64(handle.index)
    }

    /// For things without a table: a plain number.
    @inline(__always)
    public init(kind: UInt8, number: UInt32 = 0) {
        rawValue = UInt64(kind) << 56 | UInt64(number)
    }

    @inline(__always)
    public var kind: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 56) }

    @inline(__always)
    public var handle: Handle {
        Handle(
            index: UInt32(truncatingIfNeeded: rawValue),
            generation: UInt32(truncatingIfNeeded: rawValue >> 32))
    }

    @inline(__always)
    public var number: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
}

public import Core

/// What searches by a field's name need of it besides its bytes. Rules work it out once.
public struct NameFacts: Sendable, BitwiseCopyable {
    @usableFromInline let name: HeaderName
    /// One bit, by length and first letter, the same for upper and lower case; 0 for an empty name, which no field has.
    @usableFromInline let bits: UInt64

    public init(_ name: RawSpan) {
        self.name = HeaderName.recognise(name, 0..<name.byteCount)
        bits = NameFacts.bits(name, 0..<name.byteCount)
    }

    /// For a search, which needs no more.
    @inlinable @inline(__always)
    init(bitsOf name: RawSpan) {
        self.name = .other
        bits = NameFacts.bits(name, 0..<name.byteCount)
    }

    @inlinable @inline(__always)
    static func bits(_ bytes: RawSpan, _ name: Range<Int>) -> UInt64 {
        guard !name.isEmpty else { return 0 }
        let letter = UInt64(bytes.byte(at: name.lowerBound) & 0x1f)
        return 1 &<< (UInt64(truncatingIfNeeded: name.count &* 7) &+ letter)
    }
}

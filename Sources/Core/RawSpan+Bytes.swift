/// Loads that check bounds. Any bit pattern is a valid integer, so nothing else can go wrong.
extension RawSpan {
    /// The byte at `offset`; traps outside the span.
    @inline(__always)
    public func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from `offset` on, in memory order (little endian on our machines); traps outside the span.
    @inline(__always)
    public func word(at offset: Int) -> UInt64 {
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// A big-endian 16-bit number at `offset`, as network headers have it.
    @inline(__always)
    public func networkUInt16(at offset: Int) -> UInt16 {
        unsafe UInt16(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }

    /// A big-endian 32-bit number at `offset`.
    @inline(__always)
    public func networkUInt32(at offset: Int) -> UInt32 {
        unsafe UInt32(bigEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The bytes as an array; for cold code.
    public func array() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }

    /// The bytes as text, invalid UTF-8 replaced; for cold code.
    public func text() -> String {
        unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the bytes are exactly those of `text`.
    @inline(__always)
    public func equals(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { bytes in
            for index in 0..<bytes.count where unsafe bytes[index] != text.utf8Start[index] {
                return false
            }
            return true
        }
    }

    /// Whether the bytes are those of `text` when ASCII letters are compared without case.
    /// `text` must be lower case.
    @inline(__always)
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard byteCount == text.utf8CodeUnitCount else { return false }
        return unsafe withUnsafeBytes { bytes in
            for index in 0..<bytes.count
            where unsafe bytes[index].asciiLowercased != text.utf8Start[index] {
                return false
            }
            return true
        }
    }
}

extension UInt8 {
    /// The byte with A to Z turned into a to z.
    @inline(__always)
    public var asciiLowercased: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }
}

extension [UInt8] {
    /// Lends the bytes as a raw span.
    @inline(__always)
    public func withBytes<R>(_ body: (RawSpan) throws -> R) rethrows -> R {
        try unsafe body(span.bytes)
    }
}

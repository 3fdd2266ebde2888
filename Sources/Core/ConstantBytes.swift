/// Something that carries bytes which never change and that live as long as it does. A base class, so
/// that the bytes can be lent out without counting references.
@safe
open class ConstantBytes: @unchecked Sendable {
    private let base: UnsafeMutableRawPointer
    /// Number of bytes.
    public let byteCount: Int

    public init(_ bytes: [UInt8]) {
        byteCount = bytes.count
        unsafe base = .allocate(byteCount: max(bytes.count, 1), alignment: 8)
        for index in bytes.indices {
            unsafe base.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self)
        }
    }

    deinit { unsafe base.deallocate() }

    /// Some of the bytes; traps outside of them.
    @inline(__always) @_lifetime(borrow self)
    public final func bytes(_ range: Range<Int>) -> RawSpan {
        let span = unsafe RawSpan(_unsafeStart: base, byteCount: byteCount)
        return unsafe _overrideLifetime(span.extracting(range), borrowing: self)
    }
}

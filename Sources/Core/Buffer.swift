/// A loan of pooled memory with a filled part in it: `| spent | bytes | free |`.
///
/// An empty buffer owns nothing, so a stored property needs no Optional and an idle connection no
/// memory: `pool.lend(.head, to: &channel.input)`, later `pool.reclaim(&channel.input)`.
@safe
public struct Buffer: ~Copyable {
    @usableFromInline internal var base: UnsafeMutableRawPointer?
    /// Bytes of the loan; 0 when there is none.
    public private(set) var capacity = 0
    @usableFromInline internal var start = 0
    @usableFromInline internal var end = 0

    /// A buffer without memory.
    public init() { unsafe base = nil }

    deinit { unsafe precondition(base == nil, "a loan must go back to its pool") }

    /// Whether memory is lent to it.
    @inlinable @inline(__always)
    public var isLent: Bool { unsafe base != nil }

    /// Number of filled bytes.
    @inlinable @inline(__always)
    public var count: Int { end &- start }

    @inlinable @inline(__always)
    public var isEmpty: Bool { start == end }

    /// Number of bytes that `free` offers.
    @inlinable @inline(__always)
    public var room: Int { capacity &- end }

    /// The filled bytes.
    @inlinable
    public var bytes: RawSpan {
        @inline(__always) @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(
                _unsafeStart: base ?? Buffer.nowhere, byteCount: base == nil ? 0 : end)
            return unsafe _overrideLifetime(span.extracting(start..<end), borrowing: self)
        }
    }

    /// The bytes behind the filled ones.
    @inlinable
    public var free: MutableRawSpan {
        @inline(__always) @_lifetime(&self)
        mutating get {
            guard let base = unsafe base else {
                return unsafe _overrideLifetime(
                    MutableRawSpan(_unsafeStart: Buffer.nowhere, byteCount: 0), mutating: &self)
            }
            return unsafe _overrideLifetime(
                MutableRawSpan(_unsafeStart: base + end, byteCount: capacity &- end),
                mutating: &self)
        }
    }

    /// Counts `count` bytes of `free` as filled.
    @inline(__always)
    public mutating func commit(_ count: Int) {
        precondition(count >= 0 && count <= room)
        end &+= count
    }

    /// Drops `count` bytes from the front. An emptied buffer starts over at its beginning.
    @inline(__always)
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count)
        start &+= count
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Drops `count` bytes from the end.
    public mutating func truncate(by count: Int) {
        precondition(count >= 0 && count <= self.count)
        end &-= count
    }

    public mutating func removeAll() {
        start = 0
        end = 0
    }

    /// Moves the filled bytes to the front, so that all free bytes lie behind them.
    public mutating func compact() {
        guard start > 0, let base = unsafe base else { return }
        unsafe base.copyMemory(from: base + start, byteCount: count)
        end &-= start
        start = 0
    }

    /// Moves `count` filled bytes down from offset `from` to offset `to`; both count from the first filled byte.
    /// What stood at `to` is overwritten.
    public mutating func moveDown(from: Int, to: Int, count: Int) {
        precondition(to >= 0 && to <= from && count >= 0 && from <= self.count - count)
        guard count > 0, let base = unsafe base else { return }
        unsafe (base + start + to).copyMemory(from: base + start + from, byteCount: count)
    }

    /// A part of the filled bytes as text, for cold code.
    public func text(_ range: Range<Int>) -> String { bytes.extracting(range).text() }

    // MARK: Appending. Each returns false and appends nothing where the room is too small.

    @inlinable @inline(__always) @discardableResult
    public mutating func append(_ byte: UInt8) -> Bool {
        guard room >= 1, let base = unsafe base else { return false }
        unsafe base.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end &+= 1
        return true
    }

    @inlinable @inline(__always) @discardableResult
    public mutating func append(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard room >= count, let base = unsafe base else { return false }
        unsafe (base + end).copyMemory(from: text.utf8Start, byteCount: count)
        end &+= count
        return true
    }

    @inlinable @inline(__always) @discardableResult
    public mutating func append(_ source: RawSpan) -> Bool {
        let count = source.byteCount
        guard room >= count, let base = unsafe base else { return false }
        guard count > 0 else { return true }
        unsafe source.withUnsafeBytes { source in
            guard let from = source.baseAddress else { return }
            unsafe (base + end).copyMemory(from: from, byteCount: count)
        }
        end &+= count
        return true
    }

    /// Appends a part of another buffer; offsets count from its first filled byte.
    @inlinable @inline(__always) @discardableResult
    public mutating func append(_ source: borrowing Buffer, _ range: Range<Int>) -> Bool {
        append(source.bytes.extracting(range))
    }

    /// Appends a copy of filled bytes of its own; offsets count from the first one.
    @inline(__always) @discardableResult
    public mutating func append(copyOf range: Range<Int>) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard room >= range.count, let base = unsafe base else { return false }
        guard !range.isEmpty else { return true }
        unsafe (base + end).copyMemory(
            from: base + start + range.lowerBound, byteCount: range.count)
        end &+= range.count
        return true
    }

    /// The same with A to Z turned into a to z.
    public mutating func append(lowercaseOf range: Range<Int>) -> Bool {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        guard room >= range.count, let base = unsafe base else { return false }
        let (source, target) = unsafe (base + start + range.lowerBound, base + end)
        for offset in 0..<range.count {
            let byte = unsafe source.load(fromByteOffset: offset, as: UInt8.self)
            unsafe target.storeBytes(of: byte.asciiLowercased, toByteOffset: offset, as: UInt8.self)
        }
        end &+= range.count
        return true
    }

    /// For cold code and prepared byte arrays.
    @discardableResult
    public mutating func append(contentsOf source: [UInt8]) -> Bool {
        unsafe append(source.span.bytes)
    }

    /// Appends a number in decimal digits.
    @discardableResult
    public mutating func append(decimal value: Int) -> Bool {
        guard room >= 20, let base = unsafe base else { return false }
        var rest = value.magnitude
        var digits = 1
        var bound: UInt = 10
        while rest >= bound {
            digits &+= 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { break }
            bound = next
        }
        if value < 0 {
            unsafe base.storeBytes(of: UInt8(ascii: "-"), toByteOffset: end, as: UInt8.self)
            end &+= 1
        }
        var at = end &+ digits
        end = at
        repeat {
            at &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            unsafe base.storeBytes(
                of: UInt8(truncatingIfNeeded: digit) &+ 0x30, toByteOffset: at, as: UInt8.self)
            rest = quotient
        } while rest > 0
        return true
    }

    // MARK: The pool's side

    /// Takes memory over; only a pool calls this.
    internal mutating func attach(_ memory: UnsafeMutableRawPointer, capacity: Int) {
        unsafe precondition(base == nil, "a buffer holds one loan at a time")
        unsafe base = memory
        self.capacity = capacity
        start = 0
        end = 0
    }

    /// Gives the memory up; only a pool calls this.
    internal mutating func detach() -> UnsafeMutableRawPointer? {
        defer {
            unsafe base = nil
            capacity = 0
            start = 0
            end = 0
        }
        return unsafe base
    }

    @inlinable
    internal static var nowhere: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(bitPattern: 16).unsafelyUnwrapped
    }
}

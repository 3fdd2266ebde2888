/// Memory for the buffers of one thread, in two sizes. Not for sharing between threads.
///
/// Freed memory is kept for the next loan, last in first out, up to `keptPerSize` pieces of each size.
@safe
public final class BufferPool {
    /// The sizes of loans.
    public enum Size: Int, Sendable {
        /// Heads of messages and small bodies: `headBytes`.
        case head
        /// Bodies on the move: 64 KiB.
        case bulk
        /// Bodies while both sides keep moving: 256 KiB.
        case huge
    }

    /// Bytes of a `bulk` loan.
    public static let bulkBytes = 64 * 1024
    /// Bytes of a `huge` loan.
    public static let hugeBytes = 256 * 1024
    /// Pieces of one size that stay allocated while nobody borrows them.
    public static let keptPerSize = 64
    /// The same for `huge` ones, which are many bytes and rarely in use.
    public static let keptHugeLimit = 4

    /// Bytes of a `head` loan: `tune.bufsize`.
    public let headBytes: Int
    private var keptHeads = Stack()
    private var keptBulk = Stack()
    private var keptHuge = Stack(limit: BufferPool.keptHugeLimit)
    /// Bytes lent at the moment, for `show pools`.
    public private(set) var lentBytes = 0
    /// The same with what is kept for the next loan.
    public var ownedBytes: Int {
        lentBytes + keptHeads.count * headBytes + keptBulk.count * BufferPool.bulkBytes
            + keptHuge.count * BufferPool.hugeBytes
    }

    public init(headBytes: Int) {
        self.headBytes = headBytes
    }

    deinit {
        keptHeads.free()
        keptBulk.free()
        keptHuge.free()
    }

    /// Memory that waits for its next loan.
    @safe
    private struct Stack {
        private let places: UnsafeMutablePointer<UnsafeMutableRawPointer>
        private let limit: Int
        private(set) var count = 0

        init(limit: Int = BufferPool.keptPerSize) {
            self.limit = limit
            unsafe places = .allocate(capacity: limit)
        }

        @inline(__always)
        mutating func pop() -> UnsafeMutableRawPointer? {
            guard count > 0 else { return nil }
            count &-= 1
            return unsafe places[count]
        }

        /// Keeps the memory, or frees it where enough is kept.
        @inline(__always)
        mutating func push(_ memory: UnsafeMutableRawPointer) {
            if count < limit {
                unsafe places[count] = memory
                count &+= 1
            } else {
                unsafe memory.deallocate()
            }
        }

        mutating func free() {
            while let memory = unsafe pop() { unsafe memory.deallocate() }
            unsafe places.deallocate()
        }
    }

    /// Bytes of a loan of this size.
    @inline(__always)
    public func bytes(of size: Size) -> Int {
        switch size {
        case .head: headBytes
        case .bulk: BufferPool.bulkBytes
        case .huge: BufferPool.hugeBytes
        }
    }

    /// Lends memory to an empty buffer.
    @inline(__always)
    public func lend(_ size: Size, to buffer: inout Buffer) {
        let capacity = bytes(of: size)
        lentBytes &+= capacity
        let kept =
            switch size {
            case .head: unsafe keptHeads.pop()
            case .bulk: unsafe keptBulk.pop()
            case .huge: unsafe keptHuge.pop()
            }
        if let memory = unsafe kept {
            unsafe buffer.attach(memory, capacity: capacity)
        } else {
            unsafe buffer.attach(
                UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64),
                capacity: capacity)
        }
    }

    /// Takes the memory of a buffer back, filled or not; does nothing for one without memory.
    @inline(__always)
    public func reclaim(_ buffer: inout Buffer) {
        let capacity = buffer.capacity
        guard let memory = unsafe buffer.detach() else { return }
        lentBytes &-= capacity
        if capacity == headBytes {
            unsafe keptHeads.push(memory)
        } else if capacity == BufferPool.bulkBytes {
            unsafe keptBulk.push(memory)
        } else {
            unsafe keptHuge.push(memory)
        }
    }

    /// Moves the filled bytes into a loan of a larger size.
    public func grow(_ buffer: inout Buffer, to size: Size) {
        guard buffer.capacity < bytes(of: size) else { return }
        var larger = Buffer()
        lend(size, to: &larger)
        larger.append(buffer.bytes)
        reclaim(&buffer)
        swap(&buffer, &larger)
    }
}

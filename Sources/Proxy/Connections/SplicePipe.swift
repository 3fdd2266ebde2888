internal import Core
internal import Linux

/// A kernel pipe that bytes pass through from socket to socket without being copied; lent by its worker.
struct SplicePipe: ~Copyable {
    private(set) var readEnd: Int32 = -1
    private(set) var writeEnd: Int32 = -1
    /// Bytes in it.
    var filled = 0
    /// Bytes that it can hold.
    private(set) var capacity = 0

    @inline(__always)
    var isOpen: Bool { readEnd >= 0 }

    init() {}

    init?(bytes: Int32) {
        guard let ends = try? Descriptor.pipe() else { return nil }
        (readEnd, writeEnd) = ends
        // Beyond the user's share the kernel refuses: the default size does, too.
        capacity = (try? Descriptors.setPipeSize(writeEnd, bytes: bytes)) ?? SplicePipe.defaultBytes
    }

    deinit {
        if readEnd >= 0 {
            Descriptors.close(readEnd)
            Descriptors.close(writeEnd)
        }
    }

    private static let defaultBytes = 65536
}

/// One worker's pipes that nobody uses at the moment.
struct SplicePipePool: ~Copyable {
    /// Pipes that a worker has at most; streams beyond copy their bytes.
    static let limit = 256
    /// Bytes that a pipe shall hold.
    static let pipeBytes: Int32 = 256 * 1024
    /// Pipes that are kept open while nobody uses them.
    static let keptLimit = 32

    private final class Box {
        var pipe: SplicePipe
        init(_ pipe: consuming SplicePipe) { self.pipe = pipe }
    }

    private var kept: [Box] = []
    /// Pipes lent now.
    private(set) var lent = 0
    /// Idle pipes.
    var idle: Int { kept.count }

    init() {}

    /// Lends a pipe to a place that has none; false where there is none to lend.
    mutating func lend(to place: inout SplicePipe) -> Bool {
        guard lent < SplicePipePool.limit else { return false }
        if let box = kept.popLast() {
            swap(&place, &box.pipe)
        } else {
            guard let made = SplicePipe(bytes: SplicePipePool.pipeBytes) else { return false }
            place = made
        }
        lent += 1
        return true
    }

    /// Takes a pipe back. One that still holds bytes is closed.
    mutating func reclaim(_ place: inout SplicePipe) {
        guard place.isOpen else { return }
        lent -= 1
        let box = Box(SplicePipe())
        swap(&place, &box.pipe)
        if box.pipe.filled == 0, kept.count < SplicePipePool.keptLimit { kept.append(box) }
    }
}

import Core

/// Texts that are found by their bytes: whole, as the beginning or as the end of a subject.
///
/// A hash is carried along the subject, and the table is asked at each length that some text has, so a
/// lookup costs one pass over the subject however many texts there are.
struct ByteTable: Sendable {
    private struct Entry: BitwiseCopyable, Sendable {
        let start: Int32
        let count: Int32
        let hash: UInt32
    }

    private let ignoresCase: Bool
    /// Texts are compared from their ends.
    private let isBackward: Bool
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// Indexes of entries, or -1; a power of two of places, at most half of them taken.
    private var places: [Int32] = [-1, -1]
    /// Which lengths there are, by a bit each; longer ones share the last.
    private var lengths: [Bool] = []

    private let seed: UInt32

    init(ignoringCase: Bool, backward: Bool = false, seed: UInt32 = ByteTable.seed) {
        ignoresCase = ignoringCase
        isBackward = backward
        self.seed = seed
    }

    /// A seed of this process for texts that clients bring.
    static var secretSeed: UInt32 { UInt32(truncatingIfNeeded: Hasher().finalize()) }

    var count: Int { entries.count }

    /// Adds a text. False: it is there already.
    mutating func insert(_ text: [UInt8]) -> Bool {
        var hash = seed
        let folded = ignoresCase ? text.map(\.asciiLowercased) : text
        for offset in folded.indices {
            hash = ByteTable.step(hash, folded[isBackward ? folded.count - 1 - offset : offset])
        }
        let known = folded.withBytes { find(hash, $0, 0..<folded.count) }
        guard known == nil else { return false }
        while lengths.count <= folded.count { lengths.append(false) }
        lengths[folded.count] = true
        entries.append(
            Entry(
                start: Int32(clamping: bytes.count), count: Int32(clamping: folded.count),
                hash: hash))
        bytes += folded
        if entries.count * 2 > places.count {
            rebuild()
        } else {
            place(Int32(entries.count - 1))
        }
        return true
    }

    private mutating func rebuild() {
        places = Array(repeating: -1, count: places.count * 4)
        for index in entries.indices { place(Int32(index)) }
    }

    private mutating func place(_ index: Int32) {
        var at = Int(entries[Int(index)].hash) & (places.count - 1)
        while places[at] >= 0 { at = (at + 1) & (places.count - 1) }
        places[at] = index
    }

    /// The text that is the whole subject.
    func exact(_ subject: RawSpan) -> Int? {
        guard subject.byteCount < lengths.count, lengths[subject.byteCount] else { return nil }
        var hash = seed
        var offset = 0
        while offset < subject.byteCount {
            hash = ByteTable.step(hash, byte(subject, offset))
            offset &+= 1
        }
        return find(hash, subject, 0..<subject.byteCount)
    }

    /// The longest text that the subject begins with; ends with, for a backward table.
    func longest(_ subject: RawSpan) -> Int? {
        var best: Int?
        visit(subject) { best = $0 }
        return best
    }

    /// The text that was added first among those.
    func first(_ subject: RawSpan) -> Int? {
        var best: Int?
        visit(subject) { best = min($0, best ?? $0) }
        return best
    }

    @inline(__always)
    private func visit(_ subject: RawSpan, _ body: (Int) -> Void) {
        var hash = seed
        let end = min(subject.byteCount, lengths.count &- 1)
        var length = 0
        while length <= end {
            if lengths[length] {
                let range =
                    isBackward
                    ? subject.byteCount &- length..<subject.byteCount : 0..<length
                if let index = find(hash, subject, range) { body(index) }
            }
            if length < subject.byteCount { hash = ByteTable.step(hash, byte(subject, length)) }
            length &+= 1
        }
    }

    @inline(__always)
    private func byte(_ subject: RawSpan, _ offset: Int) -> UInt8 {
        let byte = subject.byte(at: isBackward ? subject.byteCount &- 1 &- offset : offset)
        return ignoresCase ? byte.asciiLowercased : byte
    }

    private func find(_ hash: UInt32, _ subject: RawSpan, _ range: Range<Int>) -> Int? {
        var at = Int(hash) & (places.count &- 1)
        while places[at] >= 0 {
            let entry = entries[Int(places[at])]
            if entry.hash == hash, Int(entry.count) == range.count, equals(entry, subject, range) {
                return Int(places[at])
            }
            at = (at &+ 1) & (places.count &- 1)
        }
        return nil
    }

    private func equals(_ entry: Entry, _ subject: RawSpan, _ range: Range<Int>) -> Bool {
        var offset = 0
        while offset < range.count {
            let byte = subject.byte(at: range.lowerBound &+ offset)
            guard bytes[Int(entry.start) &+ offset] == (ignoresCase ? byte.asciiLowercased : byte)
            else { return false }
            offset &+= 1
        }
        return true
    }

    static let seed: UInt32 = 0x811c_9dc5

    // FNV-1a. Texts of the configuration cannot be made to collide by a client; those of clients have a seed of their own.
    @inline(__always)
    private static func step(_ hash: UInt32, _ byte: UInt8) -> UInt32 {
        (hash ^ UInt32(byte)) &* 0x0100_0193
    }
}

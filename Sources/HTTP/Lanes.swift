/// Looks at eight bytes in one word. Each test yields a word with the high bit of a byte set where
/// the byte is a hit.
///
/// The tests for "less than" and "equal" may set wrong bits, but only behind (above) a right one: a
/// borrow starts at a hit. So they answer "is there one, and which is the first", and no more.
enum Lanes {
    private static let high: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The index of the first byte that is a hit.
    @inline(__always)
    static func first(_ hits: UInt64) -> Int { hits.trailingZeroBitCount &>> 3 }

    /// Bytes below 0x20, and 0x7f.
    @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 {
        (below(word, 0x20) | equal(word, 0x7f)) & high
    }

    /// Colons, and bytes below 0x21 or above 0x7e.
    @inline(__always)
    static func nameEnds(_ word: UInt64) -> UInt64 {
        (below(word, 0x21) | equal(word, 0x3a) | equal(word, 0x7f) | word) & high
    }

    /// Commas and quotation marks.
    @inline(__always)
    static func listMarks(_ word: UInt64) -> UInt64 {
        (equal(word, 0x2c) | equal(word, 0x22)) & high
    }

    /// Number signs, and bytes below 0x21 or above 0x7e.
    @inline(__always)
    static func targetEnds(_ word: UInt64) -> UInt64 {
        (below(word, 0x21) | equal(word, 0x23) | equal(word, 0x7f) | word) & high
    }

    /// Whether all bytes, which must be below 0x7f, are letters or hyphens. This test is exact.
    @inline(__always)
    static func areLettersOrHyphens(_ word: UInt64) -> Bool {
        let lower = word | 0x20 &* ones
        // No sum reaches the next byte: 0x7e + 0x7f is below 0x100.
        let fromA = lower &+ 0x1f &* ones
        let beyondZ = lower &+ 0x05 &* ones
        let notHyphen = (word ^ 0x2d &* ones) &+ 0x7f &* ones
        return (fromA & ~beyondZ | ~notHyphen) & high == high
    }

    /// Whether all bytes are letters, digits, hyphens or dots. This test is exact.
    @inline(__always)
    static func arePlainHost(_ word: UInt64) -> Bool {
        let lower = word | 0x20 &* ones
        let letters = (lower &+ 0x1f &* ones) & ~(lower &+ 0x05 &* ones)
        // From '-' to '9' without '/'. Bytes above 0x7f would disturb their neighbours; they are
        // looked for first.
        let fromHyphen = word &+ 0x53 &* ones
        let beyondNine = word &+ 0x46 &* ones
        let notSlash = (word ^ 0x2f &* ones) &+ 0x7f &* ones
        return word & high == 0
            && (letters | fromHyphen & ~beyondNine & notSlash) & high == high
    }

    /// The bytes with A to Z turned into a to z. Exact, also for bytes above 0x7f, which stay.
    @inline(__always)
    static func lowercased(_ word: UInt64) -> UInt64 {
        // Without their highest bits no sum reaches the next byte.
        let low = word & ~high
        let capitals = (low &+ 0x3f &* ones) & ~(low &+ 0x25 &* ones) & ~word & high
        return word | capitals &>> 2
    }

    /// Whether two words are equal with A to Z turned into a to z. Mostly they are equal as they stand.
    @inline(__always)
    static func areAlike(_ word: UInt64, _ other: UInt64) -> Bool {
        word == other || lowercased(word) == lowercased(other)
    }

    @inline(__always)
    private static func below(_ word: UInt64, _ bound: UInt64) -> UInt64 {
        (word &- bound &* ones) & ~word
    }

    @inline(__always)
    private static func equal(_ word: UInt64, _ byte: UInt64) -> UInt64 {
        let difference = word ^ byte &* ones
        return (difference &- ones) & ~difference
    }
}

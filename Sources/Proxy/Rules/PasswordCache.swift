internal import Core
internal import Expressions
internal import Linux

/// What crypt(3) has said of pairs of a password and a hash. Neither is kept: a pair is the first half of its
/// HMAC-SHA-256 under a key that is drawn for each worker and leaves it nowhere. A changed password is another pair, so
/// nothing has to be forgotten. Each pair has one place, and the last one there stays. Wrong pairs have places of their
/// own, so that those who try passwords drive no right one out; without them a condition that asks for two would
/// compute the first one again in each turn, and never come to the second.
struct PasswordCache {
    /// Half of an HMAC-SHA-256.
    struct Mark: Equatable, BitwiseCopyable {
        var high: UInt64
        var low: UInt64
    }

    /// Pairs of each kind that are kept; a power of two. 16 bytes each, from the first one on.
    static let places = 1024

    private let key: [UInt8]
    private var right: [Mark] = []
    private var wrong: [Mark] = []

    init() {
        key = (0..<4).flatMap { _ in
            let word = Host.randomSeed()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
        }
    }

    /// nil: the library cannot make it, and nothing is remembered.
    func mark(of password: RawSpan, _ hash: String) -> Mark? {
        let message = Array(hash.utf8) + [0] + password.array()
        let digest = MessageCode.hmacSHA256(message, key: key)
        guard digest.count == 32 else { return nil }
        func word(_ start: Int) -> UInt64 {
            digest[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return Mark(high: word(0), low: word(8))
    }

    /// Whether they belong together; nil: nobody knows.
    func verdict(on mark: Mark) -> Bool? {
        if !right.isEmpty, right[place(of: mark)] == mark { return true }
        if !wrong.isEmpty, wrong[place(of: mark)] == mark { return false }
        return nil
    }

    mutating func insert(_ mark: Mark, belongTogether: Bool) {
        if belongTogether {
            PasswordCache.insert(mark, at: place(of: mark), in: &right)
        } else {
            PasswordCache.insert(mark, at: place(of: mark), in: &wrong)
        }
    }

    private static func insert(_ mark: Mark, at place: Int, in marks: inout [Mark]) {
        if marks.isEmpty {
            marks = Array(repeating: Mark(high: 0, low: 0), count: PasswordCache.places)
        }
        marks[place] = mark
    }

    private func place(of mark: Mark) -> Int {
        Int(truncatingIfNeeded: mark.low) & (PasswordCache.places - 1)
    }
}

/// Finds what somebody probably meant.
package enum NearestWord {
    /// Words longer than this are not compared.
    static let longest = 64

    /// The candidate nearest to `word` by edit distance, where a swap of two neighbours counts as one edit; nil
    /// when none is near enough to be meant. Ties go to the first.
    package static func suggestion(
        for word: String, among candidates: some Sequence<String>
    ) -> String? {
        let wanted = Array(word.lowercased().utf8)
        guard (2...longest).contains(wanted.count) else { return nil }
        let letters = Self.letters(of: wanted)
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let count = candidate.utf8.count
            let allowed = max(1, min(wanted.count, count) / 3)
            guard count <= longest, abs(count - wanted.count) <= allowed else { continue }
            // One edit takes away one letter, and brings one: most candidates differ in more letters than that.
            let offered = Self.letters(of: candidate.utf8)
            guard (letters & ~offered).nonzeroBitCount <= allowed,
                (offered & ~letters).nonzeroBitCount <= allowed, candidate != word
            else { continue }
            let distance = distance(wanted, Array(candidate.utf8), atMost: allowed)
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    /// Which bytes occur, as bits; bytes that have six bits in common share one.
    private static func letters(of word: some Sequence<UInt8>) -> UInt64 {
        word.reduce(0) { $0 | 1 << UInt64($1 & 63) }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one word of the other;
    /// any number above `limit` where it is above that.
    package static func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int = .max) -> Int
    {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var current = beforeLast
        var lastLeast = 0
        for row in left.indices {
            current[0] = row + 1
            var least = row + 1
            for column in right.indices {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current[column + 1] = best
                least = min(least, best)
            }
            // A swap looks two rows back, and costs one edit.
            if least > limit, lastLeast >= limit { return least }
            lastLeast = least
            swap(&beforeLast, &last)
            swap(&last, &current)
        }
        return last[right.count]
    }
}

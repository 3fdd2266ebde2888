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
        var best: (word: String, distance: Int)?
        for candidate in candidates where candidate != word {
            let offered = Array(candidate.utf8)
            let allowed = max(1, min(wanted.count, offered.count) / 3)
            guard offered.count <= longest, abs(offered.count - wanted.count) <= allowed else {
                continue
            }
            let distance = distance(wanted, offered)
            if distance <= allowed, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours that make one word of the other.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1] + [Int](repeating: 0, count: right.count)
            for column in right.indices {
                let replaced = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current[column + 1] = best
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}

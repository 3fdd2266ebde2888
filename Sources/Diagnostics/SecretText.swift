/// Takes secrets out of a message, also where it has them without their quotes or without what stood around them.
/// It works on bytes: a `String` does not find a word whose first or last scalar joins what stands beside it.
struct SecretText {
    /// Shorter ones may be a part of any word, and count only between marks.
    static let shortestInText = 4
    private static let shown = Array("***".utf8)
    private static let quotes = Array("'\"\\".utf8)
    private static let separators = Array("'\"\\:(),/[]{} \t".utf8)
    private static let delimiters = Array("'\"(),:=".utf8)

    /// The longest first.
    private let pieces: [[UInt8]]

    init(_ values: [[UInt8]]) {
        var pieces: Set<[UInt8]> = []
        for value in values + (values.count > 1 ? [Array(values.joined(separator: [0x20]))] : []) {
            pieces.insert(value)
            // What is not UTF-8 stands in messages as it can be shown.
            pieces.insert(Array(String(decoding: value, as: UTF8.self).utf8))
            pieces.insert(value.filter { !SecretText.quotes.contains($0) })
            // A message about one of its parts, for instance what stands behind a bracket.
            pieces.formUnion(value.split { SecretText.separators.contains($0) }.map(Array.init))
        }
        pieces.remove([])
        self.pieces = pieces.sorted {
            $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count
        }
    }

    func removed(from message: String) -> String {
        guard !pieces.isEmpty else { return message }
        let bytes = Array(message.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard let piece = pieces.first(where: { isPiece($0, at: index, of: bytes) }) else {
                result.append(bytes[index])
                index += 1
                continue
            }
            result += SecretText.shown
            index += piece.count
        }
        return String(decoding: result, as: UTF8.self)
    }

    private func isPiece(_ piece: [UInt8], at index: Int, of bytes: [UInt8]) -> Bool {
        guard bytes[index] == piece[0], bytes[index...].starts(with: piece) else { return false }
        if piece.count >= SecretText.shortestInText { return true }
        let end = index + piece.count
        return index > 0 && SecretText.delimiters.contains(bytes[index - 1])
            && end < bytes.count && SecretText.delimiters.contains(bytes[end])
    }
}

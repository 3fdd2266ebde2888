/// The words of a configuration line that nobody may read off a terminal, a log or a ticket. It knows only the keywords in
/// front of them, right or nearly right, and takes too much rather than too little.
enum SecretWords {
    /// Whatever stands behind them on the line.
    static let keywords = [
        "auth_pass", "password", "insecure-password", "authorization", "dynamic-cookie-key",
        "cluster-secret", "anonkey",
    ]
    /// Named values, which are secret by their name.
    private static let definitions = ["setenv", "presetenv"]
    private static let secretNames = ["pass", "secret", "token", "key"]

    /// The line with a star for each byte of a secret, so that carets stay where they are.
    static func masked(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(line)
        for place in places(in: bytes) {
            for index in place { bytes[index] = UInt8(ascii: "*") }
        }
        return bytes
    }

    /// A message with the secrets of the line that it is about taken out of it.
    static func masked(_ message: String, about line: ArraySlice<UInt8>) -> String {
        let bytes = Array(line)
        var message = message
        for place in places(in: bytes) {
            // A message may have the value without its quotes, its prefix or the name before it.
            let pieces = bytes[place].split { marks.contains($0) } + [bytes[place]]
            for piece in pieces.sorted(by: { $0.count > $1.count }) {
                let word = String(decoding: piece, as: UTF8.self)
                message = message.replacing("'\(word)'", with: "'***'")
                // A shorter one may be a part of any word.
                if piece.count >= shortestInText { message = message.replacing(word, with: "***") }
            }
        }
        return message
    }

    private static let shortestInText = 4
    private static let marks = Array("'\"\\:".utf8)

    /// Where they are.
    private static func places(in line: [UInt8]) -> [Range<Int>] {
        let words = words(of: line)
        let texts = words.map { String(decoding: line[$0], as: UTF8.self).lowercased() }
        guard let first = firstSecret(texts) else { return definition(line) }
        return words.indices.dropFirst(first).filter { index in
            // Structure, and what tells where a key is.
            !["{", "}", "groups"].contains(texts[index]) && !texts[index].hasPrefix("file:")
        }.map { words[$0] }
    }

    /// The first word behind a keyword.
    private static func firstSecret(_ texts: [String]) -> Int? {
        for (index, text) in texts.enumerated() {
            let before = index > 0 ? texts[index - 1] : "{"
            if isKeyword(text) || text == "auth" && before == "stats" { return index + 1 }
            if definitions.contains(text), index + 1 < texts.count,
                isSecretName(texts[index + 1])
            {
                return index + 2
            }
            // `key 1 VALUE` of auth_hmac, not `key FILE` of a certificate.
            if before == "{", isNearly(text, ["key"]) {
                let hasNumber = index + 1 < texts.count && Int(texts[index + 1]) != nil
                return hasNumber ? index + 2 : index + 1
            }
            // `tcp-check send AUTH\ …`
            if text.hasPrefix("send"), texts[index...].contains(where: { $0.contains("auth") }) {
                return index + 1
            }
        }
        return nil
    }

    private static func isKeyword(_ text: String) -> Bool {
        isNearly(text.filter { $0 != "\"" && $0 != "'" }, keywords)
    }

    private static func isNearly(_ text: String, _ words: [String]) -> Bool {
        words.contains(text) || NearestWord.suggestion(for: text, among: words) != nil
    }

    private static func isSecretName(_ text: String) -> Bool {
        secretNames.contains { text.contains($0) }
    }

    /// `$AUTH_PASS=…`: everything behind the sign.
    private static func definition(_ line: [UInt8]) -> [Range<Int>] {
        guard let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
            line[start] == UInt8(ascii: "$"), let equals = line.firstIndex(of: UInt8(ascii: "=")),
            isSecretName(String(decoding: line[start..<equals], as: UTF8.self).lowercased())
        else { return [] }
        return words(of: line, from: equals + 1)
    }

    /// What stands between blanks.
    private static func words(of line: [UInt8], from start: Int = 0) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var index = start
        while index < line.count {
            let isBlank = line[index] == 0x20 || line[index] == 0x09
            let end =
                line[index...].firstIndex { ($0 == 0x20 || $0 == 0x09) != isBlank } ?? line.count
            if !isBlank { words.append(index..<end) }
            index = end
        }
        return words
    }
}

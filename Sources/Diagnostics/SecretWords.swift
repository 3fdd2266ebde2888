/// The words of a configuration line that nobody may read off a terminal, a log or a ticket. It knows only the keywords in
/// front of them and the converters around them, right or nearly right, and takes too much rather than too little.
enum SecretWords {
    /// Whatever stands behind them on the line.
    private static let keywords = [
        "auth_pass", "password", "insecure-password", "authorization", "proxy-authorization",
        "dynamic-cookie-key", "cluster-secret", "anonkey",
    ]
    /// Named values, which are secret by their name.
    private static let definitions = ["setenv", "presetenv"]
    /// In front of the name and the value of a field.
    private static let fieldWords = [
        "set-header", "add-header", "replace-header", "replace-value", "hdr",
    ]
    private static let secretNames = ["pass", "secret", "token", "key"]
    /// Structure, and the names of groups, stay.
    private static let openWords = ["{", "}", "groups"]
    private static let secretSamples = ["(authorization", "http_auth_bearer", "http_auth_pass"]

    /// The line with a star for each byte of a secret, so that carets stay where they are.
    static func masked(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = Array(line)
        for place in places(in: bytes, words: words(of: bytes)) {
            for index in place { bytes[index] = UInt8(ascii: "*") }
        }
        return bytes
    }

    /// The secrets of a line as it is written.
    static func values(in line: ArraySlice<UInt8>) -> [[UInt8]] {
        let bytes = Array(line)
        return places(in: bytes, words: words(of: bytes)).map { Array(bytes[$0]) }
    }

    /// The secrets of a line whose quotes, escapes and variables are resolved.
    static func values(of words: [[UInt8]]) -> [[UInt8]] {
        var line: [UInt8] = []
        var ranges: [Range<Int>] = []
        for word in words {
            if !ranges.isEmpty { line.append(0x20) }
            ranges.append(line.count..<line.count + word.count)
            line += word
        }
        return places(in: line, words: ranges).map { Array(line[$0]) }
    }

    /// Whether what has this name is likely to be secret; paths are none.
    static func isSecretName(_ name: String) -> Bool {
        let name = name.lowercased()
        return secretNames.contains { name.contains($0) }
            && !["file", "path", "dir"].contains { name.contains($0) }
    }

    static func isNearly(_ text: String, _ words: [String]) -> Bool {
        words.contains(text) || NearestWord.suggestion(for: text, among: words) != nil
    }

    /// Where they are.
    private static func places(in line: [UInt8], words: [Range<Int>]) -> [Range<Int>] {
        let texts = words.map { String(decoding: line[$0], as: UTF8.self).lowercased() }
        let arguments = SecretArguments.places(in: line)
        guard let first = firstSecret(texts) else { return definition(line) + arguments }
        let behind = words.indices.dropFirst(first).filter { index in
            !openWords.contains(texts[index]) && !texts[index].hasPrefix("file:")
        }
        return behind.map { words[$0] } + arguments
    }

    /// The first word behind a keyword.
    private static func firstSecret(_ texts: [String]) -> Int? {
        let isCondition = texts.first == "acl"
        let lastLogin = texts.lastIndex { $0.contains("auth") } ?? -1
        for (index, text) in texts.enumerated() {
            let before = index > 0 ? texts[index - 1] : "{"
            let isDefinition =
                isNearly(text, definitions) && !["unsetenv", "resetenv"].contains(text)
            if isDefinition, index + 1 < texts.count, isSecretName(texts[index + 1]) {
                return index + 2
            }
            // `option httpchk GET / HTTP/1.1\r\nAuthorization:\ Basic\ …`
            if text.contains("authorization:") { return index }
            if isKeyword(text) || isNearly(text, ["auth"]) && isNearly(before, ["stats"]) {
                return index + 1
            }
            if fieldWords.contains(before), isSecretName(text) { return index + 1 }
            // `{ req.hdr(authorization) -m str … }`
            if isCondition || before == "{" || before == "!{",
                secretSamples.contains(where: { text.contains($0) })
            {
                return index + 1
            }
            // `key 1 VALUE` of auth_hmac, not `key FILE` of a certificate.
            if before == "{", isNearly(text, ["key"]) {
                let hasNumber = index + 1 < texts.count && Int(texts[index + 1]) != nil
                return hasNumber ? index + 2 : index + 1
            }
            // `tcp-check send AUTH\ …`
            if text.hasPrefix("send"), lastLogin >= index {
                return index + 1
            }
        }
        return nil
    }

    private static func isKeyword(_ text: String) -> Bool {
        isNearly(text.filter { $0 != "\"" && $0 != "'" }, keywords)
    }

    /// `$AUTH_PASS=…`: everything behind the sign.
    private static func definition(_ line: [UInt8]) -> [Range<Int>] {
        guard let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
            line[start] == UInt8(ascii: "$"), let equals = line.firstIndex(of: UInt8(ascii: "=")),
            isSecretName(String(decoding: line[start..<equals], as: UTF8.self))
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

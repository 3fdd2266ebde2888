/// Keys among the arguments of converters: `hmac(sha256,KEY)`, `aes_gcm_dec(128,NONCE,KEY,TAG)`.
enum SecretArguments {
    private static let converters = [
        "hmac", "aes_gcm_enc", "aes_gcm_dec", "aes_cbc_enc", "aes_cbc_dec", "jwt_verify",
        "jwt_decrypt_secret", "jwt_decrypt_jwk",
    ]
    /// They hold a secret where the variable that they are put into has the name of one.
    private static let constants = ["str", "bin"]
    private static let algorithms = [
        "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "hs256", "hs384", "hs512", "rs256",
        "rs384", "rs512", "es256", "es384", "es512", "ps256", "ps384", "ps512",
    ]
    private static let scopes = ["proc.", "sess.", "txn.", "req.", "res.", "check."]
    private static let fileEndings = [".pem", ".crt", ".key", ".pub"]
    private static let comma = UInt8(ascii: ",")
    private static let backslash = UInt8(ascii: "\\")

    /// Where they are; every argument counts that does not look like an algorithm, a number of bits, a variable or a file.
    static func places(in line: [UInt8]) -> [Range<Int>] {
        guard line.contains(UInt8(ascii: "(")) else { return [] }
        let setsSecret = setsSecret(line)
        var places: [Range<Int>] = []
        // What stands inside the arguments of one is hidden with them, so nothing is looked at twice.
        var covered = 0
        for open in line.indices where open >= covered && line[open] == UInt8(ascii: "(") {
            let start = line[..<open].lastIndex { !isNameByte($0) }.map { $0 + 1 } ?? 0
            let name = String(decoding: line[start..<open], as: UTF8.self).lowercased()
            let isConstant = setsSecret && constants.contains(name)
            guard isConstant || SecretWords.isNearly(name, converters) else { continue }
            let range = open + 1..<end(of: open + 1, in: line)
            covered = range.upperBound
            let arguments = isConstant ? [range] : arguments(range, in: line)
            places += arguments.enumerated().filter { index, argument in
                !argument.isEmpty
                    && (isConstant || !isPublic(line[argument], isFirst: index == 0, of: name))
            }.map(\.element)
        }
        return places
    }

    /// `set-var(txn.api_key) str(…)`, `set-var proc.secret str(…)`
    private static func setsSecret(_ line: [UInt8]) -> Bool {
        let words = String(decoding: line, as: UTF8.self).split { " \t()\"'".contains($0) }
        return zip(words, words.dropFirst()).contains { word, next in
            word.lowercased().hasPrefix("set-var") && SecretWords.isSecretName(String(next))
        }
    }

    /// Where the arguments end: quotes that a quoted word has behind backslashes may count or not, and the later end holds.
    private static func end(of start: Int, in line: [UInt8]) -> Int {
        max(
            end(of: start, in: line, skipsEscaped: true),
            end(of: start, in: line, skipsEscaped: false))
    }

    private static func end(of start: Int, in line: [UInt8], skipsEscaped: Bool) -> Int {
        var quote: UInt8?
        var depth = 0
        var index = start
        while index < line.count {
            switch line[index] {
            case backslash where skipsEscaped: index += 1
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                if quote == nil { quote = line[index] } else if quote == line[index] { quote = nil }
            case UInt8(ascii: "(") where quote == nil: depth += 1
            case UInt8(ascii: ")") where quote == nil:
                if depth == 0 { return index }
                depth -= 1
            default: break
            }
            index += 1
        }
        return line.count
    }

    /// Cut at every comma: where one is in quotes, its parts are hidden one by one.
    private static func arguments(_ range: Range<Int>, in line: [UInt8]) -> [Range<Int>] {
        var arguments: [Range<Int>] = []
        var start = range.lowerBound
        for index in range where line[index] == comma {
            arguments.append(start..<index)
            start = index + 1
        }
        return arguments + [start..<range.upperBound]
    }

    private static func isPublic(
        _ argument: ArraySlice<UInt8>, isFirst: Bool, of name: String
    ) -> Bool {
        let marks = Array("\"'\\ \t".utf8)
        let text = String(decoding: argument.filter { !marks.contains($0) }, as: UTF8.self)
            .lowercased()
        if scopes.contains(where: { text.hasPrefix($0) }) { return true }
        if isFirst, text.utf8.count <= 3, Int(text) != nil { return true }
        if isFirst, SecretWords.isNearly(text, algorithms) { return true }
        return name.hasPrefix("jwt") && text.hasPrefix("/")
            && fileEndings.contains { text.hasSuffix($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }
}

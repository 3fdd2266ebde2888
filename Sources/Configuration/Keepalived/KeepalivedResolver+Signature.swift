import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import VRRP

/// `auth_hmac`. Whoever writes it wants advertisements that nobody can forge: what is wrong in it is refused, and not left
/// out as keepalived does, since without it the node would believe everybody.
extension KeepalivedResolver {
    /// `auth_hmac { key NUMBER VALUE … }`
    mutating func sign(_ instance: inout VirtualRouterSettings, _ statement: KeepalivedStatement) {
        var signature = SignatureSettings()
        var window: Int64?
        var isMonotonic = false
        for inner in statement.block ?? [] where isKnown(inner, in: .hmac) {
            if inner.keyword == "key" {
                addKey(inner, to: &signature)
                continue
            }
            guard let word = argument(inner) else { continue }
            switch inner.keyword {
            case "active_key":
                signature.activeKey = keyNumber(word) ?? signature.activeKey
            case "anti_replay":
                switch word.text {
                case "time": isMonotonic = false
                case "monotonic": isMonotonic = true
                default: refuse(word, "anti_replay", expects: "time or monotonic")
                }
            case "time_window":
                if let seconds = Int64(word.text), SignatureSettings.windows.contains(seconds) {
                    window = seconds
                } else {
                    refuse(word, "time_window", expects: "1 to 300 seconds")
                }
            case "mode":
                if let mode = SignatureSettings.Mode(rawValue: word.text) {
                    signature.mode = mode
                } else {
                    refuse(word, "mode", expects: "enforce, permissive or receive-only")
                }
            default: sayUnhandled(inner)
            }
        }
        if signature.keys[signature.activeKey] == nil, !signature.keys.isEmpty {
            findings.refuse(
                statement.range,
                "(\(instance.name)) auth_hmac: active_key \(signature.activeKey) is no key of it",
                fix: "name one of its keys, the same on all nodes")
        } else if signature.keys.isEmpty {
            findings.refuse(
                statement.range, "(\(instance.name)) auth_hmac has no usable key",
                fix: "key 1 hex:… (openssl rand -hex 32), and active_key 1")
        }
        let seconds = (instance.advertisementInterval.milliseconds + 999) / 1000
        signature.window =
            isMonotonic
            ? nil : window ?? min(max(3 * seconds, 5), SignatureSettings.windows.upperBound)
        finish(&instance, &signature, statement.range)
        instance.signature = signature
    }

    /// What it does not go together with.
    private mutating func finish(
        _ instance: inout VirtualRouterSettings, _ signature: inout SignatureSettings,
        _ range: SourceRange
    ) {
        if instance.password != nil {
            findings.report(
                range,
                "(\(instance.name)) auth_hmac takes the place of 'authentication', which is left out",
                fix: "remove the block 'authentication' on all nodes")
            instance.password = nil
        }
        if instance.isStrict, signature.mode != .enforce {
            findings.report(
                range, "(\(instance.name)) vrrp_strict makes auth_hmac 'mode enforce'",
                fix: "remove 'vrrp_strict', or write 'mode enforce'")
            signature.mode = .enforce
        }
    }

    /// `key NUMBER VALUE`
    private mutating func addKey(
        _ statement: KeepalivedStatement, to signature: inout SignatureSettings
    ) {
        guard statement.arguments.count == 2, let number = statement.arguments.first,
            let value = statement.arguments.last
        else {
            findings.refuse(
                statement.range, "auth_hmac: 'key' needs a number and a value",
                fix: "key 1 hex:… (openssl rand -hex 32)")
            return
        }
        guard let id = keyNumber(number), let bytes = keyBytes(value) else { return }
        guard SignatureSettings.keyLengths.contains(bytes.count) else {
            findings.refuse(
                value.range, "auth_hmac: key \(id) has \(bytes.count) bytes, not 32 to 64",
                fix: "hex:… (openssl rand -hex 32)")
            return
        }
        guard
            signature.keys.updateValue(
                .init(bytes, code: MessageCode.hmacSHA256), forKey: id) == nil
        else {
            findings.refuse(
                number.range, "auth_hmac: there are two keys \(id)", fix: "renumber one")
            return
        }
    }

    private mutating func keyNumber(_ word: Word) -> UInt8? {
        if let number = UInt8(word.text), number > 0 { return number }
        // What stands here may be the key itself.
        findings.refuse(
            word.range, "auth_hmac: the number of a key is 1 to 255", fix: "key 1 hex:…")
        return nil
    }

    /// Text, `hex:DIGITS`, or either in a file behind `file:`.
    private mutating func keyBytes(_ word: Word) -> [UInt8]? {
        let text = word.bytes
        let prefix = Array("file:".utf8)
        guard text.starts(with: prefix) else { return decode(text[...], word) }
        let path = String(decoding: text.dropFirst(prefix.count), as: UTF8.self)
        switch loader.readFile(path) {
        case .success(let content):
            let end = content.lastIndex { $0 != 0x0a && $0 != 0x0d }.map { $0 + 1 } ?? 0
            return decode(content[..<end], word)
        case .failure(let failure):
            findings.refuse(
                word.range, "auth_hmac: cannot read the key file '\(path)': \(failure.reason)",
                fix: nil)
            return nil
        }
    }

    private mutating func decode(_ text: ArraySlice<UInt8>, _ word: Word) -> [UInt8]? {
        let prefix = Array("hex:".utf8)
        guard text.starts(with: prefix) else { return Array(text) }
        let digits = text.dropFirst(prefix.count)
        let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard values.count == digits.count, values.count.isMultiple(of: 2) else {
            findings.refuse(
                word.range,
                "auth_hmac: a key behind 'hex:' is no even number of hexadecimal digits",
                fix: "hex:… (openssl rand -hex 32)")
            return nil
        }
        return stride(from: 0, to: values.count, by: 2).map {
            UInt8(values[$0] << 4 | values[$0 + 1])
        }
    }

    private mutating func refuse(_ word: Word, _ keyword: String, expects what: String) {
        findings.refuse(
            word.range, "auth_hmac: '\(keyword)' expects \(what), not '\(word.text)'", fix: nil)
    }
}

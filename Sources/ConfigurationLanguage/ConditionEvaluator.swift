import Diagnostics

/// Decides the conditions of `.if`, `.elif` and the command line's `-cc` (HAProxy manual, section 2.4).
package struct ConditionEvaluator {
    /// Parentheses and negations inside each other at most.
    static let depthLimit = 64

    /// Why a condition has no answer; the offset counts bytes from 0.
    package struct Failure: Error, Equatable {
        package let message: String
        package let offset: Int
    }

    private let text: [UInt8]
    private let variables: Variables
    private let capabilities: Capabilities
    private let version: Version
    private var index = 0
    private var depth = 0

    private init(
        _ text: [UInt8], _ variables: Variables, _ capabilities: Capabilities, _ version: Version
    ) {
        self.text = text
        self.variables = variables
        self.capabilities = capabilities
        self.version = version
    }

    /// True, false, or the reason why the text is no condition. An empty text is false.
    package static func evaluate(
        _ text: String, variables: Variables, capabilities: Capabilities = .current,
        version: Version = .language
    ) -> Result<Bool, Failure> {
        var evaluator = ConditionEvaluator(Array(text.utf8), variables, capabilities, version)
        do throws(Failure) {
            evaluator.skipBlanks()
            if evaluator.index == evaluator.text.count { return .success(false) }
            let value = try evaluator.disjunction()
            guard evaluator.index == evaluator.text.count else {
                throw evaluator.unparsable(at: evaluator.index)
            }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    /// The argument of `-cc`: cut into words like a line, so that quotes and variables mean the same.
    package static func evaluate(
        argument text: String, variables: Variables, capabilities: Capabilities = .current,
        version: Version = .language
    ) -> Result<Bool, Failure> {
        let source = SourceFile(name: "-cc", bytes: Array(text.utf8))
        var secrets = SecretValues()
        switch LineScanner.words(
            of: source, line: 1, section: "", variables: variables, secrets: &secrets)
        {
        case .success(let words):
            return evaluate(
                words.map(\.text).joined(separator: " "), variables: variables,
                capabilities: capabilities, version: version)
        case .failure(let failure):
            return .failure(Failure(message: failure.message, offset: failure.column))
        }
    }

    /// Both sides are always parsed, so that a mistake in one that does not matter is found too.
    private mutating func disjunction() throws(Failure) -> Bool {
        var value = try conjunction()
        while accept("||") {
            let next = try conjunction()
            value = value || next
        }
        return value
    }

    private mutating func conjunction() throws(Failure) -> Bool {
        var value = try term()
        while accept("&&") {
            let next = try term()
            value = value && next
        }
        return value
    }

    private mutating func term() throws(Failure) -> Bool {
        skipBlanks()
        let start = index
        depth += 1
        defer { depth -= 1 }
        guard index < text.count, depth <= Self.depthLimit else { throw unparsable(at: start) }
        let value: Bool
        switch text[index] {
        case UInt8(ascii: "!"):
            index += 1
            value = try !term()
        case UInt8(ascii: "("):
            index += 1
            value = try disjunction()
            guard accept(")") else {
                throw Failure(
                    message: "expected ')' after conditional expression '\(rest(from: start))'",
                    offset: start)
            }
        case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"):
            if !(0x30...0x39).contains(text[index]) { index += 1 }
            guard index < text.count, (0x30...0x39).contains(text[index]) else {
                throw unparsable(at: start)
            }
            let digits = text[index...].prefix { (0x30...0x39).contains($0) }
            value = digits.contains { $0 != 0x30 }
            index = digits.endIndex
        default:
            value = try predicate()
        }
        skipBlanks()
        return value
    }

    private mutating func predicate() throws(Failure) -> Bool {
        let start = index
        let name = String(
            decoding: text[index...].prefix {
                (0x61...0x7a).contains($0) || $0 == UInt8(ascii: "_")
            }, as: UTF8.self)
        guard let count = Self.argumentCounts[name] else { throw unparsable(at: start) }
        index += name.utf8.count
        var arguments: [String] = []
        if index < text.count, text[index] == UInt8(ascii: "(") {
            index += 1
            arguments = try self.arguments(of: name)
        }
        guard arguments.count == count else {
            throw Failure(
                message: "'\(name)' expects \(count) argument\(count == 1 ? "" : "s")",
                offset: start)
        }
        return try value(of: name, arguments, at: start)
    }

    /// Up to the closing parenthesis; quotes and backslashes work as in a line.
    private mutating func arguments(of name: String) throws(Failure) -> [String] {
        var arguments: [String] = []
        var current: [UInt8] = []
        var quote: UInt8?
        while index < text.count {
            let byte = text[index]
            index += 1
            if let open = quote {
                if byte == open { quote = nil } else { current.append(byte) }
                continue
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
            case UInt8(ascii: "\\") where index < text.count:
                current.append(text[index])
                index += 1
            case UInt8(ascii: ","), UInt8(ascii: ")"):
                arguments.append(String(decoding: current, as: UTF8.self))
                current = []
                if byte == UInt8(ascii: ")") {
                    return arguments == [""] ? [] : arguments
                }
            default: current.append(byte)
            }
        }
        let number = arguments.count + 1
        throw Failure(
            message: quote == nil
                ? "expected ')' in argument \(number) of predicate '\(name)' used in conditional expression"
                : "unmatched quote in argument \(number) of predicate '\(name)' used in conditional expression",
            offset: index)
    }

    private static let argumentCounts = [
        "defined": 1, "feature": 1, "enabled": 1, "streq": 2, "strneq": 2, "strstr": 2,
        "version_atleast": 1, "version_before": 1, "openssl_version_atleast": 1,
        "openssl_version_before": 1, "ssllib_name_startswith": 1, "awslc_api_atleast": 1,
        "awslc_api_before": 1, "fips_mode": 0,
    ]

    private func value(
        of name: String, _ arguments: [String], at start: Int
    ) throws(Failure) -> Bool {
        switch name {
        case "defined": return variables[arguments[0]] != nil
        case "feature": return capabilities.features.contains(arguments[0])
        case "enabled":
            guard Capabilities.switches.contains(arguments[0]) else { throw unparsable(at: start) }
            return capabilities.enabled.contains(arguments[0])
        case "streq": return arguments[0] == arguments[1]
        case "strneq": return arguments[0] != arguments[1]
        case "strstr": return arguments[1].isEmpty || arguments[0].contains(arguments[1])
        case "version_atleast", "version_before":
            let isAtLeast = try version >= wanted(arguments[0], at: start)
            return isAtLeast == (name == "version_atleast")
        case "openssl_version_atleast", "openssl_version_before":
            let wanted = try wanted(arguments[0], at: start)
            // Without a TLS library neither question has a yes.
            guard let library = capabilities.tlsLibrary else { return false }
            return (library.version >= wanted) == (name == "openssl_version_atleast")
        case "ssllib_name_startswith":
            return capabilities.tlsLibrary?.name.hasPrefix(arguments[0]) ?? false
        default: return false
        }
    }

    private func wanted(_ text: String, at start: Int) throws(Failure) -> Version {
        if let version = Version(text) { return version }
        throw Failure(
            message: "unparsable version '\(text)' in conditional expression", offset: start)
    }

    private mutating func accept(_ token: String) -> Bool {
        skipBlanks()
        guard text[index...].starts(with: token.utf8) else { return false }
        index += token.utf8.count
        skipBlanks()
        return true
    }

    private mutating func skipBlanks() {
        while index < text.count, text[index] == 0x20 || text[index] == 0x09 { index += 1 }
    }

    private func unparsable(at offset: Int) -> Failure {
        Failure(
            message: "unparsable conditional expression '\(rest(from: offset))'", offset: offset)
    }

    private func rest(from offset: Int) -> String {
        String(decoding: text[min(offset, text.count)...], as: UTF8.self)
    }
}

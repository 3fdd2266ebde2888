import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// What everybody who reads a part of the configuration shares: the world, the messages, what was found.
final class ReadingContext {
    let loader: Loader
    let options: ReaderOptions
    var diagnostics = DiagnosticList()
    var process = ProcessSettings()
    /// Keywords that were accepted and change nothing.
    var withoutEffect: [KeywordUse] = []
    /// Raw responses of `http-errors` sections, by the section's name and the status.
    var httpErrors: [String: [Int: [UInt8]]] = [:]
    /// Certificates of `crt-store` sections by the words that stand for them, and those that lines have named so far.
    var storedCertificates: [String: TLSCertificateSettings] = [:]
    var certificatesRead: Set<String> = []
    /// Files and names are read once, however many lines mention them.
    private var files: [String: Result<[UInt8], Loader.Failure>] = [:]
    private var addresses: [String: [IPAddress]] = [:]
    /// What expressions need and leave behind.
    private(set) lazy var expressions = ExpressionWorld(
        readFile: { [unowned self] path in
            file(path).mapError { ExpressionProblem($0.reason) }
        }, environment: loader.environment)

    /// `set-var` lines of `global`.
    var processVariables: [ProcessVariable] = []

    /// `ring` sections by their names, and where `log` lines name one.
    var rings: [String: RingSettings] = [:]
    var ringUses: [Word] = []

    /// The target with its ring, once all sections are known.
    func withRing(_ target: LogTargetSettings) -> LogTargetSettings {
        guard case .ring(let name) = target.destination, let ring = rings[name] else {
            return target
        }
        var target = target
        target.destination = .stream(ring)
        target.format = ring.format
        target.maxLength = ring.maxLength
        return target
    }

    init(loader: Loader, options: ReaderOptions) {
        self.loader = loader
        self.options = options
    }

    /// The nearest of some words, as long as anybody will read it: looking for it is the dearest part of an error.
    func suggestion(for word: String, among candidates: @autoclosure () -> [String]) -> String? {
        guard diagnostics.errorCount < DiagnosticList.limit else { return nil }
        return NearestWord.suggestion(for: word, among: candidates())
    }

    func file(_ path: String) -> Result<[UInt8], Loader.Failure> {
        if let known = files[path] { return known }
        let content = loader.readFile(path)
        files[path] = content
        return content
    }

    /// An address as HAProxy reads it: `$NAME` and `${NAME}` stand for the environment even outside of quotes; an unknown
    /// name is nothing.
    func address(_ word: Word) -> Result<AddressSyntax, AddressSyntax.Failure> {
        AddressSyntax.parse(expanded(word.text))
    }

    func expanded(_ text: String) -> String {
        guard text.contains("$") else { return text }
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            let hasBrace = rest.first == "{"
            if hasBrace { rest = rest.dropFirst() }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest.dropFirst(name.count)
            if hasBrace, rest.first == "}" { rest = rest.dropFirst() }
            result += loader.environment(String(name)) ?? ""
        }
        return result + rest
    }

    /// The addresses of a name of one family or either.
    func resolve(_ name: String, family: AddressSyntax.Family = .either) -> [IPAddress] {
        let all: [IPAddress]
        if let known = addresses[name] {
            all = known
        } else {
            all = loader.resolve(name)
            addresses[name] = all
        }
        switch family {
        case .either: return all
        case .v4: return all.filter(\.isIPv4)
        case .v6: return all.filter { !$0.isIPv4 }
        }
    }
}

import ConfigurationLanguage
import Core
import Diagnostics

/// `crt-list` files: `<certificate> [ '[' <options> ']' ] [ <names> … ]` a line (HAProxy manual, section 5.1).
enum CertificateList {
    /// Lines of a list, at most.
    static let lineLimit = 100_000

    /// The options of a line, for documentation.
    static let group: KeywordCatalog.Group = {
        let taken = [
            "alpn", "ca-file", "ca-verify-file", "ciphers", "ciphersuites", "client-sigalgs",
            "crl-file", "curves", "ecdhe", "no-alpn", "no-ca-names", "sigalgs", "ssl-max-ver",
            "ssl-min-ver", "verify",
        ]
        let entries =
            taken.map { name in
                Keyword<Void>(
                    name, in: .other, name.hasPrefix("no-") ? "" : "<value>",
                    "As on the bind line, for this certificate."
                ) { _, _ in }.entry
            }
            + TLSFiles.Parts.words.filter { $0 != "crt" && $0 != "sctl" && $0 != "alias" }.map {
                Keyword<Void>(
                    $0, in: .other, "<value>", "As on the 'load' line of a 'crt-store'."
                ) { _, _ in }.entry
            }
            + Keyword<Void>.refused(
                "allow-0rtt ktls/1 npn/1", in: .other, because: Reason.tlsRest,
                wayOut: Reason.operatorsWayOut
            ).map(\.entry)
        return KeywordCatalog.Group(title: "crt-list", entries: entries)
    }()

    static func read(
        _ word: Word, _ bind: TLSBindSettings, _ statement: Statement
    ) -> [TLSCertificateSettings] {
        let path = word.text
        let bytes: [UInt8]
        switch statement.context.file(path) {
        case .success(let found): bytes = found
        case .failure(let failure):
            statement.alert("'crt-list' : unable to load '\(path)' : \(failure.reason)", at: word)
            return []
        }
        var result: [TLSCertificateSettings] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.prefix(lineLimit).enumerated() {
            let text = String(decoding: line, as: UTF8.self)
            result += entries(text, in: path, number + 1, word, bind, statement)
        }
        return result
    }

    /// A line that comes while the service runs; files that it names are asked of the loader.
    static func read(
        line: String, of list: String, _ number: Int, _ bind: TLSBindSettings, _ loader: Loader
    ) -> Result<[TLSCertificateSettings], Loader.Failure> {
        let context = ReadingContext(loader: loader, options: ReaderOptions())
        context.process.tls.extraFiles = []
        let word = Word(list, range: SourceRange(file: list, line: number, columns: 0..<0))
        guard
            let statement = Line([word]).map({
                Statement($0, sectionWord: "crt-list", section: .other, context: context)
            })
        else { return .success([]) }
        let found = entries(line, in: list, number, word, bind, statement)
        if let problem = context.diagnostics.all.first(where: { $0.severity == .alert }) {
            return .failure(Loader.Failure(reason: problem.message))
        }
        return .success(found)
    }

    private static func entries(
        _ line: String, in list: String, _ number: Int, _ word: Word, _ bind: TLSBindSettings,
        _ statement: Statement
    ) -> [TLSCertificateSettings] {
        let place = "\(list):\(number)"
        // Brackets may touch the words inside.
        let words = line.prefix { $0 != "#" }.split(whereSeparator: {
            $0 == " " || $0 == "\t" || $0 == "\r"
        })
        guard let name = words.first else { return [] }
        var rest = words.dropFirst()
        var own: TLSContextSettings?
        var parts: TLSFiles.Parts?
        var text = ""
        if let bracket = rest.firstIndex(where: { $0.hasPrefix("[") }), bracket > rest.startIndex {
            statement.warn(
                "'crt-list' : names stand before the options at \(place); they do not count",
                at: word, fix: "put '[…]' right behind the file")
            rest = rest[bracket...]
        }
        if rest.first?.hasPrefix("[") == true {
            var options: [String] = []
            var isClosed = false
            while let next = rest.popFirst() {
                var option = next
                if options.isEmpty, option.hasPrefix("[") { option = option.dropFirst() }
                let isLast = option.hasSuffix("]")
                if isLast { option = option.dropLast() }
                if !option.isEmpty { options.append(String(option)) }
                if isLast {
                    isClosed = true
                    break
                }
                if options.isEmpty { options.append("") }
            }
            guard isClosed else {
                statement.alert(
                    "'crt-list' : the options of '\(name)' have no ']' at \(place)", at: word)
                return []
            }
            options.removeAll(where: \.isEmpty)
            text = options.joined(separator: " ")
            let split = split(options, at: place, word, statement)
            parts = split.parts
            if !split.rest.isEmpty {
                own = context(split.rest, at: place, word, bind.context, statement)
            }
        }
        // What is wrong with the file is said of the list's line.
        let located = Word(
            String(name), range: SourceRange(file: list, line: number, columns: 0..<0))
        var found: [TLSCertificateSettings]
        if let parts, !name.hasPrefix("@") {
            let bases = TLSFiles.Bases(statement.context.process.tls)
            let path = TLSFiles.absolute(located.text, bases.certificate)
            found =
                TLSFiles.certificate(path, parts, bases, at: located, statement).map { [$0] } ?? []
        } else {
            found = TLSFiles.certificates(located, statement)
        }
        for index in found.indices {
            found[index].filters = rest.map { $0.lowercased() }
            found[index].own = own
            found[index].line = TLSListLine(list: list, number: number, options: text)
        }
        return found
    }

    /// Sets the files that a line names apart from the options of its context.
    private static func split(
        _ options: [String], at place: String, _ word: Word, _ statement: Statement
    ) -> (rest: [String], parts: TLSFiles.Parts?) {
        var rest: [String] = []
        var parts: TLSFiles.Parts?
        var left = options[...]
        while let name = left.popFirst() {
            guard TLSFiles.Parts.words.contains(name), name != "crt" else {
                rest.append(name)
                continue
            }
            let complaint: String? =
                switch (name, left.popFirst()) {
                case (_, nil): "'\(name)' expects an argument"
                case ("alias", _): "'alias' belongs into a 'crt-store' section"
                case (_, let value?): take(name, value, &parts)
                }
            if let complaint {
                statement.alert("'crt-list' : \(complaint) at \(place)", at: word)
            }
        }
        return (rest, parts)
    }

    private static func take(
        _ name: String, _ value: String, _ parts: inout TLSFiles.Parts?
    ) -> String? {
        var taken = parts ?? TLSFiles.Parts()
        let complaint = taken.take(name, value)
        // 'ocsp-update off' names no file.
        if name != "ocsp-update" { parts = taken }
        return complaint
    }

    /// The bind line's settings with the options of a line of the list.
    private static func context(
        _ options: [String], at place: String, _ word: Word, _ base: TLSContextSettings,
        _ statement: Statement
    ) -> TLSContextSettings {
        var result = base
        var rest = options[...]
        while let name = rest.popFirst() {
            if TLSWords.applyFlag(name, to: &result.protocols) { continue }
            if name == "no-ca-names" {
                result.verification.namesAuthorities = false
                continue
            }
            if name == "no-alpn" {
                result.applicationProtocols = []
                continue
            }
            guard let value = rest.popFirst() else {
                statement.alert("'crt-list' : unknown option '\(name)' at \(place)", at: word)
                break
            }
            let argument = Word(value, range: word.range)
            switch name {
            case "alpn": result.applicationProtocols = TLSWords.protocols(argument, statement)
            case "verify":
                guard let mode = TLSBindKeywords.mode(argument) else {
                    statement.alert(
                        "'crt-list' : unknown verify method '\(value)' at \(place)", at: word)
                    break
                }
                result.verification.mode = mode
            case "ca-file":
                result.verification.authorities = TLSFiles.authorities(argument, name, statement)
            case "ca-verify-file":
                result.verification.unnamedAuthorities = TLSFiles.authorities(
                    argument, name, statement)
            case "crl-file":
                result.verification.revocations = TLSFiles.authorities(argument, name, statement)
            case "ciphers": result.protocols.ciphers = value
            case "ciphersuites": result.protocols.cipherSuites = value
            case "curves", "ecdhe": result.protocols.curves = value
            case "sigalgs": result.protocols.signatureAlgorithms = value
            case "client-sigalgs": result.protocols.clientSignatureAlgorithms = value
            case "ssl-min-ver", "ssl-max-ver":
                guard let version = TLSVersion(word: value) else {
                    statement.alert("'crt-list' : unknown version '\(value)' at \(place)", at: word)
                    break
                }
                if name == "ssl-min-ver" {
                    result.protocols.minimum = version
                } else {
                    result.protocols.maximum = version
                }
            default:
                statement.alert("'crt-list' : unknown option '\(name)' at \(place)", at: word)
                return result
            }
        }
        if let complaint = TLSWords.complaint(about: result.protocols)
            ?? TLSWords.complaint(about: result.verification)
        {
            statement.alert("'crt-list' : \(complaint) at \(place)", at: word)
        }
        return result
    }
}

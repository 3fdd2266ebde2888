import ConfigurationLanguage
import Core
import Diagnostics

/// `crt-store` sections: certificates with names of their own, for lines that follow (HAProxy 3.2's manual, section 12.7).
enum CertificateStore {
    /// Certificates of all stores, at most.
    private static let limit = 100_000

    static let keywords: [KeywordEntry] = [
        entry("crt-base", "<directory>", "Where 'crt' looks."),
        entry("key-base", "<directory>", "Where 'key' looks."),
        entry(
            "load",
            "crt <file> [key <file>] [ocsp <file>] [issuer <file>] [alias <name>] [ocsp-update off]",
            "A certificate; elsewhere it is '@<store>/<alias>', or its path."),
    ]

    private static func entry(
        _ name: String, _ arguments: String, _ summary: String
    ) -> KeywordEntry {
        Keyword<Void>(name, in: .other, arguments, summary) { _, _ in }.entry
    }

    static func read(_ section: Section, _ context: ReadingContext) {
        let words = section.header.words
        // Empty: the store without a name.
        let name = words.count > 1 ? words[1].text : ""
        var bases = TLSFiles.Bases(context.process.tls)
        if words.count > 2 {
            context.diagnostics.alert(
                words[2].range, "'crt-store' section only supports a name as an argument")
        }
        if name.contains("/") {
            context.diagnostics.alert(
                words[1].range, "'crt-store' : a name has no '/' in it: '\(name)'")
        }
        for line in section.lines {
            var statement = Statement(
                line, sectionWord: "crt-store", section: .other, context: context)
            switch statement.keyword.text {
            case "crt-base", "key-base":
                let isKey = statement.keyword.text == "key-base"
                guard let word = statement.argument(or: "'\(statement.name)' : missing directory")
                else { continue }
                if isKey { bases.key = word.text } else { bases.certificate = word.text }
                statement.finish()
            case "load": load(&statement, into: name, bases)
            default:
                statement.alert("unknown keyword '\(statement.name)' in 'crt-store' section")
            }
        }
    }

    /// The parameters of a `load` line.
    private static func load(
        _ statement: inout Statement, into store: String, _ bases: TLSFiles.Bases
    ) {
        let context = statement.context
        var parts = TLSFiles.Parts()
        while let word = statement.nextKeyword() {
            guard TLSFiles.Parts.words.contains(word.text) else { return refuse(word, &statement) }
            guard let value = statement.argument(or: "'load' : '\(word.text)' expects an argument")
            else { return }
            if let complaint = parts.take(word.text, value.text) {
                return statement.alert("'load' : \(complaint)", at: value)
            }
        }
        let keyword = statement.line.keyword
        guard let file = parts.certificate else {
            return statement.alert(
                "'load' : mandatory 'crt' parameter is missing", at: keyword,
                fix: "for instance 'load crt /etc/ssl/site.crt key /etc/ssl/site.key'")
        }
        let path = TLSFiles.absolute(file, bases.certificate)
        guard !store.isEmpty || !context.certificatesRead.contains(path) else {
            return statement.alert(
                "'load' : an earlier line uses '\(path)' already", at: keyword,
                fix: "write the section before what refers to it")
        }
        let reference = "@\(store)/\(parts.alias ?? file)"
        guard
            var certificate = TLSFiles.certificate(
                path, parts, bases, at: keyword, statement)
        else { return }
        if parts.alias != nil || !store.isEmpty { certificate.name = reference }
        // With an alias its path stands for it, too.
        for name in Set([reference, store.isEmpty ? path : "@\(store)/\(file)"]) {
            if context.storedCertificates[name] != nil {
                statement.alert("'load' : '\(name)' is in a store already", at: keyword)
            } else if context.storedCertificates.count < limit {
                context.storedCertificates[name] = certificate
            } else {
                return statement.alert("'load' : more than \(limit) certificates", at: keyword)
            }
        }
    }

    private static func refuse(_ word: Word, _ statement: inout Statement) {
        switch word.text {
        case "acme", "domains", "ips", "jwt", "generate-dummy", "keytype", "bits", "curves":
            statement.alert(
                "'load' : '\(word.text)' is not supported: \(Reason.tlsRest).", at: word,
                fix: "remove it")
        default: statement.alert("'load' : unknown parameter '\(word.text)'", at: word)
        }
        statement.skipRest()
    }
}

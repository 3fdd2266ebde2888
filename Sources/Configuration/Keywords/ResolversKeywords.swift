import ConfigurationLanguage
import Core
import Diagnostics

/// Lines of `resolvers` sections (HAProxy manual, section 5.3.2).
enum ResolversKeywords {
    /// Name servers of a section.
    static let nameServerLimit = 64
    /// The file that `parse-resolv-conf` reads.
    static let systemFile = "/etc/resolv.conf"
    static let port: UInt16 = 53

    static let table = KeywordTable<ResolversSettings>([
        Keyword(
            "nameserver", in: .resolvers, "<name> <address>:<port>",
            "A server to ask; 'tcp@' before the address asks over a connection."
        ) { section, statement in nameServer(&section, &statement) },
        Keyword(
            "parse-resolv-conf", in: .resolvers, "", "Adds the name servers of \(systemFile)."
        ) { section, statement in systemServers(&section, &statement) },
        Keyword(
            "accepted_payload_size", in: .resolvers, "<bytes>",
            "How long answers in datagrams may be, 512 by itself."
        ) { section, statement in
            if let bytes = statement.integer(
                in: 12...65535,
                or: statement.isAtEnd
                    ? "'accepted_payload_size' expects <nb> as argument."
                    : "'accepted_payload_size' must be between 12 and 65535 inclusive (was \(statement.peek?.text ?? ""))."
            ) {
                section.payloadBytes = bytes
            }
            statement.finish()
        },
        Keyword(
            "hold", in: .resolvers,
            "{ valid | obsolete | nx | refused | timeout | other } <time>",
            "How long the last valid answer counts while lookups end so."
        ) { section, statement in hold(&section, &statement) },
        Keyword(
            "resolve_retries", in: .resolvers, "<number>",
            "How often a question is sent before the lookup has failed, 3 by itself."
        ) { section, statement in
            if let tries = statement.integer(
                in: 1...255, or: "'resolve_retries' expects <nb> as argument.")
            {
                section.tries = tries
            }
            statement.finish()
        },
        Keyword(
            "timeout", in: .resolvers, "{ resolve | retry } <time>",
            "Pause between lookups without a valid answer, and how long to wait for one answer."
        ) { section, statement in timeout(&section, &statement) },
    ])

    /// Reads a whole section; nil where it has no name.
    static func read(_ section: Section, context: ReadingContext) -> ResolversSettings? {
        guard section.header.words.count > 1 else {
            context.diagnostics.alert(
                section.header.range, "missing name for resolvers section.",
                fix: "give it a name, for instance 'resolvers dns'")
            return nil
        }
        let name = section.header.words[1]
        if let wrong = name.text.first(where: { !ReaderNames.isNameCharacter($0) }) {
            context.diagnostics.alert(
                name.range,
                "character '\(wrong)' is not permitted in 'resolvers' name '\(name.text)'.")
        }
        var settings = ResolversSettings(name: name.text)
        for line in section.lines {
            var statement = Statement(
                line, sectionWord: "resolvers", section: .resolvers, context: context)
            let word = statement.keyword
            if statement.form != .plain {
                statement.alert(ProxyKeywords.negationComplaint)
                continue
            }
            statement.dispatch(word, through: table, to: &settings) { nearest, statement in
                let hint = nearest.map { "; did you mean '\($0)' maybe ?" } ?? ""
                statement.alert("unknown keyword '\(word.text)' in 'resolvers' section\(hint)")
            }
        }
        return settings
    }

    // MARK: Lines

    private static func nameServer(_ section: inout ResolversSettings, _ statement: inout Statement)
    {
        guard let name = statement.next(), let word = statement.next() else {
            return statement.alert(
                "'nameserver' expects <name> and <addr>[:<port>] as arguments.")
        }
        statement.subject = "'nameserver \(name.text)' : "
        if section.nameServers.contains(where: { $0.name == name.text }) {
            statement.subject = ""
            return statement.alert(
                "nameserver '\(name.text)' has same name as another nameserver.", at: name)
        }
        guard section.nameServers.count < nameServerLimit else {
            return statement.alert("more than \(nameServerLimit) name servers in one section.")
        }
        switch statement.context.address(word) {
        case .failure(let failure): statement.alert(failure.message, at: word)
        case .success(let syntax):
            guard case .internet(let host, _, let ports) = syntax.place else {
                return statement.alert("expects an IP address with a port.", at: word)
            }
            guard case .address(let address) = host else {
                return statement.alert(
                    "invalid address: '\(word.text)'", at: word,
                    fix: "write the IP address: who looks names up cannot be looked up")
            }
            guard case .range(let range) = ports, range.count == 1 else {
                return statement.alert(
                    "missing port specification in '\(word.text)'", at: word,
                    fix: "write '\(word.text):\(port)'")
            }
            section.nameServers.append(
                ResolversSettings.NameServer(
                    name: name.text, address: .ip(address, port: range.lowerBound),
                    usesTCP: word.text.hasPrefix("tcp")))
        }
        statement.finish()
    }

    private static func systemServers(
        _ section: inout ResolversSettings, _ statement: inout Statement
    ) {
        statement.finish()
        guard case .success(let bytes) = statement.context.file(systemFile) else {
            return statement.alert(
                "parse-resolv-conf : \(systemFile) cannot be read",
                fix: "name the servers with 'nameserver' lines")
        }
        let skipped = addSystemServers(bytes, to: &section)
        for name in skipped {
            statement.warn("parse-resolv-conf : '\(name)' in \(systemFile) is no address, skipped.")
        }
    }

    /// A section with nothing but the system's name servers, as far as there are any.
    static func systemSection(_ name: String, _ context: ReadingContext) -> ResolversSettings {
        var section = ResolversSettings(name: name)
        if case .success(let bytes) = context.file(systemFile) {
            _ = addSystemServers(bytes, to: &section)
        }
        return section
    }

    /// Returns what is no address.
    private static func addSystemServers(
        _ bytes: [UInt8], to section: inout ResolversSettings
    ) -> [String] {
        var skipped: [String] = []
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "nameserver" else { continue }
            let text = words[1].prefix { $0 != "%" }
            guard let address = IPAddress(text) else {
                skipped.append(String(words[1]))
                continue
            }
            guard section.nameServers.count < nameServerLimit,
                !section.nameServers.contains(where: { $0.name == text })
            else { continue }
            section.nameServers.append(
                ResolversSettings.NameServer(
                    name: String(text), address: .ip(address, port: port), usesTCP: false))
        }
        return skipped
    }

    private static func hold(_ section: inout ResolversSettings, _ statement: inout Statement) {
        let events: [String: WritableKeyPath<ResolversSettings.Holds, Duration>] = [
            "valid": \.valid, "obsolete": \.obsolete, "nx": \.nameError, "refused": \.refused,
            "timeout": \.timeout, "other": \.other,
        ]
        guard let event = statement.next(), statement.peek != nil else {
            return statement.alert("'hold' expects an <event> and a <time> as arguments.")
        }
        guard let path = events[event.text] else {
            statement.skipRest()
            return statement.alert(
                "'hold' unknown <event>: '\(event.text)', expects either 'nx', 'timeout', 'valid', 'obsolete' or 'other'.",
                at: event)
        }
        if let time = statement.duration() { section.holds[keyPath: path] = time }
        statement.finish()
    }

    private static func timeout(_ section: inout ResolversSettings, _ statement: inout Statement) {
        let expects = "'timeout' expects 'retry' or 'resolve' and <time> as arguments"
        guard let event = statement.next(), statement.peek != nil else {
            return statement.alert("\(expects).")
        }
        guard event.text == "retry" || event.text == "resolve" else {
            statement.skipRest()
            return statement.alert("\(expects) got '\(event.text)'.", at: event)
        }
        statement.name = "timeout \(event.text)"
        if let time = statement.duration() {
            if event.text == "retry" {
                section.retryTimeout = max(time, .milliseconds(1))
            } else {
                section.pause = max(time, .milliseconds(1))
            }
        }
        statement.finish()
    }
}

import ConfigurationLanguage
import Core
import Diagnostics

/// `ring` sections (HAProxy manual, section 12.5): a buffer of log lines and the servers that take them over TCP.
enum RingKeywords {
    /// A section while it is read.
    struct Draft {
        var settings: RingSettings
        var names: Set<String> = []
    }

    static let table = KeywordTable<Draft>(
        [
            Keyword("description", in: .other, "<text>", "For people.") { _, statement in
                _ = statement.takeText()
            },
            Keyword("format", in: .other, "<format>", "What stands before the text of a line.") {
                ring, statement in
                guard let word = statement.argument(or: "'format' expects a format name.") else {
                    return
                }
                guard let format = LogTargetSettings.Format(rawValue: word.text) else {
                    statement.alert("unknown log format '\(word.text)'", at: word)
                    return statement.skipRest()
                }
                ring.settings.format = format
                statement.finish()
            },
            Keyword("maxlen", in: .other, "<bytes>", "Longest line.") { ring, statement in
                guard let length = statement.integer(in: LogLines.lengths) else {
                    return statement.skipRest()
                }
                ring.settings.maxLength = length
                statement.finish()
            },
            Keyword("size", in: .other, "<bytes>", "Lines that wait for a server, in bytes.") {
                ring, statement in
                guard let bytes = statement.size(in: RingSettings.sizes) else {
                    return statement.skipRest()
                }
                ring.settings.bufferBytes = bytes
                statement.finish()
            },
            Keyword(
                "server", in: .other,
                "<name> <address> [ log-proto { legacy | octet-count } ]",
                "Who takes the lines; each of several takes all of them."
            ) { ring, statement in server(&ring, &statement) },
        ],
        Keyword.accepted(
            "timeout", in: .other, because: "a server that takes nothing is tried again each second"
        ),
        Keyword.refused(
            "backing-file", in: .other, because: Reason.operators,
            wayOut: Reason.operatorsWayOut))

    /// Reads a section; nil: something was wrong, which is reported.
    static func read(_ section: Section, context: ReadingContext) -> RingSettings? {
        guard section.header.words.count == 2 else {
            context.diagnostics.alert(
                section.header.range, "'ring' expects a name, and nothing else.")
            return nil
        }
        let name = section.header.words[1].text
        var draft = Draft(settings: RingSettings(name: name))
        for line in section.lines {
            var statement = Statement(
                line, sectionWord: "ring", section: .other, context: context)
            statement.dispatch(statement.keyword, through: table, to: &draft) {
                nearest, statement in
                statement.alert(
                    "unknown keyword '\(statement.keyword.text)' in 'ring' section",
                    fix: nearest.map { "did you mean '\($0)' ?" })
            }
        }
        guard !draft.settings.servers.isEmpty else {
            context.diagnostics.alert(
                section.header.range, "ring '\(name)' has no server: nothing here would read it.",
                fix: "add 'server <name> <address>:<port>'")
            return nil
        }
        return draft.settings
    }

    private static func server(_ ring: inout Draft, _ statement: inout Statement) {
        guard let name = statement.next(), let word = statement.next() else {
            return statement.alert("'server' expects <name> and <address> as arguments.")
        }
        guard ring.names.insert(name.text).inserted else {
            statement.alert("the ring has a server '\(name.text)' already.", at: name)
            return statement.skipRest()
        }
        guard ring.settings.servers.count < RingSettings.serversLimit else {
            statement.alert(
                "a ring has \(RingSettings.serversLimit) servers at most.", at: word,
                fix: "give the others a ring of their own, and 'log' to both")
            return statement.skipRest()
        }
        guard let address = LogLines.streamAddress(word, statement) else {
            return statement.skipRest()
        }
        var server = RingServerSettings(address)
        // Also after an error in its options: that is no second error of the ring.
        defer { ring.settings.servers.append(server) }
        while let option = statement.next() {
            guard option.text == "log-proto", let value = statement.next(),
                ["legacy", "octet-count"].contains(value.text)
            else {
                statement.alert(
                    "'server' of a ring cannot handle '\(option.text)'.", at: option,
                    fix: "only 'log-proto legacy' and 'log-proto octet-count' are possible")
                return statement.skipRest()
            }
            server.countsOctets = value.text == "octet-count"
        }
    }
}

import ConfigurationLanguage
import Diagnostics
import Expressions

/// `log-format` and its relatives, and identifiers of requests (HAProxy manual, sections 4.2 and 8.2.6).
enum LogFormatKeywords {
    static let all: [Keyword<ProxyDraft>] = [
        Keyword(
            "log-format", in: .clientSide, "<fmt>",
            "What log lines say, made of %aliases, %[expressions] and text."
        ) { proxy, statement in
            guard let format = format(&statement, at: .log) else { return }
            proxy.setLogStyle(.custom(format), statement)
        },
        Keyword(
            "log-format-sd", in: .clientSide, "<fmt>",
            "Structured data of log lines, for targets with 'format rfc5424'."
        ) { proxy, statement in
            guard let format = format(&statement, at: .log) else { return }
            proxy.settings.logLines.structuredData = format
        },
        Keyword(
            "error-log-format", in: .clientSide, "<fmt>",
            "What lines say about connections that end before their first request."
        ) { proxy, statement in
            guard let format = format(&statement, at: .log) else { return }
            proxy.settings.logLines.errorFormat = format
        },
        Keyword(
            "unique-id-format", in: .proxies, "<fmt>",
            "An identifier for each request: %ID in log lines, the fetch 'unique-id', and a header."
        ) { proxy, statement in
            guard let format = format(&statement, at: .httpRequest) else { return }
            proxy.settings.logLines.uniqueIDFormat = format
        },
        Keyword(
            "unique-id-header", in: .proxies, "<name>",
            "The header in which servers get that identifier."
        ) { proxy, statement in
            guard let word = statement.argument(or: "'unique-id-header' expects an argument.")
            else { return }
            guard isToken(word.text) else {
                statement.alert("'\(word.text)' is not a valid header name.", at: word)
                return statement.skipRest()
            }
            proxy.settings.logLines.uniqueIDHeader = word.text
            statement.finish()
        },
    ]

    /// The one argument of such a line, compiled; nil: a complaint was made.
    private static func format(_ statement: inout Statement, at place: RulePlace) -> LogFormat? {
        let name = statement.keyword.text
        guard let word = statement.argument(or: "'\(name)' expects an argument.") else {
            return nil
        }
        if let extra = statement.next() {
            statement.alert(
                "'\(name)' expects only one argument, don't forget to escape spaces!", at: extra,
                fix: "put the format between quotes")
            statement.skipRest()
            return nil
        }
        do throws(LogFormatProblem) {
            let format = try LogFormat(word.text, in: statement.context.expressions, at: place)
            for flag in format.ignoredFlags {
                statement.warn("'\(name)' : unknown flag '\(flag)' is ignored.", at: word)
            }
            return format
        } catch {
            statement.alert("'\(name)' : \(error.message).", at: word, fix: error.fix)
            return nil
        }
    }

    static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || $0 == 0x2d || $0 == 0x5f
                    || $0 == 0x2e
            }
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// How much the process may take at once: connections, rates, buffers, tables (HAProxy manual, sections 3.1 and 3.2).
extension GlobalKeywords {
    static let limits: [Keyword<ProcessSettings>] = [
        Keyword("maxconn", in: .global, "<number>", "Connections of the process at once.") {
            process, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            process.maxConnections = number == 0 ? nil : number
            statement.finish()
        },
        statusCodes("http-err-codes", \.errorCodes, "http_err_cnt", "400-499"),
        statusCodes("http-fail-codes", \.failureCodes, "http_fail_cnt", "500-599 -501 -505"),
        Keyword("maxconnrate", in: .global, "<number>", "Connections of the process a second.") {
            process, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            process.connectionRateLimit = number
            statement.finish()
        },
        Keyword("maxsessrate", in: .global, "<number>", "Sessions of the process a second.") {
            process, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            process.sessionRateLimit = number
            statement.finish()
        },
        Keyword("maxsslconn", in: .global, "<number>", "Connections of clients with TLS at once.") {
            process, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            process.secureConnectionLimit = number
            statement.finish()
        },
        Keyword("maxsslrate", in: .global, "<number>", "Connections of clients with TLS a second.")
        {
            process, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            process.secureRateLimit = number
            statement.finish()
        },
        text(
            "server-state-file", "<file>", \.serverStateFile, "expects one argument: a file path.",
            "Where servers' states are read from."),
        text(
            "server-state-base", "<directory>", \.serverStateBase,
            "expects one argument: a directory path.", "Where such files are."),
        Keyword("nbthread", in: .global, "<number>", "Workers; else one a core.") {
            process, statement in
            guard let number = statement.integer(in: Int(Int32.min)...Int(Int32.max)) else {
                return statement.skipRest()
            }
            guard (1...64).contains(number) else {
                return statement.alert("'nbthread' value must be between 1 and 64 (was \(number))")
            }
            process.threads = number
            statement.finish()
        },
        Keyword(
            "thread-hard-limit", in: .global, "<number>",
            "Workers at most, whatever 'nbthread' says."
        ) {
            process, statement in
            guard let number = statement.integer(in: 1...64) else { return statement.skipRest() }
            process.threadLimit = number
            statement.finish()
        },
        Keyword("ulimit-n", in: .global, "<number>", "Descriptors of the process at most.") {
            process, statement in
            guard let number = statement.integer() else { return statement.skipRest() }
            process.descriptorLimit = number == 0 ? nil : number
            statement.finish()
        },
        Keyword(
            "strict-limits", in: .global, "",
            "Refuses to start when the descriptor limit cannot be set; 'no strict-limits' goes on."
        ) {
            process, statement in
            process.strictLimits = !statement.isNegated
            statement.finish()
        },
        Keyword("spread-checks", in: .global, "<percent>", "How far checks are moved at random.") {
            process, statement in
            let complaint = "'spread-checks' needs a positive value in range 0..50."
            guard let number = statement.integer(in: 0...50, or: complaint) else { return }
            process.spreadChecks = number
            statement.finish()
        },
        Keyword(
            "max-spread-checks", in: .global, "<time>",
            "The time in which the first checks of all servers begin, where their interval is longer."
        ) { process, statement in
            guard let time = statement.duration() else { return statement.skipRest() }
            process.firstChecksSpan = time > .zero ? time : nil
            statement.finish()
        },
        Keyword(
            "h1-accept-payload-with-any-method", in: .global, "",
            "HTTP/1.0 requests with GET, HEAD or DELETE may have a body; else they get 413."
        ) { process, statement in
            process.allowsBodyOfAnyMethod = true
            statement.finish()
        },
        Keyword("nosplice", in: .global, "", "Never moves data in the kernel.") {
            process, statement in
            process.allowsSplice = false
            statement.finish()
        },
        Keyword(
            "tune.bufsize", in: .global, "<size>", "Bytes of a buffer; a message head must fit in."
        ) { process, statement in
            if let size = statement.size(in: 1024...1_048_576) { process.bufferBytes = size }
        },
        Keyword(
            "tune.maxrewrite", in: .global, "<size>",
            "Bytes of a buffer that are kept free for added headers."
        ) { process, statement in
            if let size = statement.size(in: 0...1_048_576) { process.rewriteReserveBytes = size }
        },
        Keyword("tune.http.maxhdr", in: .global, "<number>", "Header fields of a message at most.")
        { process, statement in
            let complaint = "'tune.http.maxhdr' expects a numeric value between 1 and 32767"
            guard let number = statement.integer(in: 1...32767, or: complaint) else { return }
            process.headerFieldLimit = number
        },
        Keyword(
            "tune.http.logurilen", in: .global, "<number>",
            "Bytes of a request line in log lines at most [1023]."
        ) { process, statement in
            guard let number = statement.integer(in: 1...65535) else { return statement.skipRest() }
            process.loggedLineBytes = number
            statement.finish()
        },
        Keyword(
            "tune.http.cookielen", in: .global, "<number>",
            "Bytes that 'capture cookie' may keep at most, in the sections that follow [63]."
        ) { process, statement in
            guard let number = statement.integer(in: 1...CaptureSettings.lengths.upperBound) else {
                return statement.skipRest()
            }
            process.cookieCaptureBytes = number
            statement.finish()
        },
        Keyword(
            "tune.stick-counters", in: .global, "<number>",
            "Entries of stick tables that a stream may track at once."
        ) { process, statement in
            let range = 0...StickCounters.limit
            guard let number = statement.integer(in: range) else { return }
            process.stickCounters = number
            statement.context.expressions.stickCounters = number
        },
        Keyword(
            "tune.maxaccept", in: .global, "<number>",
            "Connections that are accepted in a row; -1: no limit."
        ) { process, statement in
            guard let number = statement.integer(in: -1...100_000) else { return }
            process.acceptsAtOnce = number > 0 ? number : 100_000
        },
        Keyword(
            "tune.idle-pool.shared", in: .global, "{ on | off }",
            "Whether workers share idle server connections."
        ) { process, statement in
            guard let isOn = statement.onOrOff() else { return }
            process.sharesIdleConnections = isOn
        },
    ]

    private static func statusCodes(
        _ name: String, _ path: any WritableKeyPath<ProcessSettings, StatusCodes> & Sendable,
        _ counter: String, _ usual: String
    ) -> Keyword<ProcessSettings> {
        Keyword(
            name, in: .global, "{ [+|-]<range>[,…] } …",
            "Which status codes '\(counter)' of stick tables counts; by itself \(usual)."
        ) { process, statement in
            guard statement.peek != nil else {
                return statement.alert("Missing status codes range for '\(name)'.")
            }
            while let word = statement.next() {
                guard !process[keyPath: path].change(by: word.text) else { continue }
                statement.alert(
                    "Invalid status codes range '\(word.text)' in '\(name)'.", at: word,
                    fix: "codes are between 100 and 599, and ranges ascend: 400-499 -450 +500,502")
                return statement.skipRest()
            }
        }
    }
}

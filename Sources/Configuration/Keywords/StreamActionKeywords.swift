import ConfigurationLanguage
import Core
import Diagnostics
import Expressions
import Rules

/// Actions that make the stream wait, or change something else than the message.
enum StreamActionKeywords {
    // MARK: Refusing

    static let tarpitAndDrop: [Keyword<RuleDraft>] = [
        ReplyActions.tarpit,
        RuleActions.simple(
            "silent-drop", "Closes the connection without telling the client.", .silentDrop),
        Keyword("auth", in: .proxies, "[ realm <realm> ]", "Asks for a user and a password.") {
            draft, statement in
            let realm = realm(draft, &statement)
            guard let realm else { return statement.skipRest() }
            draft.action = .authenticate(Challenge(realm: realm))
        },
    ]

    private static func realm(_ draft: RuleDraft, _ statement: inout Statement) -> String? {
        guard let word = statement.peek, !["if", "unless"].contains(word.text) else {
            return draft.standardRealm
        }
        statement.skip(1)
        guard word.text == "realm", let realm = statement.next() else {
            statement.ruleAlert(draft, "expects 'realm <realm>'", at: word)
            return nil
        }
        let isText = realm.text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f && $0 != 0x22 }
        guard isText else {
            statement.ruleAlert(draft, "'\(realm.text)' cannot be a realm", at: realm)
            return nil
        }
        return realm.text
    }

    // MARK: Waiting

    static let waitForBody = Keyword<RuleDraft>(
        "wait-for-body", in: .proxies, "time <time> [ at-least <bytes> ]",
        "Waits until the body is there, or a part of it."
    ) { draft, statement in
        var time: Int64?
        var atLeast = 0
        while let word = statement.peek, !["if", "unless"].contains(word.text) {
            statement.skip(1)
            switch word.text {
            case "time":
                statement.name = "time"
                guard let duration = statement.duration() else { return statement.skipRest() }
                time = duration.nanoseconds
            case "at-least":
                statement.name = "at-least"
                guard let bytes = statement.size(in: 0...Int(Int32.max)) else {
                    return statement.skipRest()
                }
                atLeast = bytes
            default:
                statement.ruleAlert(
                    draft, "unknown argument '\(word.text)', expects 'time' or 'at-least'",
                    at: word)
                return statement.skipRest()
            }
        }
        guard let time else { return statement.ruleAlert(draft, "missing time argument") }
        draft.action = .awaitBody(BodyWait(nanoseconds: time, atLeast: atLeast))
    }

    static let pause = Keyword<RuleDraft>(
        "pause", in: .proxies, "{ <time> | <expr> }", "Waits for a time."
    ) { draft, statement in
        guard let time = time(draft, &statement, or: "expects a timeout or an expression") else {
            return statement.skipRest()
        }
        draft.action = .pause(time)
    }

    static let handshake = Keyword<RuleDraft>(
        "wait-for-handshake", in: .proxies, "",
        "Nothing to wait for: requests are read only when the handshake is over."
    ) { draft, _ in draft.action = .nothing }

    static let setTimeout = Keyword<RuleDraft>(
        "set-timeout", in: .proxies,
        "{ client | server | connect | queue | tunnel | tarpit } { <time> | <expr> }",
        "Another timeout for this stream."
    ) { draft, statement in
        let complaint = "expects a timeout name and a time or an expression"
        guard let name = statement.ruleArgument(draft, or: complaint) else { return }
        guard let kind = TimeoutKind(rawValue: name.text) else {
            statement.ruleAlert(draft, "invalid timeout name '\(name.text)'", at: name)
            return statement.skipRest()
        }
        guard let time = time(draft, &statement, or: complaint) else { return statement.skipRest() }
        draft.action = .setTimeout(kind, time)
    }

    /// A time, or an expression that gives milliseconds.
    private static func time(
        _ draft: RuleDraft, _ statement: inout Statement, or complaint: String
    ) -> TimeValue? {
        guard let word = statement.peek else {
            statement.ruleAlert(draft, complaint)
            return nil
        }
        if word.bytes.first.map({ $0 &- 0x30 < 10 }) == true {
            statement.name = draft.title
            return statement.duration().map { .nanoseconds($0.nanoseconds) }
        }
        return statement.expression(draft, or: complaint).map { .sample($0) }
    }

    // MARK: Sockets

    static let sockets: [Keyword<RuleDraft>] =
        [("set-mark", SocketSetting.mark), ("set-fc-mark", .mark)].map { name, setting in
            socket(name, setting, 0...0xffff_ffff, "Marks packets to the client for the kernel.")
        }
        + [("set-tos", SocketSetting.typeOfService), ("set-fc-tos", .typeOfService)].map {
            name, setting in
            socket(name, setting, 0...255, "The type of service of packets to the client.")
        }

    private static func socket(
        _ name: String, _ setting: SocketSetting, _ range: ClosedRange<UInt64>, _ summary: String
    ) -> Keyword<RuleDraft> {
        Keyword(name, in: .proxies, "<number>", summary) { draft, statement in
            guard
                let word = statement.ruleArgument(
                    draft, or: "expects exactly 1 argument (integer/hex value)")
            else { return }
            let hex = word.text.lowercased().hasPrefix("0x")
            guard let value = hex ? UInt64(word.text.dropFirst(2), radix: 16) : UInt64(word.text),
                range.contains(value)
            else {
                return statement.ruleAlert(draft, "invalid number '\(word.text)'", at: word)
            }
            draft.action = .setSocket(setting, UInt32(truncatingIfNeeded: value))
        }
    }

    // MARK: Queues and retries

    static let numbers: [Keyword<RuleDraft>] = [
        Keyword(
            "set-priority-class", in: .proxies, "<expr>",
            "Where the stream stands in queues, -2047 to 2047: lower ones come first."
        ) { draft, statement in number(.priorityClass, &draft, &statement) },
        Keyword(
            "set-priority-offset", in: .proxies, "<expr>",
            "Milliseconds, -524287 to 524287, as which it came to a queue later than it did."
        ) { draft, statement in number(.priorityOffset, &draft, &statement) },
        Keyword(
            "set-retries", in: .proxies, "{ <number> | <expr> }",
            "Another number of 'retries' for this stream, 0 to 100; in sections with servers."
        ) { draft, statement in
            guard !statement.section.isDisjoint(with: .backends) else {
                statement.ruleAlert(
                    draft, "only allowed in proxies with backend capability",
                    fix: "put the rule into the backend")
                return statement.skipRest()
            }
            guard let word = statement.peek, let retries = Int64(word.text) else {
                return number(.retries, &draft, &statement)
            }
            guard (0...100).contains(retries) else {
                statement.ruleAlert(draft, "expects an integer value between 0 and 100", at: word)
                return statement.skipRest()
            }
            statement.skip(1)
            draft.action = .setNumber(.retries, .number(retries))
        },
    ]

    private static func number(
        _ number: StreamNumber, _ draft: inout RuleDraft, _ statement: inout Statement
    ) {
        guard let expression = statement.expression(draft, or: "expects an expression") else {
            return statement.skipRest()
        }
        draft.action = .setNumber(number, .sample(expression))
    }

    // MARK: Requests

    static let request: [Keyword<RuleDraft>] = [
        Keyword(
            "disable-l7-retry", in: .proxies, "",
            "The request is not sent again after it has reached a server."
        ) { draft, _ in draft.action = .disableRetry },
        Keyword(
            "early-hint", in: .proxies, "<name> <fmt>",
            "Sends a field in a 103 answer before the real one."
        ) { draft, statement in
            let complaint = "expects exactly 2 arguments"
            guard let name = RuleActions.fieldName(draft, &statement, or: complaint),
                let template = statement.template(draft, or: complaint)
            else { return statement.skipRest() }
            draft.action = .earlyHint(EarlyHint(name.text, template))
        },
        Keyword(
            "normalize-uri", in: .proxies, "<normalizer>",
            "Writes the target in the one way that RFC 3986 prefers."
        ) { draft, statement in normalize(&draft, &statement) },
    ]

    private static func normalize(_ draft: inout RuleDraft, _ statement: inout Statement) {
        guard let word = statement.ruleArgument(draft, or: "missing argument <normalizer>") else {
            return
        }
        let flag = statement.peek.map { ["full", "strict"].contains($0.text) ? $0.text : "" } ?? ""
        let allowed: String
        switch word.text {
        case "fragment-encode", "fragment-strip", "path-merge-slashes", "path-strip-dot",
            "query-sort-by-name":
            allowed = ""
        case "path-strip-dotdot": allowed = "full"
        case "percent-decode-unreserved", "percent-to-uppercase": allowed = "strict"
        default:
            statement.ruleAlert(
                draft,
                "unknown normalizer '\(word.text)'", at: word,
                fix:
                    "one of fragment-encode, fragment-strip, path-merge-slashes, path-strip-dot, path-strip-dotdot, percent-decode-unreserved, percent-to-uppercase, query-sort-by-name"
            )
            return statement.skipRest()
        }
        let isSet = !flag.isEmpty
        if isSet {
            guard flag == allowed else {
                statement.ruleAlert(draft, "unexpected argument '\(flag)'", at: statement.peek)
                return statement.skipRest()
            }
            statement.skip(1)
        }
        let normalizer: URINormalizer =
            switch word.text {
            case "fragment-encode": .fragmentEncode
            case "fragment-strip": .fragmentStrip
            case "path-merge-slashes": .mergeSlashes
            case "path-strip-dot": .stripDot
            case "path-strip-dotdot": .stripDotDot(full: isSet)
            case "percent-decode-unreserved": .decodeUnreserved(strict: isSet)
            case "percent-to-uppercase": .uppercase(strict: isSet)
            default: .sortQuery
            }
        draft.action = .normalize(normalizer)
    }
}

import ConfigurationLanguage
import Core
import Diagnostics
import Expressions

/// Lines of `global` sections (HAProxy manual, section 3).
enum GlobalKeywords {
    typealias Path<Value> = any WritableKeyPath<ProcessSettings, Value> & Sendable

    static let table = KeywordTable<ProcessSettings>(
        process, identity, limits, TCPKeywords.process, runtime, logging, environment,
        TLSGlobalKeywords.all,
        ProcessVariableKeywords.all, AcceptedGlobalKeywords.all)

    /// Words that `no` may stand before.
    private static let negatable: Set<String> = [
        "log", "option", "busy-polling", "set-dumpable", "strict-limits", "insecure-fork-wanted",
        "numa-cpu-mapping",
    ]

    private static let process: [Keyword<ProcessSettings>] = [
        flag("daemon", \.isDaemon, "Runs in the background."),
        Keyword(
            "master-worker", in: .global, "[ no-exit-on-failure ]",
            "Keeps a guard process, as '-W' does."
        ) {
            process, statement in
            process.masterWorker = true
            if let word = statement.next(), word.text != "no-exit-on-failure" {
                statement.alert(
                    "'master-worker' only supports 'no-exit-on-failure' option.", at: word)
            }
        },
        text(
            "pidfile", "<file>", \.pidFile, "expects a file name as an argument.",
            "Where the process id is written."),
        text(
            "chroot", "<directory>", \.chroot, "expects a directory as an argument.",
            "The directory that becomes the root when privileges are dropped."),
        flag("quiet", \.isQuiet, "No messages at the start."),
        flag("zero-warning", \.refusesWarnings, "Refuses to start when there are warnings."),
        Keyword("hard-stop-after", in: .global, "<time>", "How long a drain may take.") {
            process, statement in
            process.hardStopAfter = statement.duration()
            statement.finish()
        },
        Keyword(
            "grace", in: .global, "<time>",
            "How long the process serves on after USR1 before its drain begins; 'stopping' is true meanwhile."
        ) { process, statement in
            process.grace = statement.duration()
            statement.finish()
        },
    ]

    private static let identity: [Keyword<ProcessSettings>] = [
        Keyword("user", in: .global, "<name>", "Who to become after the start.") {
            process, statement in
            guard let word = statement.argument(or: "'user' expects a user name.") else { return }
            if let user = statement.context.loader.user(word.text) {
                process.user = word.text
                process.userID = user.userID
                statement.finish()
            } else {
                statement.alert(
                    "cannot find user id for '\(word.text)' (0:Success)", at: word,
                    fix: "create it, for instance with 'useradd --system \(word.text)'")
            }
        },
        Keyword("group", in: .global, "<name>", "Which group to change to after the start.") {
            process, statement in
            guard let word = statement.argument(or: "'group' expects a group name.") else { return }
            if let group = statement.context.loader.group(word.text) {
                process.group = word.text
                process.groupID = group
                statement.finish()
            } else {
                statement.alert(
                    "cannot find group id for '\(word.text)' (0:Success)", at: word,
                    fix: "create it, for instance with 'groupadd --system \(word.text)'")
            }
        },
        number("uid", \.userID, "user", "As 'user', by number."),
        number("gid", \.groupID, "group", "As 'group', by number."),
        Keyword("node", in: .global, "<name>", "The name of this node for tools; else the host's.")
        { process, statement in
            let complaint =
                "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, a-z), dot(.), hyphen(-) or underscode(_)."
            guard let word = statement.argument(or: complaint) else { return }
            guard word.text.utf8.allSatisfy(Self.isNodeByte) else {
                return statement.alert(complaint, at: word)
            }
            process.node = word.text
            statement.finish()
        },
        Keyword("description", in: .global, "<text>", "A description for the statistics page.") {
            process, statement in
            let text = statement.takeText()
            if text.isEmpty { return statement.alert("'description' expects a string argument.") }
            process.description = text
        },
    ]

    private static let runtime: [Keyword<ProcessSettings>] = [
        Keyword(
            "stats", in: .global,
            "{ socket <address> [ <options> ] | timeout <time> | maxconn <number> }",
            "The runtime socket."
        ) {
            process, statement in RuntimeSocketKeywords.apply(&process, &statement)
        },
        Keyword(
            "tune.cli.max-payload-size", in: .global, "<size>",
            "Bytes of what may follow '<<' on runtime sockets [128k]."
        ) { process, statement in
            guard let size = statement.size(in: 1024...1_073_741_824) else {
                return statement.skipRest()
            }
            process.runtimePayloadBytes = size
            statement.finish()
        },
        Keyword(
            "unix-bind", in: .global,
            "[ prefix <prefix> ] [ mode <octal> ] [ user <name> ] [ uid <number> ] [ group <name> ] [ gid <number> ]",
            "Owner and permissions of the socket files of 'bind' lines, and what stands before their paths."
        ) { process, statement in UnixBindKeywords.apply(&process, &statement) },
        Keyword(
            "harden.reject-privileged-ports.tcp", in: .global, "{ on | off }",
            "Connections whose client has a port below 1024 are closed."
        ) { process, statement in
            guard let isOn = statement.onOrOff() else { return }
            process.rejectsPrivilegedPorts = isOn
            statement.finish()
        },
        Keyword(
            "external-check", in: .global, "[ preserve-env ]",
            "Allows checks by programs; 'preserve-env': they get the environment of the service, too."
        ) { process, statement in
            process.externalChecksAllowed = true
            if let word = statement.next() {
                guard word.text == "preserve-env" else {
                    statement.alert(
                        "'external-check' cannot handle unexpected argument '\(word.text)'.",
                        at: word)
                    return statement.skipRest()
                }
                process.externalChecksPreserveEnvironment = true
            }
            statement.finish()
        },
    ]

    private static let logging: [Keyword<ProcessSettings>] = [
        Keyword(
            "log", in: .global, LogLines.arguments,
            "Where log lines go; 'log global' elsewhere means these."
        ) {
            process, statement in
            if statement.isNegated {
                process.logTargets = []
                return statement.finish()
            }
            if statement.peek?.text == "global" {
                return statement.alert("log : 'global' is not supported for a global syslog server")
            }
            if let target = LogLines.target(&statement) { process.logTargets.append(target) }
        },
        text(
            "log-tag", "<text>", \.logTag, "expects a tag for use in syslog.",
            "The program's name in log lines."),
        Keyword("log-send-hostname", in: .global, "[ <name> ]", "Log lines name the host.") {
            process, statement in
            process.logHostname = statement.next()?.text ?? ""
            statement.finish()
        },
    ]

    /// Obeyed while the lines are read (`SectionReader`), so that they count for the lines that follow.
    private static let environment = [
        ("setenv", "<name> <value>", "Sets a variable for the lines that follow."),
        ("presetenv", "<name> <value>", "As 'setenv' where the variable is not set."),
        ("unsetenv", "<name> …", "Removes variables."),
        ("resetenv", "[ <name> … ]", "Removes all variables but these."),
    ].map { name, arguments, summary in
        Keyword<ProcessSettings>(name, in: .global, arguments, summary) { _, statement in
            statement.skipRest()
        }
    }

    /// Carries out one line.
    static func apply(_ line: Line, context: ReadingContext) {
        var statement = Statement(line, sectionWord: "global", section: .global, context: context)
        let word = statement.keyword
        if statement.form != .plain, !negatable.contains(word.text) {
            return statement.alert(ProxyKeywords.negationComplaint)
        }
        var process = context.process
        statement.dispatch(word, through: table, to: &process) { nearest, statement in
            let hint = nearest.map { "; did you mean '\($0)' maybe ?" } ?? ""
            let isProxy = ProxyKeywords.table[word.text].map { !$0.entry.isRefused } ?? false
            statement.alert(
                "unknown keyword '\(word.text)' in 'global' section\(hint)",
                fix: isProxy ? "'\(word.text)' belongs in another section" : nil)
        }
        context.process = process
    }

    // MARK: Kinds of entries

    static func flag(
        _ name: String, _ path: Path<Bool>, _ summary: String
    ) -> Keyword<ProcessSettings> {
        Keyword(name, in: .global, "", summary) { process, statement in
            process[keyPath: path] = true
            statement.finish()
        }
    }

    static func text(
        _ name: String, _ arguments: String, _ path: Path<String?>, _ complaint: String,
        _ summary: String
    ) -> Keyword<ProcessSettings> {
        Keyword(name, in: .global, arguments, summary) { process, statement in
            guard let word = statement.argument(or: "'\(name)' \(complaint)") else { return }
            process[keyPath: path] = word.text
            statement.finish()
        }
    }

    static func number(
        _ name: String, _ path: Path<UInt32?>, _ kind: String, _ summary: String
    ) -> Keyword<ProcessSettings> {
        Keyword(name, in: .global, "<number>", summary) { process, statement in
            guard let word = statement.argument(or: "'\(name)' expects an integer argument.") else {
                return
            }
            guard let number = UInt32(word.text) else {
                return statement.alert(
                    "\(name): string '\(word.text)' is not a number.", at: word,
                    fix: "use '\(kind)' with a name")
            }
            process[keyPath: path] = number
            statement.finish()
        }
    }

    private static func isNodeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Statement {
    /// `on` or `off`
    mutating func onOrOff() -> Bool? {
        let word = next()
        switch word?.text {
        case "on": return true
        case "off": return false
        default:
            alert("'\(name)' expects 'on' or 'off'.", at: word)
            return nil
        }
    }
}

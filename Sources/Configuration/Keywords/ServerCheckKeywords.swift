import ConfigurationLanguage
import Core
import Diagnostics

/// Options of `server` lines that are about health checks.
enum ServerCheckKeywords {
    static let all: [Keyword<ServerDraft>] = [
        Keyword("check", in: .serverSide, "", "Checks the server.") { server, _ in
            server.isChecked = true
        },
        Keyword("no-check", in: .serverSide, "", "Does not check it.") { server, _ in
            server.isChecked = false
        },
        delay("inter", "Time between two checks (2s).") { $0.check.interval = $1 },
        delay("fastinter", "The same while its state is about to change.") {
            $0.check.fastInterval = $1
        },
        delay("downinter", "The same while it is down.") { $0.check.downInterval = $1 },
        count("rise", "Checks that must succeed before it is up (2).") { $0.check.rise = $1 },
        count("fall", "Checks that must fail before it is down (3).") { $0.check.fall = $1 },
        Keyword("port", in: .serverSide, "<port>", "The port that checks connect to.") {
            server, statement in
            guard
                let word = statement.argument(or: "'port' expects a port number as argument.")
            else { return }
            guard let port = UInt16(word.text), port > 0 else {
                return statement.alert(
                    "'port' expects a port number as argument, found '\(word.text)'.", at: word)
            }
            server.check.port = port
        },
        Keyword("addr", in: .serverSide, "<address>", "The address that checks connect to.") {
            server, statement in
            guard let word = statement.argument(or: "'addr' expects <addr> as argument.") else {
                return
            }
            guard case .success(let syntax) = statement.context.address(word),
                case .internet(let host, let family, let ports) = syntax.place, !syntax.isDatagram
            else { return statement.alert("'addr' : invalid address '\(word.text)'.", at: word) }
            switch host {
            case .address(let address): server.check.address = address
            case .name(let name):
                guard let address = statement.context.resolve(name, family: family).first else {
                    return statement.alert(
                        "'addr' : invalid address: '\(name)' in '\(word.text)'.", at: word)
                }
                server.check.address = address
            case .any: return statement.alert("'addr' : invalid address '\(word.text)'.", at: word)
            }
            // `port` counts more, wherever it stands.
            if case .range(let range) = ports, server.check.port == nil {
                server.check.port = range.lowerBound
            }
        },
    ]

    private static func delay(
        _ name: String, _ summary: String,
        set: @escaping @Sendable (inout ServerDraft, Duration) -> Void
    ) -> Keyword<ServerDraft> {
        Keyword(name, in: .serverSide, "<time>", summary) { server, statement in
            statement.name = name
            let word = statement.peek
            guard let time = statement.duration(or: "'\(name)' expects a delay as argument.") else {
                return
            }
            guard time > .zero else {
                return statement.alert(
                    "invalid value 0 for argument '\(name)' of server \(server.settings.name).",
                    at: word)
            }
            set(&server, time)
        }
    }

    private static func count(
        _ name: String, _ summary: String,
        set: @escaping @Sendable (inout ServerDraft, Int) -> Void
    ) -> Keyword<ServerDraft> {
        Keyword(name, in: .serverSide, "<count>", summary) { server, statement in
            statement.name = name
            let complaint = "'\(name)' has to be > 0."
            guard let value = statement.integer(in: 1...1_000_000, or: complaint) else { return }
            set(&server, value)
        }
    }
}

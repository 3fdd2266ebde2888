import ConfigurationLanguage
import Core
import Diagnostics

/// Options of `server` lines about agents, about what traffic says of a server, and what follows when it goes or comes.
enum ServerWatchKeywords {
    static let all: [Keyword<ServerDraft>] = agent + observation + transitions

    private static let agent: [Keyword<ServerDraft>] = [
        Keyword("agent-check", in: .serverSide, "", "Asks an agent about the server.") {
            server, _ in server.isAgentChecked = true
        },
        Keyword("no-agent-check", in: .serverSide, "", "Does not ask one.") { server, _ in
            server.isAgentChecked = false
        },
        Keyword("agent-inter", in: .serverSide, "<time>", "Time between two questions (2s).") {
            server, statement in
            statement.name = "agent-inter"
            let word = statement.peek
            guard
                let time = statement.duration(or: "'agent-inter' expects a delay as argument.")
            else { return }
            guard time > .zero else {
                return statement.alert(
                    "invalid value 0 for argument 'agent-inter' of server \(server.settings.name).",
                    at: word)
            }
            server.agent.interval = time
        },
        Keyword("agent-port", in: .serverSide, "<port>", "The agent's port.") {
            server, statement in
            let missing = "'agent-port' expects a port number as argument."
            guard let word = statement.argument(or: missing) else { return }
            guard let port = UInt16(word.text), port > 0 else {
                return statement.alert(
                    "'agent-port' expects a port number as argument, found '\(word.text)'.",
                    at: word)
            }
            server.agent.port = port
        },
        Keyword("agent-addr", in: .serverSide, "<address>", "The agent's address.") {
            server, statement in
            guard let word = statement.argument(or: "'agent-addr' expects an address as argument.")
            else { return }
            let address =
                IPAddress(word.text[...])
                ?? statement.context.resolve(word.text, family: .either).first
            guard let address else {
                return statement.alert(
                    "parsing agent-addr failed. Check if '\(word.text)' is correct address.",
                    at: word)
            }
            server.agent.address = address
        },
        Keyword("agent-send", in: .serverSide, "<text>", "What the agent is sent first.") {
            server, statement in
            guard let word = statement.argument(or: "'agent-send' expects a string as argument.")
            else { return }
            server.agent.send = word.bytes
        },
    ]

    private static let observation: [Keyword<ServerDraft>] = [
        Keyword(
            "observe", in: .serverSide, "<mode>",
            "Traffic counts as a check: 'layer4' its connections, 'layer7' its responses."
        ) { server, statement in
            let missing = "'observe' expects <mode> as argument."
            guard let word = statement.argument(or: missing) else { return }
            switch word.text {
            case "none": server.settings.observe = nil
            case "layer4": server.settings.observe = .layer4
            case "layer7": server.settings.observe = .layer7
            default:
                statement.alert(
                    "'observe' expects one of 'none', 'layer4', 'layer7' but got '\(word.text)'",
                    at: word)
            }
        },
        Keyword("error-limit", in: .serverSide, "<count>", "Errors in a row that count (10).") {
            server, statement in
            let complaint = "'error-limit' has to be > 0."
            if let count = statement.integer(in: 1...1_000_000, or: complaint) {
                server.settings.errorLimit = count
            }
        },
        Keyword(
            "on-error", in: .serverSide, "<action>",
            "What they do: fastinter, fail-check, sudden-death or mark-down."
        ) { server, statement in
            guard let word = statement.argument(or: "'on-error' expects <mode> as argument.") else {
                return
            }
            switch word.text {
            case "fastinter": server.settings.onError = .fastInter
            case "fail-check": server.settings.onError = .failCheck
            case "sudden-death": server.settings.onError = .suddenDeath
            case "mark-down": server.settings.onError = .markDown
            default:
                statement.alert(
                    "'on-error' expects one of 'fastinter', 'fail-check', 'sudden-death' or 'mark-down' but got '\(word.text)'",
                    at: word)
            }
        },
    ]

    private static let transitions: [Keyword<ServerDraft>] = [
        Keyword(
            "on-marked-down", in: .serverSide, "<action>",
            "'shutdown-sessions': its sessions end when it goes down."
        ) { server, statement in
            let missing = "'on-marked-down' expects <mode> as argument."
            guard let word = statement.argument(or: missing) else { return }
            guard word.text == "shutdown-sessions" else {
                return statement.alert(
                    "'on-marked-down' expects 'shutdown-sessions' but got '\(word.text)'", at: word)
            }
            server.settings.shutsSessionsWhenDown = true
        },
        Keyword(
            "on-marked-up", in: .serverSide, "<action>",
            "'shutdown-backup-sessions': sessions of backup servers end when it comes up."
        ) { server, statement in
            let missing = "'on-marked-up' expects <mode> as argument."
            guard let word = statement.argument(or: missing) else { return }
            guard word.text == "shutdown-backup-sessions" else {
                return statement.alert(
                    "'on-marked-up' expects 'shutdown-backup-sessions' but got '\(word.text)'",
                    at: word)
            }
            server.settings.shutsBackupSessionsWhenUp = true
        },
        Keyword("slowstart", in: .serverSide, "<time>", "Its weight grows for this long.") {
            server, statement in
            statement.name = "slowstart"
            let missing = "'slowstart' expects a delay as argument."
            guard let time = statement.duration(or: missing, unit: .seconds) else { return }
            // HAProxy counts whole seconds, and rounds up.
            let seconds = (time.milliseconds + 999) / 1000
            server.settings.slowStart = time > .zero ? .seconds(seconds) : nil
        },
        Keyword("track", in: .serverSide, "<server>", "Is what the other server is.") {
            server, statement in
            let missing = "'track' expects [<proxy>/]<server> as argument."
            if let word = statement.argument(or: missing) { server.tracks = word }
        },
        Keyword(
            "init-state", in: .serverSide, "<state>",
            "What it is before the first check: up, fully-up, down or fully-down."
        ) { server, statement in
            let missing = "'init-state' expects 'fully-up', 'up', 'down' or 'fully-down'"
            guard let word = statement.argument(or: missing) else { return }
            guard let state = ServerSettings.InitialState(rawValue: word.text) else {
                return statement.alert("\(missing) but got '\(word.text)'", at: word)
            }
            server.settings.initialState = state
        },
    ]
}

import ConfigurationLanguage
import Core
import Diagnostics

/// `stats socket …`, `stats timeout …` of `global`.
enum RuntimeSocketKeywords {
    private static let clientLimit = "32 clients are served at once, and more wait"

    /// Options behind the address.
    static let table = KeywordTable<RuntimeSocketSettings>(
        prefix: "stats socket",
        [
            Keyword("level", in: .global, "<level>", "What may be done: user, operator or admin.") {
                socket, statement in
                let word = statement.next()
                switch word?.text {
                case "user": socket.level = .user
                case "operator": socket.level = .op
                case "admin": socket.level = .admin
                default:
                    statement.alert(
                        "'level' only supports 'user', 'operator', and 'admin' (got '\(word?.text ?? "")')",
                        at: word)
                }
            },
            Keyword("mode", in: .global, "<octal>", "Permissions of the socket file.") {
                socket, statement in
                socket.fileMode = statement.fileMode() ?? socket.fileMode
            },
            Keyword("user", in: .global, "<name>", "Owner of the socket file.") {
                socket, statement in
                socket.fileUser = statement.userID() ?? socket.fileUser
            },
            Keyword("group", in: .global, "<name>", "Group of the socket file.") {
                socket, statement in
                socket.fileGroup = statement.groupID() ?? socket.fileGroup
            },
            Keyword("uid", in: .global, "<number>", "Owner of the socket file, by number.") {
                socket, statement in
                socket.fileUser = statement.identifier() ?? socket.fileUser
            },
            Keyword("gid", in: .global, "<number>", "Group of the socket file, by number.") {
                socket, statement in
                socket.fileGroup = statement.identifier() ?? socket.fileGroup
            },
            Keyword(
                "severity-output", in: .global, "<format>",
                "Only 'none': replies come without their severity."
            ) { _, statement in
                guard let word = statement.argument(or: "'severity-output' expects a format")
                else { return }
                if word.text != "none" {
                    statement.alert(
                        "'severity-output \(word.text)' is not supported: replies come without their severity.",
                        at: word, fix: "remove it")
                }
            },
            Keyword(
                "expose-fd", in: .global, "<what>",
                "Lets a successor fetch the listeners ('listeners')."
            ) {
                socket, statement in
                guard let word = statement.next(), word.text == "listeners" else {
                    return statement.alert("'expose-fd' only supports 'listeners'")
                }
                socket.exposesListeners = true
            },
        ],
        Keyword.accepted(
            "name/1 id/1", in: .global, because: "nothing shows names of runtime sockets"),
        Keyword.accepted(
            "maxconn/1 backlog/1", in: .global, because: clientLimit),
        Keyword.accepted(
            "nice/1 process/1 thread/1 shards/1", in: .global,
            because: "one thread serves all runtime sockets"),
        Keyword.accepted(
            "mss/1 tcp-ut/1 defer-accept tfo", in: .global,
            because: "it tunes connections over networks for traffic, of which there is none here"),
        Keyword.refused(
            "interface/1 accept-proxy", in: .global,
            because: "runtime sockets know addresses and files only",
            wayOut: "listen on an address of that interface, or on a file"),
        Keyword.refused(
            "ssl crt/1 ca-file/1 verify/1 namespace/1", in: .global, because: Reason.tlsRest,
            wayOut: Reason.operatorsWayOut))

    static func apply(_ process: inout ProcessSettings, _ statement: inout Statement) {
        let word = statement.nextKeyword()
        switch word?.text {
        case "socket": socket(&process, &statement)
        case "timeout":
            statement.name = "stats timeout"
            guard let time = statement.duration() else { return statement.skipRest() }
            guard time > .zero else {
                return statement.alert("'stats timeout' expects a positive value")
            }
            process.runtimeSocketTimeout = time
            statement.finish()
        case "maxconn", "bind-process":
            let isLimit = word?.text == "maxconn"
            statement.noteWithoutEffect(
                "stats \(word?.text ?? "")", isLimit ? clientLimit : Reason.threads)
            statement.skipRest()
        default:
            statement.alert(
                "'stats' only supports 'socket', 'maxconn', 'bind-process' and 'timeout' (got '\(word?.text ?? "")')"
            )
        }
    }

    private static func socket(_ process: inout ProcessSettings, _ statement: inout Statement) {
        guard
            let word = statement.argument(
                or: "'stats socket' in global section expects an address or a path to a UNIX socket"
            )
        else { return }
        statement.name = "stats socket"
        statement.subject = "'stats socket' : "
        let addresses = BindAddresses.resolve(word, &statement, what: "stats socket")
        var options = RuntimeSocketSettings(address: .descriptor(-1))
        statement.dispatchOptions(through: table, to: &options) { nearest, word, statement in
            let hint = nearest.map { ". Did you mean '\($0)' maybe ?" } ?? ""
            statement.alert("unknown keyword '\(word.text)'\(hint)", at: word)
        }
        for address in addresses {
            var socket = options
            socket.address = address.address
            process.runtimeSockets.append(socket)
        }
    }
}

extension Statement {
    /// Notes a keyword that is taken and changes nothing.
    func noteWithoutEffect(_ keyword: String, _ reason: String) {
        context.withoutEffect.append(
            KeywordUse(keyword: keyword, range: self.keyword.range, reason: reason))
    }

    mutating func fileMode() -> UInt32? {
        let word = next()
        guard let word, let mode = UInt32(word.text, radix: 8), mode <= 0o7777 else {
            alert(
                "'mode' : missing or invalid mode '\(word?.text ?? "")' (octal integer expected)",
                at: word)
            return nil
        }
        return mode
    }

    mutating func userID() -> UInt32? {
        let word = next()
        guard let word, let user = context.loader.user(word.text) else {
            alert("'user' : unknown user name '\(word?.text ?? "")'", at: word)
            return nil
        }
        return user.userID
    }

    mutating func groupID() -> UInt32? {
        let word = next()
        guard let word, let group = context.loader.group(word.text) else {
            alert("'group' : unknown group name '\(word?.text ?? "")'", at: word)
            return nil
        }
        return group
    }

    mutating func identifier() -> UInt32? {
        let word = next()
        guard let word, let number = UInt32(word.text) else {
            alert(
                "'\(keyword.text)' : expects an integer argument, found '\(word?.text ?? "")'",
                at: word)
            return nil
        }
        return number
    }

    /// Takes all words that are left as options with their arguments, as on `bind` and `server` lines. One
    /// message for each reason is enough: `ssl crt x verify none` is one mistake, not three.
    mutating func dispatchOptions<Target>(
        through table: KeywordTable<Target>, to target: inout Target,
        unknown: (String?, Word, Statement) -> Void
    ) {
        var given: Set<String> = []
        while let word = nextKeyword() {
            guard let keyword = table[word.text] else {
                let nearest = context.suggestion(
                    for: word.text, among: table.entries.map(\.name))
                unknown(nearest, word, self)
                // What follows may be its arguments: going on would only guess.
                return skipRest()
            }
            switch keyword.entry.status {
            case .implemented: keyword.apply(&target, &self)
            case .accepted(let reason):
                noteWithoutEffect("\(table.prefix) \(word.text)", reason)
                skip(keyword.entry.argumentCount)
            case .refused(let reason, let wayOut):
                if given.insert(reason).inserted {
                    alert("'\(word.text)' is not supported: \(reason).", at: word, fix: wayOut)
                }
                skip(keyword.entry.argumentCount)
            }
        }
    }
}

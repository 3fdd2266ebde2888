import ConfigurationLanguage
import Core
import Diagnostics

/// `bind` lines (HAProxy manual, section 5.1).
enum BindKeywords {
    /// A line while its options are read: they count for all of its addresses.
    struct Draft {
        var settings: BindSettings
        var forcedID: Word?
        var tls = TLSBindKeywords.Draft()
    }

    static let table = KeywordTable<Draft>(
        prefix: "bind", general, socket, TCPKeywords.bind, files, TLSBindKeywords.all,
        Keyword.accepted(
            "process/1 thread/1 shards/1", in: .frontends,
            because: "each worker has a socket of its own for each address"),
        Keyword.accepted(
            "nice/1", in: .frontends, because: "a worker serves its connections in turn, each alike"
        ),
        Keyword.accepted("guid-prefix/1", in: .frontends, because: Reason.guid),
        Keyword.accepted("idle-ping/1", in: .frontends, because: Reason.idlePing),
        Keyword.accepted(
            "severity-output/1 level/1 expose-fd/1", in: .frontends,
            because: "it is for 'stats socket': nobody gives commands here"),
        Keyword.accepted(
            "nbconn/1", in: .frontends,
            because: "it is for 'rhttp@' addresses, which are not part of this product"),
        Keyword.accepted("label/1", in: .frontends, because: "nothing here refers to labels"),
        Keyword.refused(
            """
            allow-0rtt ca-sign-file/1 ca-sign-pass/1 generate-certificates ktls/1 npn/1
            ocsp-update/1 ech/1 quic-cc-algo/1 quic-force-retry quic-socket/1
            """, in: .frontends, because: Reason.tlsRest, wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "proto/1", in: .frontends, because: "HTTP/2 is not in this version",
            wayOut: Reason.operatorsWayOut),
        Keyword.refused(
            "accept-netscaler-cip/1 namespace/1 tcp-md5sig/1 tcp-ss/1",
            in: .frontends,
            because: Reason.operators, wayOut: Reason.operatorsWayOut))

    private static let general: [Keyword<Draft>] = [
        Keyword("name", in: .frontends, "<name>", "A name for statistics.") { bind, statement in
            guard let word = statement.argument(or: "'name' : missing name") else { return }
            bind.settings.name = word.text
        },
        Keyword("id", in: .frontends, "<number>", "The number that tools see; by itself from 1 on.")
        {
            bind, statement in
            guard let word = statement.argument(or: "'id' : expects an integer argument") else {
                return
            }
            guard let number = Int(word.text), number > 0, number <= Int32.max else {
                return statement.alert(
                    Int(word.text) == nil
                        ? "'id' : expects an integer argument, found '\(word.text)'"
                        : "'id' : custom id has to be > 0", at: word)
            }
            bind.settings.id = number
            bind.forcedID = word
        },
        Keyword("backlog", in: .frontends, "<number>", "Connections that may wait to be accepted.")
        {
            bind, statement in
            statement.name = "backlog"
            guard let number = statement.integer() else { return }
            bind.settings.backlog = number == 0 ? nil : number
        },
        Keyword("maxconn", in: .frontends, "<number>", "Connections that come in here at once.") {
            bind, statement in
            statement.name = "maxconn"
            guard let number = statement.integer() else { return }
            bind.settings.maxConnections = number == 0 ? nil : number
        },
    ]

    private static let socket: [Keyword<Draft>] = [
        Keyword("interface", in: .frontends, "<name>", "Only connections that come in there.") {
            bind, statement in
            guard let word = statement.argument(or: "'interface' : missing interface name") else {
                return
            }
            bind.settings.interface = word.text
            if !statement.context.loader.interfaceExists(word.text) {
                statement.warn(
                    "interface '\(word.text)' does not exist", at: word,
                    fix: "'ip link' shows the names")
            }
        },
        flag("transparent", \.isTransparent, "Accepts also for addresses that are not local."),
        Keyword("v4v6", in: .frontends, "", "`::` also accepts IPv4 (the default).") { bind, _ in
            bind.settings.v4v6 = true
            bind.settings.v6only = false
        },
        Keyword("v6only", in: .frontends, "", "`::` accepts IPv6 only.") { bind, _ in
            bind.settings.v6only = true
            bind.settings.v4v6 = false
        },
        flag(
            "accept-proxy", \.acceptProxy,
            "Connections begin with a PROXY header, version 1 or 2, that says who the client is."),
        flag("defer-accept", \.deferAccept, "Wakes up when data have come."),
        flag("tfo", \.tcpFastOpen, "TCP fast open."),
        Keyword("mss", in: .frontends, "<bytes>", "Largest TCP segment.") { bind, statement in
            statement.name = "mss"
            guard let number = statement.integer(in: -65535...65535) else { return }
            bind.settings.mss = number
        },
    ]

    private static let files: [Keyword<Draft>] = [
        Keyword("mode", in: .frontends, "<octal>", "Permissions of a socket file.") {
            bind, statement in
            bind.settings.fileMode = statement.fileMode() ?? bind.settings.fileMode
        },
        Keyword("user", in: .frontends, "<name>", "Owner of a socket file.") { bind, statement in
            bind.settings.fileUser = statement.userID() ?? bind.settings.fileUser
        },
        Keyword("group", in: .frontends, "<name>", "Group of a socket file.") { bind, statement in
            bind.settings.fileGroup = statement.groupID() ?? bind.settings.fileGroup
        },
        Keyword("uid", in: .frontends, "<number>", "Owner of a socket file, by number.") {
            bind, statement in
            bind.settings.fileUser = statement.identifier() ?? bind.settings.fileUser
        },
        Keyword("gid", in: .frontends, "<number>", "Group of a socket file, by number.") {
            bind, statement in
            bind.settings.fileGroup = statement.identifier() ?? bind.settings.fileGroup
        },
    ]

    private static func flag(
        _ name: String, _ path: any WritableKeyPath<BindSettings, Bool> & Sendable,
        _ summary: String
    ) -> Keyword<Draft> {
        Keyword(name, in: .frontends, "", summary) { bind, _ in
            bind.settings[keyPath: path] = true
        }
    }

    /// Carries out a `bind` line.
    static func apply(_ proxy: inout ProxyDraft, _ statement: inout Statement) {
        let range = statement.line.range
        guard
            let word = statement.argument(
                or:
                    "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.",
                fix: "for instance 'bind *:80'")
        else { return }
        statement.subject = "'bind' : "
        let addresses = BindAddresses.resolve(word, &statement, what: "bind")
        statement.subject = "'bind \(word.text)' in section '\(statement.sectionWord)' : "
        var draft = Draft(
            settings: BindSettings(address: .descriptor(-1), id: 0, range: range))
        draft.tls = TLSBindKeywords.draft(statement.context.process.tls)
        let files = statement.context.process.socketFiles
        draft.settings.fileMode = files.mode
        draft.settings.fileUser = files.user
        draft.settings.fileGroup = files.group
        statement.dispatchOptions(through: table, to: &draft) { nearest, word, statement in
            let hint = nearest.map { "; did you mean '\($0)' maybe ?" } ?? ""
            statement.alert("unknown keyword '\(word.text)'\(hint)", at: word)
        }
        draft.settings.tls = TLSBindKeywords.finished(draft.tls, &statement)
        if let id = draft.forcedID {
            if let other = proxy.bindIDs[draft.settings.id] {
                statement.alert(
                    "'id' : custom id \(draft.settings.id) already used at \(other.file):\(other.line)",
                    at: id)
            }
            proxy.bindIDs[draft.settings.id] = range
        }
        for (index, address) in addresses.enumerated() {
            var bind = draft.settings
            bind.address = address.address
            if case .address(.unix(let path)) = address.address, !files.prefix.isEmpty {
                bind.address = .address(.unix(files.prefix + path))
            }
            // A range of ports is one line, but each socket has a number of its own.
            if index > 0 { bind.id = 0 }
            if address.isIPv6Only {
                bind.v6only = true
                bind.v4v6 = false
            }
            proxy.settings.binds.append(bind)
        }
    }
}

internal import Configuration
internal import Proxy
internal import TLS

extension CommandTable {
    /// Authorities and revocation lists that change while the service runs.
    static let verificationFileCommands: [Command] =
        commands("ca-file", .authorities, what: "authorities")
        + commands("crl-file", .revocations, what: "revocation lists")
        + [
            Command(
                "add ssl ca-file", .admin, arguments: "<file> <payload>",
                does: "prepare more authorities for a file"
            ) { call, _ in prepare(call, "add", "ca-file", .authorities) }
        ]

    /// HAProxy's words for the two kinds.
    private struct Words {
        let file: String
        let transaction: String

        init(_ kind: CertificateDesk.ListKind) {
            file = kind == .authorities ? "CA file" : "CRL file"
            transaction = kind == .authorities ? "CA" : "CRL"
        }
    }

    private static func commands(
        _ word: String, _ kind: CertificateDesk.ListKind, what: String
    ) -> [Command] {
        [
            Command(
                "show ssl \(word)", .admin, arguments: "[[*]<file>[:<index>]]", does: "show \(what)"
            ) { call, _ in show(call, kind) },
            Command(
                "new ssl \(word)", .admin, arguments: "<file>", does: "make room for new \(what)"
            ) { call, _ in make(call, word, kind) },
            Command(
                "set ssl \(word)", .admin, arguments: "<file> <payload>",
                does: "prepare other \(what) for a file"
            ) { call, _ in prepare(call, "set", word, kind) },
            Command(
                "commit ssl \(word)", .admin, arguments: "<file>",
                does: "put the prepared \(what) in force"
            ) { call, context in commit(call, word, kind, context.ticket) },
            Command(
                "abort ssl \(word)", .admin, arguments: "<file>",
                does: "forget the prepared \(what)"
            ) { call, _ in abort(call, word, kind) },
            Command(
                "del ssl \(word)", .admin, arguments: "<file>",
                does: "remove \(what) without a user"
            ) { call, _ in delete(call, word, kind) },
        ]
    }

    private static func inUse(_ call: CommandCall, _ kind: CertificateDesk.ListKind) -> [TLSFile] {
        kind == .authorities
            ? call.snapshot.configuration.authoritiesInUse
            : call.snapshot.configuration.revocationsInUse
    }

    // MARK: Show

    private static func show(_ call: CommandCall, _ kind: CertificateDesk.ListKind) -> CommandReply
    {
        let (pending, unused) = call.control.certificates.with {
            ($0.pending(kind), $0.unused(kind))
        }
        let used = inUse(call, kind)
        guard var name = call.arguments.first else {
            var text = ""
            if let pending { text += "# transaction\n*\(line(pending, kind))\n" }
            let idle = unused.map { TLSFile(path: $0.key, bytes: $0.value) }.filter { file in
                !used.contains { $0.path == file.path }
            }
            let all = (used + idle).sorted { $0.path < $1.path }
            return .text(
                text + (["# filename"] + all.map { line($0, kind) }).map { "\($0)\n" }.joined())
        }
        var index: Int?
        if let colon = name.lastIndex(of: ":"), let number = Int(name[colon...].dropFirst()) {
            index = number
            name = String(name[..<colon])
        }
        if name.hasPrefix("*"), let pending, "*\(pending.path)" == name {
            return describe(pending.bytes, name, "Unused", index, kind)
        }
        if let file = used.first(where: { $0.path == name }) {
            return describe(file.bytes, name, "Used", index, kind)
        }
        guard let bytes = unused[name] else {
            return .error("Can't display the \(Words(kind).file) : Not found!")
        }
        return describe(bytes, name, bytes.isEmpty ? "Empty" : "Unused", index, kind)
    }

    private static func line(_ file: TLSFile, _ kind: CertificateDesk.ListKind) -> String {
        kind == .authorities
            ? "\(file.path) - \(TLSFileReport.certificates(file.bytes).count) certificate(s)"
            : file.path
    }

    private static func describe(
        _ bytes: [UInt8], _ name: String, _ status: String, _ index: Int?,
        _ kind: CertificateDesk.ListKind
    ) -> CommandReply {
        var text = "Filename: \(name)\nStatus: \(status)\n"
        switch kind {
        case .authorities:
            for (place, report) in TLSFileReport.certificates(bytes).enumerated()
            where index == nil || index == place + 1 {
                text += " \nCertificate #\(place + 1):\n\(report.lines)"
            }
        case .revocations:
            for (place, report) in TLSFileReport.revocations(bytes).enumerated()
            where index == nil || index == place + 1 {
                text += " \nCertificate Revocation List #\(place + 1):\n\(report.lines)"
            }
        }
        return .text(text)
    }

    // MARK: Change

    private static func make(
        _ call: CommandCall, _ word: String, _ kind: CertificateDesk.ListKind
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'new ssl \(word)' expects a filename")
        }
        let isUsed = inUse(call, kind).contains { $0.path == path }
        return call.control.certificates.with { desk in
            let unused = desk.unused(kind)
            if isUsed || unused[path] != nil {
                return .error("\(Words(kind).file) '\(path)' already exists!")
            }
            guard unused.count < CertificateDesk.unusedLimit else {
                return .error("There are \(CertificateDesk.unusedLimit) unused files already.")
            }
            desk.setUnused(path, [], kind)
            return .message(.notice, "New \(Words(kind).file) created '\(path)'!")
        }
    }

    private static func prepare(
        _ call: CommandCall, _ verb: String, _ word: String, _ kind: CertificateDesk.ListKind
    ) -> CommandReply {
        guard let path = call.arguments.first, let payload = call.payload, !payload.isEmpty else {
            return .error(
                "'\(verb) ssl \(word)' expects a filename and \(Words(kind).transaction)s as a payload"
            )
        }
        let words = Words(kind)
        let used = inUse(call, kind).first { $0.path == path }
        let isEmpty =
            kind == .authorities
            ? TLSFileReport.certificates(payload).isEmpty
            : TLSFileReport.revocations(payload).isEmpty
        return call.control.certificates.with { desk in
            let pending = desk.pending(kind)
            if let pending, pending.path != path {
                return .error(
                    "The ongoing transaction is about '\(pending.path)' but you are trying to set '\(path)'\nCan't update \(path)!"
                )
            }
            guard let known = used?.bytes ?? desk.unused(kind)[path] else {
                return .error(
                    "Can't replace a \(words.file) which is not referenced by the configuration!\nCan't update \(path)!"
                )
            }
            if isEmpty { return .error("Invalid payload\nCan't update \(path)!") }
            let bytes = verb == "add" ? (pending?.bytes ?? known) + [10] + payload : payload
            guard bytes.count <= CertificateDesk.fileLimit else {
                return .error("The file would be too large\nCan't update \(path)!")
            }
            desk.setPending(TLSFile(path: path, bytes: bytes), kind)
            return .message(
                .notice,
                "transaction \(pending == nil ? "created" : "updated") for \(words.transaction) \(path)!"
            )
        }
    }

    private static func commit(
        _ call: CommandCall, _ word: String, _ kind: CertificateDesk.ListKind,
        _ ticket: CommandTicket
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'commit ssl \(word)' expects a filename")
        }
        let desk = call.control.certificates
        guard let pending = desk.with({ $0.pending(kind) }) else {
            return .error("No ongoing transaction! !\nCan't commit \(path)!")
        }
        guard pending.path == path else {
            return .error(
                "The ongoing transaction is about '\(pending.path)' but you are trying to set '\(path)'\nCan't commit \(path)!"
            )
        }
        guard inUse(call, kind).contains(where: { $0.path == path }) else {
            desk.with { state in
                state.setUnused(path, pending.bytes, kind)
                state.setPending(nil, kind)
            }
            return .message(.notice, "Committing \(path)\nSuccess!")
        }
        call.control.change(
            CertificateChange("\(word) '\(path)'") {
                desk.with { state in
                    if state.pending(kind) == pending { state.setPending(nil, kind) }
                }
            } _: { configuration in
                if kind == .authorities {
                    configuration.replaceAuthorities(path, with: pending.bytes)
                } else {
                    configuration.replaceRevocations(path, with: pending.bytes)
                }
                return nil
            }, reply: "Committing \(path).\nSuccess!\n", ticket)
        return .later
    }

    private static func abort(
        _ call: CommandCall, _ word: String, _ kind: CertificateDesk.ListKind
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'abort ssl \(word)' expects a filename")
        }
        return call.control.certificates.with { desk in
            guard let pending = desk.pending(kind) else { return .error("No ongoing transaction!") }
            guard pending.path == path else {
                return .error(
                    "The ongoing transaction is about '\(pending.path)' but you are trying to abort a transaction for '\(path)'"
                )
            }
            desk.setPending(nil, kind)
            return .message(
                .notice, "Transaction aborted for certificate '\(path)'!")
        }
    }

    private static func delete(
        _ call: CommandCall, _ word: String, _ kind: CertificateDesk.ListKind
    ) -> CommandReply {
        guard let path = call.arguments.first else {
            return .error("'del ssl \(word)' expects a filename")
        }
        let name = Words(kind).file
        let isUsed = inUse(call, kind).contains { $0.path == path }
        return call.control.certificates.with { desk in
            if isUsed {
                return .error(
                    "Can't remove the \(name): \(name) '\(path)' in use, can't be deleted!\n")
            }
            guard desk.unused(kind)[path] != nil else {
                return .error("Can't remove the \(name): \(name) '\(path)' doesn't exist!\n")
            }
            desk.setUnused(path, nil, kind)
            return .message(.notice, "\(name) '\(path)' deleted!")
        }
    }
}

extension RevocationReport {
    fileprivate var lines: String {
        var text =
            "Issuer: \(issuer)\nLast Update: \(lastUpdateText)\nNext Update: \(nextUpdateText)\n"
        text += "Revoked Certificates:\n"
        for entry in entries {
            text += "    Serial Number: \(entry.serial)\n        Revocation Date: \(entry.date)\n"
        }
        if revoked > entries.count { text += "    and \(revoked - entries.count) more\n" }
        return text
    }
}

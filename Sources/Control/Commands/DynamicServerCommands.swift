internal import Configuration
internal import Proxy

extension CommandTable {
    /// Servers that come and go while the service runs (HAProxy management guide, section 9.3).
    static let dynamicServerCommands: [Command] = [
        Command(
            "add server", .admin, arguments: "<bk>/<srv> <addr>[:<port>] [<options>]",
            does: "create a new server, in maintenance and unchecked"
        ) { call, context in
            guard let name = BackendServerName(call.argument(0)) else {
                return ServerArgument.Missing.incomplete.reply
            }
            call.control.change(
                .add(
                    backend: name.backend, server: name.server,
                    words: Array(call.arguments.dropFirst())), context.ticket)
            return .later
        },
        Command(
            "del server", .admin, arguments: "<bk>/<srv>",
            does: "remove a server that is in maintenance and has no connections"
        ) { call, context in
            switch ServerArgument.find(call.argument(0), in: call.snapshot) {
            case .failure(let missing): return missing.reply
            case .success(let server):
                call.control.change(
                    .remove(backend: server.proxy.settings.name, server: server.settings.name),
                    context.ticket)
                return .later
            }
        },
    ]
}

/// `backend/server`, both with letters in them.
private struct BackendServerName {
    let backend: String
    let server: String

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        backend = String(parts[0])
        server = String(parts[1])
    }
}

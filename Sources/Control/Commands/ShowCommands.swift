internal import Configuration
internal import Core
internal import EventLoop
internal import Linux
internal import Proxy

extension CommandTable {
    /// Commands that only look.
    static let showCommands: [Command] = [
        Command(
            "show info", arguments: "[desc|json|typed|float]*",
            does: "report information about the running process", showInfo),
        Command(
            "show stat", arguments: "[desc|json|no-maint|typed|up]*",
            does: "report counters for each proxy and server", showStat),
        Command(
            "show servers state", arguments: "[<backend>]",
            does: "dump volatile server information (all or for a single backend)"
        ) { call, _ in servers(.state, call) },
        Command(
            "show servers conn", arguments: "[<backend>]",
            does: "dump server connections status (all or for a single backend)"
        ) { call, _ in servers(.connections, call) },
        Command("show backend", does: "list backends in the current running config", showBackend),
        Command("show version", does: "show version of the current process") { _, _ in
            .text(Identity.version + "\n")
        },
        Command(
            "show env", .op, arguments: "[var]",
            does: "dump environment variables known to the process", showEnvironment),
        Command(
            "show errors", .op, arguments: "[<px>] [request|response]",
            does: "report last request and/or response errors for each proxy", showErrors),
        Command("show threads", does: "show which threads make progress", showThreads),
        Command("show schema json", does: "report schema used for stats") { _, _ in
            .bytes(StatSchema.json)
        },
        // Tables are not shared with other nodes: nothing to list.
        Command("show peers", arguments: "[<section>]", does: "list the peers") { call, _ in
            call.arguments.isEmpty ? .done : .error("No such peers")
        },
        Command("show cli level", does: "display the level of the current CLI session") {
            _, context in
            .text(context.level.name + "\n")
        },
        Command("show cli sockets", does: "dump list of cli sockets", showSockets),
    ]

    private static func showInfo(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        let report = InfoReport(
            call.control.facts, now: call.now, isExact: call.arguments.contains("float"),
            describes: call.arguments.contains("desc"))
        // The last word wins, as in HAProxy.
        switch call.arguments.last(where: { $0 == "json" || $0 == "typed" }) {
        case "json": return .bytes(report.json())
        case "typed": return .bytes(report.typed())
        default: return .bytes(report.lines())
        }
    }

    private static func showStat(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        guard let selection = StatSelection(arguments: call.arguments, in: call.snapshot) else {
            return .error("No such proxy.")
        }
        return .streamed(
            StatReport(
                call.snapshot, facts: call.control.facts, selection: selection, now: call.now))
    }

    private static func servers(_ kind: ServersReport.Kind, _ call: CommandCall) -> CommandReply {
        var backend: Int?
        if let name = call.arguments.first {
            backend = call.snapshot.proxyIndex(name)
            guard let backend, call.snapshot.proxies[backend].settings.isBackend else {
                return .error("Can't find backend.")
            }
        }
        return .streamed(
            ServersReport(
                kind, call.snapshot, backend: backend, workers: call.control.facts.workers,
                now: call.now))
    }

    private static func showBackend(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        let names = call.snapshot.proxies.filter {
            $0.settings.isBackend && !$0.settings.isDisabled
        }.map(\.settings.name)
        return .text("# name\n" + names.map { $0 + "\n" }.joined())
    }

    private static func showEnvironment(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let known = call.snapshot.configuration.environment
        let name = call.argument(0)
        if !name.isEmpty {
            guard !name.contains("="), !name.utf8.contains(0),
                let value = known[name] ?? Host.environment(name)
            else { return .error("Variable not found") }
            return .text("\(name)=\(value)\n")
        }
        let inherited = Host.environment.filter { entry in
            known[String(entry.prefix { $0 != "=" })] == nil
        }
        let own = known.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .text((inherited + own).map { $0 + "\n" }.joined())
    }

    private static func showErrors(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        var words = call.arguments[...]
        var proxy: Int?
        if let name = words.first, !["request", "response"].contains(name) {
            words = words.dropFirst()
            let named = call.snapshot.proxyIndex(name).map { call.snapshot.proxies[$0] }
            let found = named ?? call.snapshot.proxies.first { "\($0.settings.id)" == name }
            if name != "-1" {
                guard let found else { return .error("No such proxy.") }
                proxy = found.settings.id
            }
        }
        let kind: InvalidMessage.Kind? =
            switch words.first {
            case "request": .request
            case "response": .response
            default: nil
            }
        return .bytes(ErrorsReport(call.snapshot, kind: kind, proxy: proxy).render())
    }

    private static func showThreads(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        let stalled = Set(call.control.board.stalled(now: call.now))
        let workers = (0..<call.control.facts.workers).map { "worker \($0 + 1)" }
        let names = workers + ["control", "health", "vrrp", "resolver"]
        let lines = names.enumerated().map { index, name in
            "\(name == "control" ? "*" : " ") Thread \(index + 1) : id=\(name) stuck=\(stalled.contains(name) ? 1 : 0)\n"
        }
        return .text(lines.joined())
    }

    private static func showSockets(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        let lines = call.sockets.map { "\(name(of: $0.address)) \($0.level.name) all\n" }
        return .text("# socket lvl processes\n" + lines.joined())
    }

    /// `unix@/path`, `ipv4@1.2.3.4:80`, as HAProxy writes them here.
    private static func name(of address: ListenAddress) -> String {
        guard case .address(.ip(let ip, let port)) = address else { return address.description }
        switch ip {
        case .v4(let address): return "ipv4@\(address):\(port)"
        case .v6(let address): return "ipv6@[\(address)]:\(port)"
        }
    }
}

internal import Configuration
internal import Core
internal import Proxy

extension CommandTable {
    /// Commands that change one server.
    static let serverCommands: [Command] = [
        Command(
            "disable server", .admin, arguments: "(DEPRECATED)",
            does: "disable a server for maintenance (use 'set server' instead)"
        ) { call, _ in change(call) { _ in .apply(.state(.maintenance)) } },
        Command(
            "enable server", .admin, arguments: " (DEPRECATED)",
            does: "enable a disabled server (use 'set server' instead)"
        ) { call, _ in change(call) { _ in .apply(.state(.ready)) } },
        Command("disable health", .admin, does: "disable health checks") { call, _ in
            change(call) { _ in .apply(.checks(enabled: false)) }
        },
        Command("enable health", .admin, does: "enable health checks") { call, _ in
            change(call) { server in
                server.settings.check == nil
                    ? .refuse("Health check was not configured on this server, cannot enable.")
                    : .apply(.checks(enabled: true))
            }
        },
        Command("disable agent", .admin, does: "disable agent checks") { call, _ in
            change(call) { _ in .apply(.agent(enabled: false)) }
        },
        Command("enable agent", .admin, does: "enable agent checks") { call, _ in
            change(call) { server in
                server.settings.agent == nil
                    ? .refuse("Agent was not configured on this server, cannot enable.")
                    : .apply(.agent(enabled: true))
            }
        },
        Command(
            "get weight", arguments: "<bk>/<srv>", does: "report a server's current weight"
        ) { call, _ in
            change(call) { .say(.text("\($0.state.weight) (initial \($0.settings.weight))\n")) }
        },
        Command(
            "set weight", .admin, arguments: "<bk>/<srv>  (DEPRECATED)",
            does: "change a server's weight (use 'set server' instead)"
        ) { call, _ in change(call) { weight(call.argument(1), of: $0) } },
        Command(
            "set maxconn server", .admin, arguments: "<bk>/<srv>",
            does: "change a server's maxconn setting"
        ) { call, _ in change(call) { _ in maxConnections(call.argument(1)) } },
        Command(
            "set server", .admin, arguments: "<bk>/<srv> [opts]",
            does: "change a server's state, weight, address or health", setServer),
        Command(
            "shutdown sessions server", .admin, arguments: "<bk>/<srv>",
            does: "kill sessions on a server"
        ) { call, _ in
            change(call) { server in
                call.control.shutSessions(of: server.reference, in: call.snapshot)
                return .say(.done)
            }
        },
    ]

    /// What a command wants done with its server.
    enum Outcome {
        case apply(ServerChange)
        case refuse(String)
        case say(CommandReply)
    }

    /// Finds the server of the first argument and does what `decide` says.
    private static func change(
        _ call: CommandCall, _ decide: (ServerArgument) -> Outcome
    ) -> CommandReply {
        switch ServerArgument.find(call.argument(0), in: call.snapshot) {
        case .failure(let missing): return missing.reply
        case .success(let server):
            switch decide(server) {
            case .apply(let change):
                call.control.apply(change, to: server.reference, in: call.snapshot)
                return .done
            case .refuse(let reason): return .error(reason)
            case .say(let reply): return reply
            }
        }
    }

    // MARK: set server

    private static let usage =
        "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send"
        + " | check-addr | check-port | fqdn | health | ssl | state | weight"

    private static func setServer(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        let value = call.argument(2)
        return change(call) { server in
            switch call.argument(1) {
            case "state": state(value)
            case "weight": weight(value, of: server)
            case "health": health(value, of: server)
            case "agent": agent(value, of: server)
            case "addr": address(call, of: server)
            case "check-addr", "check-port", "agent-addr", "agent-port", "agent-send":
                CheckTargetCommands.change(call, of: server)
            case "fqdn":
                .refuse(
                    value.isEmpty
                        ? "set server <b>/<s> fqdn requires a FQDN."
                        : "set server <b>/<s> fqdn failed because no resolution is configured.")
            case "ssl":
                .refuse(
                    "'set server <srv> ssl' cannot be set.  default-server should define ssl settings"
                )
            default: .refuse(usage)
            }
        }
    }

    private static func state(_ word: String) -> Outcome {
        switch word {
        case "ready": .apply(.state(.ready))
        case "drain": .apply(.state(.drain))
        case "maint": .apply(.state(.maintenance))
        default: .refuse("'set server <srv> state' expects 'ready', 'drain' and 'maint'.")
        }
    }

    private static func health(_ word: String, of server: ServerArgument) -> Outcome {
        if server.settings.tracks != nil {
            return .refuse("cannot change health on a tracking server.")
        }
        return switch word {
        case "up": .apply(.health(.up))
        case "stopping": .apply(.health(.stopping))
        case "down": .apply(.health(.down))
        default: .refuse("'set server <srv> health' expects 'up', 'stopping', or 'down'.")
        }
    }

    private static func agent(_ word: String, of server: ServerArgument) -> Outcome {
        if server.settings.tracks != nil {
            return .refuse("cannot change agent on a tracking server.")
        }
        guard server.settings.agent != nil, server.state.withMutable({ $0.agent.isEnabled }) else {
            return .refuse("agent checks are not enabled on this server.")
        }
        return switch word {
        case "up": .apply(.agentHealth(.up))
        case "down": .apply(.agentHealth(.down))
        default: .refuse("'set server <srv> agent' expects 'up' or 'down'.")
        }
    }

    /// An absolute weight, or a share of the configured one.
    private static func weight(_ text: String, of server: ServerArgument) -> Outcome {
        if text.isEmpty { return .refuse("Require <weight> or <weight%>.") }
        let isShare = text.hasSuffix("%")
        guard let number = Int(isShare ? String(text.dropLast()) : text) else {
            // HAProxy's words, and its missing line ends.
            let digits = text.prefix { $0.isNumber || $0 == "-" || $0 == "+" }
            if Int(digits) != nil { return .say(.text("Trailing garbage in weight string")) }
            return .say(.text("Empty weight string empty or preceded by garbage"))
        }
        var weight = number
        if isShare {
            guard (0...weightLimit * 100).contains(number) else {
                return .refuse("Relative weight must be positive.")
            }
            weight = min(weightLimit, server.settings.weight * number / 100)
        }
        guard (0...weightLimit).contains(weight) else {
            return .refuse("Absolute weight can only be between 0 and 256 inclusive.")
        }
        let isStatic = !server.proxy.settings.hasDynamicWeights
        if isStatic && weight != 0 && weight != server.settings.weight {
            return .refuse(
                "Backend is using a static LB algorithm and only accepts weights '0%' and '100%'.")
        }
        return .apply(.weight(weight))
    }

    private static let weightLimit = 256

    private static func maxConnections(_ text: String) -> Outcome {
        if text.isEmpty { return .refuse("Require <maxconn>.") }
        guard let number = Int(text) else {
            return .say(.text("maxconn string empty or preceded by garbage"))
        }
        guard (0...Int(Int32.max)).contains(number) else { return .refuse("Value out of range.") }
        return .apply(.maxConnections(number))
    }

    /// `addr <ip> [port <n>]`
    private static func address(_ call: CommandCall, of server: ServerArgument) -> Outcome {
        let text = call.argument(2)
        if text.isEmpty {
            return .refuse("set server <b>/<s> addr requires an address and optionally a port.")
        }
        guard let new = IPAddress(text) else {
            return .refuse("Invalid addr '\(text)' by 'stats socket command'")
        }
        let old = server.state.address
        var port = old?.port ?? server.settings.address?.port ?? 0
        var hasPort = false
        if call.argument(3) == "port" {
            if ["+", "-"].contains(call.argument(4).first) {
                return .refuse("can't change <port> to port map by 'stats socket command'")
            }
            guard let number = UInt16(call.argument(4)), number > 0 else {
                return .refuse("provided port is not an integer")
            }
            hasPort = true
            port = number
        }
        let changesAddress = old?.ip != new
        let changesPort = hasPort && old?.port != port
        if changesAddress || changesPort {
            call.control.apply(
                .address(.ip(new, port: port)), to: server.reference, in: call.snapshot)
        }
        let oldText = old?.ip.map { "\($0)" } ?? "(none)"
        var parts = [
            changesAddress
                ? "IP changed from '\(oldText)' to '\(new)'" : "no need to change the addr"
        ]
        if changesPort {
            parts.append("port changed from '\(old?.port ?? 0)' to '\(port)'")
        } else if hasPort {
            parts.append("no need to change the port")
        }
        let severity: CommandReply.Severity = changesAddress || changesPort ? .notice : .warning
        return .say(
            .message(severity, parts.joined(separator: ", ") + " by 'stats socket command'"))
    }
}

internal import Configuration
internal import Proxy

extension CommandTable {
    /// Limits of the process as a whole.
    static let limitCommands: [Command] = [
        Command(
            "set maxconn global", .admin, arguments: "<value>",
            does: "change the per-process maxconn setting"
        ) { call, _ in
            guard let number = Int(call.argument(0)) else {
                return .error("Expects an integer value.")
            }
            guard (0...call.control.facts.hardMaxConnections).contains(number) else {
                return .error("Value out of range.")
            }
            call.control.setMaximumConnections(number)
            return .done
        },
        Command(
            "set rate-limit", .admin, arguments: "<setting> <value>",
            does: "change a rate limiting value", setRateLimit),
    ]

    private static let rateLimitUsage = """
        'set rate-limit' only supports :
           - 'connections global' to set the per-process maximum connection rate
           - 'sessions global' to set the per-process maximum session rate
           - 'ssl-sessions global' to set the per-process maximum SSL session rate
           - 'http-compression global' to set the per-process maximum compression speed in kB/s
        """

    private static func setRateLimit(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let setting = call.argument(0)
        let known = ["connections", "sessions", "ssl-sessions", "http-compression"]
        guard known.contains(setting), call.argument(1) == "global" else {
            return .error(rateLimitUsage)
        }
        guard let number = Int(call.argument(2)) else { return .error("Expects an integer value.") }
        guard (0...Int(Int32.max)).contains(number) else { return .error("Value out of range.") }
        switch setting {
        case "connections": call.control.setRateLimit(.connections, number)
        case "sessions": call.control.setRateLimit(.sessions, number)
        case "ssl-sessions": call.control.setRateLimit(.secureSessions, number)
        default:
            guard number == 0 else { return .error("There is no compression in this version.") }
        }
        return .done
    }
}

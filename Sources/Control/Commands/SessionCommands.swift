internal import Configuration

extension CommandTable {
    /// Commands about the client's own session.
    static let sessionCommands: [Command] = [
        Command("help", arguments: "[<command>]", does: "list matching or all commands") {
            call, _ in
            .text(help(call.arguments))
        },
        Command("prompt", does: "toggle interactive mode with prompt") { _, context in
            context.isInteractive.toggle()
            return .done
        },
        Command("quit", does: "disconnect") { _, context in
            context.wantsClose = true
            return .done
        },
        Command("user", does: "lower the level of the current CLI session to user") { _, context in
            context.level = .user
            return .done
        },
        Command(
            "operator", .op, does: "lower the level of the current CLI session to operator"
        ) { _, context in
            context.level = .op
            return .done
        },
        Command(
            "set timeout", arguments: "[cli] <delay>", does: "change a timeout setting", setTimeout),
        Command(
            "set severity-output", arguments: "[none|number|string]",
            does: "set presence of severity level in feedback information"
        ) { call, context in
            switch call.argument(0) {
            case "none": context.severityOutput = .none
            case "number": context.severityOutput = .number
            case "string": context.severityOutput = .string
            default:
                return .error("one of 'none', 'number', 'string' is a required argument")
            }
            return .done
        },
    ]

    private static func setTimeout(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        guard call.argument(0) == "cli" else { return .error("'set timeout' only supports 'cli'.") }
        let text = call.argument(1)
        if text.isEmpty { return .error("Expects an integer value.") }
        // Seconds, or with a unit.
        let units: [(String, Duration)] = [
            ("ms", .milliseconds(1)), ("s", .seconds(1)), ("m", .seconds(60)),
            ("h", .seconds(3600)),
        ]
        let unit = units.first { text.hasSuffix($0.0) } ?? ("", .seconds(1))
        guard let number = Int32(text.dropLast(unit.0.utf8.count)), number > 0 else {
            return .error("Invalid timeout value.")
        }
        context.timeout = unit.1 * number
        return .done
    }
}

internal import Configuration
internal import Core
internal import Proxy

/// `set server … check-addr`, `check-port`, `agent-addr`, `agent-port` and `agent-send`.
enum CheckTargetCommands {
    static func change(
        _ call: CommandCall, of server: ServerArgument
    ) -> CommandTable.Outcome {
        let name = call.argument(1)
        let value = call.argument(2)
        let isAgent = name.hasPrefix("agent")
        let wants = name.hasSuffix("port") ? "a port" : "an address and optionally a port"
        guard !value.isEmpty || name == "agent-send" else {
            return .refuse("set server <b>/<s> \(name) requires \(wants).")
        }
        let (hasAgent, hasCheck) = server.state.withMutable {
            ($0.agent.isEnabled, $0.check.isEnabled)
        }
        guard isAgent ? hasAgent : hasCheck else {
            let text = "\(isAgent ? "agent" : "health") checks are not enabled on this server"
            return name == "agent-send" ? .refuse(text + ".") : say(text)
        }
        var overrides = server.state.withMutable { $0.overrides }
        var port: UInt16?
        let portText = name.hasSuffix("port") ? value : call.argument(4)
        if name.hasSuffix("port") || name.hasSuffix("addr") && call.argument(3) == "port" {
            guard let number = Int(portText) else { return say("provided port is not an integer") }
            guard let known = UInt16(exactly: number), known > 0 else {
                return say("provided port is invalid")
            }
            port = known
        }
        if name.hasSuffix("addr") {
            guard let address = IPAddress(value) else { return say("invalid addr '\(value)'") }
            if isAgent {
                overrides.agentAddress = address
            } else {
                overrides.checkAddress = address
            }
        }
        if let port {
            if isAgent { overrides.agentPort = port } else { overrides.checkPort = port }
        }
        if name == "agent-send" { overrides.agentSend = Array(value.utf8) }
        return .apply(.overrides(overrides))
    }

    /// HAProxy's words, and its missing line end.
    private static func say(_ text: String) -> CommandTable.Outcome { .say(.text(text)) }
}

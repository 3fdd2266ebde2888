internal import Configuration
internal import ConfigurationLanguage

extension CommandTable {
    /// Commands that move virtual addresses.
    static let handOverCommands: [Command] = [
        handOver("vrrp failover", .failover, "give the addresses to the peer"),
        handOver("vrrp takeover", .takeover, "take the addresses from the peer"),
        handOver(
            "vrrp maintenance on", .maintenance(true),
            "give the addresses to the peer, and take none"),
        handOver("vrrp maintenance off", .maintenance(false), "serve again"),
    ]

    private static func handOver(_ words: String, _ command: HandOver, _ doc: String) -> Command {
        let arguments = command.givesAddressesUp ? "[<router>] [drain <time>]" : "[<router>]"
        return Command(words, .admin, arguments: arguments, does: doc) { call, context in
            var arguments = call.arguments[...]
            var drain: Duration?
            if command.givesAddressesUp, arguments.count >= 2, arguments.dropLast().last == "drain"
            {
                // As `set timeout cli`: seconds where no unit is written.
                guard
                    case .success(let time)? = arguments.last.map({
                        TimeFormat.parse($0, unit: .seconds)
                    }), time <= RuntimeLimits.drainLimit
                else {
                    let limit = RuntimeLimits.drainLimit.components.seconds
                    return .error("'drain' expects a time of at most \(limit)s.")
                }
                drain = time
                arguments = arguments.dropLast(2)
            }
            guard arguments.count <= 1 else { return .error("Too many arguments.") }
            let routers = call.control.virtualRouters
            if routers.isEmpty { return .error("There is no virtual router.") }
            if let name = arguments.first, !routers.contains(where: { $0.name == name }) {
                return .error("No such virtual router.")
            }
            let refusal = call.control.handOver(
                command, router: arguments.first, drain: drain, context.ticket)
            return refusal.map { .error($0) } ?? .later
        }
    }
}

extension HandOver {
    /// Whether connections are waited for first.
    package var givesAddressesUp: Bool {
        switch self {
        case .failover, .maintenance(true): true
        case .takeover, .maintenance(false): false
        }
    }
}

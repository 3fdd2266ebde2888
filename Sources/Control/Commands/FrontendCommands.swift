internal import Configuration
internal import Proxy

extension CommandTable {
    /// Commands that change one frontend.
    static let frontendCommands: [Command] = [
        Command(
            "disable frontend", .admin, arguments: "<frontend>",
            does: "temporarily disable specific frontend"
        ) { call, _ in
            change(call) { proxy in
                if proxy.state.isShutDown {
                    return .error("Frontend was previously shut down, cannot disable.")
                }
                return proxy.state.isStopped
                    ? .error("All sockets are already disabled.") : apply(.pause, call)
            }
        },
        Command(
            "enable frontend", .admin, arguments: "<frontend>", does: "re-enable specific frontend"
        ) { call, _ in
            change(call) { proxy in
                if proxy.state.isShutDown {
                    return .error("Frontend was previously shut down, cannot enable.")
                }
                return proxy.state.isStopped
                    ? apply(.resume, call) : .error("All sockets are already enabled.")
            }
        },
        Command(
            "shutdown frontend", .admin, arguments: "<frontend>", does: "stop a specific frontend"
        ) { call, _ in
            change(call) { proxy in
                proxy.settings.isDisabled || proxy.state.isShutDown
                    ? .error("Frontend was already shut down.") : apply(.shutDown, call)
            }
        },
        Command(
            "set maxconn frontend", .admin, arguments: "<frontend> <value>",
            does: "change a frontend's maxconn setting"
        ) { call, _ in
            change(call) { _ in
                let text = call.argument(1)
                guard !text.isEmpty, let number = Int(text) else {
                    return .error("Integer value expected.")
                }
                guard (0...Int(Int32.max)).contains(number) else {
                    return .error("Value out of range.")
                }
                return apply(.maxConnections(number), call)
            }
        },
    ]

    private static func change(
        _ call: CommandCall, _ body: (Snapshot.Proxy) -> CommandReply
    ) -> CommandReply {
        let name = call.argument(0)
        if name.isEmpty { return .error("A frontend name is expected.") }
        guard let proxy = call.snapshot.proxy(name), proxy.settings.isFrontend else {
            return .error("No such frontend.")
        }
        return body(proxy)
    }

    private static func apply(_ change: FrontendChange, _ call: CommandCall) -> CommandReply {
        guard let index = call.snapshot.proxyIndex(call.argument(0)) else {
            return .error("No such frontend.")
        }
        call.control.apply(change, toProxy: index, in: call.snapshot)
        return .done
    }
}

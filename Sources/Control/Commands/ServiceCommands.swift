internal import Configuration
internal import EventLoop
internal import Proxy

extension CommandTable {
    /// Commands that HAProxy does not have: the service as a whole, and its virtual routers.
    static let serviceCommands: [Command] =
        handOverCommands + [
            Command("reload", .admin, does: "read the configuration again and swap to it") {
                call, context in
                call.control.reload(context.ticket)
                return .later
            },
            Command("_getsocks", .admin, does: "hand the listening sockets to another instance") {
                call, context in
                guard context.exposesListeners else { return .permissionDenied }
                return .descriptors(call.control.listeningDescriptors)
            },
            Command(
                "show health", does: "show what the virtual routers' priority depends on",
                showHealth),
            Command(
                "show vrrp", arguments: "[<router>] [json]", does: "show the virtual routers",
                showVirtualRouters),
        ]

    private static func showHealth(_ call: CommandCall, _ context: inout CommandContext)
        -> CommandReply
    {
        let board = call.control.board
        let stalled = board.stalled(now: call.now)
        var text = "engine: \(board.engineWorks(now: call.now) ? "works" : "does not work")\n"
        text += "stalled threads: \(stalled.isEmpty ? "none" : stalled.joined(separator: ", "))\n"
        for proxy in call.snapshot.proxies where !proxy.settings.isDisabled {
            let name = proxy.settings.name
            if proxy.settings.isFrontend, let accepts = board.isAccepting(frontend: name) {
                text += "frontend \(name): \(accepts ? "accepts" : "does not accept")\n"
            }
            if proxy.settings.isBackend, !proxy.servers.isEmpty,
                let usable = board.usableServers(backend: name)
            {
                text += "backend \(name): \(usable) of \(proxy.servers.count) servers usable\n"
            }
        }
        for router in call.control.virtualRouters {
            text +=
                "virtual router \(router.name): \(router.state),"
                + " priority \(router.effectivePriority), configured \(router.basePriority)\n"
        }
        if let reload = call.control.facts.lastReload { text += "last reload: \(reload)\n" }
        return .text(text)
    }

    private static func showVirtualRouters(
        _ call: CommandCall, _ context: inout CommandContext
    ) -> CommandReply {
        let isJSON = call.arguments.last == "json"
        var routers = call.control.virtualRouters
        if let name = isJSON ? call.arguments.dropLast().first : call.arguments.first {
            routers = routers.filter { $0.name == name }
            if routers.isEmpty { return .error("No such virtual router.") }
        }
        let report = VirtualRouterText(now: call.now)
        return isJSON
            ? .bytes(report.json(routers)) : .text(routers.map(report.text).joined(separator: "\n"))
    }
}

import Core
import Diagnostics

/// What `-c -V` says was understood.
package enum ConfigurationSummary {
    /// Servers of a backend, and addresses of a router, that are named; more are counted.
    static let namesShown = 8

    package static func text(_ configuration: ServiceConfiguration) -> String {
        var lines: [String] = []
        for proxy in configuration.proxies where proxy.isFrontend {
            lines.append(frontend(proxy, in: configuration))
        }
        for proxy in configuration.proxies where proxy.isBackend {
            if proxy.isFrontend, proxy.servers.isEmpty { continue }
            lines.append(backend(proxy))
        }
        for router in configuration.vrrp?.instances ?? [] {
            let addresses = router.addresses + router.excludedAddresses
            let place = router.interface.map { " on \($0)" } ?? ""
            lines.append(
                "  virtual router \(router.name)\(place): id \(router.virtualRouterID), priority \(router.priority), \(list(addresses.map { "\($0.prefix)" }))"
            )
        }
        if lines.isEmpty { lines.append("  nothing to run") }
        if !configuration.keywordsWithoutEffect.isEmpty {
            lines.append("Keywords without effect:")
            for use in configuration.keywordsWithoutEffect {
                lines.append(
                    "  \(use.keyword) (\(use.range.file):\(use.range.line)): \(use.reason)")
            }
        }
        return "Understood:\n" + lines.joined(separator: "\n") + "\n"
    }

    private static func frontend(
        _ proxy: ProxySettings, in configuration: ServiceConfiguration
    ) -> String {
        var text = "  \(proxy.kind) \(proxy.name): \(proxy.mode.rawValue)"
        if proxy.isDisabled { text += ", disabled" }
        text += ", " + list(proxy.binds.map { "\($0.address)" })
        if let target = proxy.defaultBackend, configuration.proxies.indices.contains(target),
            configuration.proxies[target].name != proxy.name
        {
            text += " to backend \(configuration.proxies[target].name)"
        }
        if let stats = proxy.stats { text += ", statistics at \(stats.uri)" }
        return text
    }

    private static func backend(_ proxy: ProxySettings) -> String {
        let checked = proxy.servers.count { $0.check != nil }
        let servers = list(
            proxy.servers.map { server in
                let name = "\(server.hostName ?? "?"):\(server.port)"
                return "\(server.name) \(server.address.map { "\($0)" } ?? name)"
            })
        return
            "  \(proxy.isFrontend ? "servers of listen" : "backend") \(proxy.name): \(proxy.balance.name), \(proxy.servers.count) servers (\(checked) checked): \(servers)"
    }

    private static func list(_ names: [String]) -> String {
        if names.isEmpty { return "none" }
        let shown = names.prefix(namesShown).joined(separator: ", ")
        let more = names.count - namesShown
        return more > 0 ? "\(shown) and \(more) more" : shown
    }
}

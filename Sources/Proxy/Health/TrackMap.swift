package import Configuration

/// Which servers follow which (`track`), for one snapshot.
package struct TrackMap: Sendable {
    private let followers: [ServerReference: [ServerReference]]

    package init(_ configuration: ServiceConfiguration) {
        var followers: [ServerReference: [ServerReference]] = [:]
        for (proxy, settings) in configuration.proxies.enumerated() {
            for (server, one) in settings.servers.enumerated() {
                guard let followed = one.tracks else { continue }
                followers[followed, default: []].append(
                    ServerReference(proxy: proxy, server: server))
            }
        }
        // The one that was read last is told first, as HAProxy does; the log shows it.
        self.followers = followers.mapValues { $0.reversed() }
    }

    /// Those that follow directly.
    func followers(of server: ServerReference) -> [ServerReference] { followers[server] ?? [] }
}

internal import Configuration
internal import TLS

/// The TLS contexts of a proxy. Those whose settings and certificates did not change stay, with the sessions that
/// clients may resume. The configuration was examined: what cannot be built all the same is missing, and connections
/// that need it are refused.
struct SnapshotContexts {
    let binds: [TLSServerContext?]
    let servers: [TLSClientContext?]
    let checks: [TLSClientContext?]

    init(_ settings: ProxySettings, keeping old: Snapshot.Proxy?) {
        // Many addresses of one line share a context.
        var serverSide = old?.bindContexts.compactMap { $0 } ?? []
        binds = settings.binds.map { bind in
            guard let wanted = bind.tls else { return nil }
            if let known = serverSide.first(where: { $0.settings == wanted }) { return known }
            guard let made = try? TLSServerContext(wanted) else { return nil }
            serverSide.append(made)
            return made
        }
        var clientSide = (old?.serverContexts ?? []).compactMap { $0 }
        clientSide += (old?.checkContexts ?? []).compactMap { $0 }
        func context(_ wanted: TLSServerSettings?) -> TLSClientContext? {
            guard let wanted else { return nil }
            if let known = clientSide.last(where: { $0.settings == wanted }) { return known }
            guard let made = try? TLSClientContext(wanted) else { return nil }
            clientSide.append(made)
            return made
        }
        var servers: [TLSClientContext?] = []
        var checks: [TLSClientContext?] = []
        for server in settings.servers {
            servers.append(context(server.tls))
            checks.append(context(server.check?.tls))
        }
        self.servers = servers
        self.checks = checks
    }
}

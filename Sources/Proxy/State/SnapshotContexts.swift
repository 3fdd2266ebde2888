internal import Configuration
internal import TLS

/// The TLS contexts of a proxy. Those whose settings and certificates did not change stay, with the sessions that
/// clients may resume. The configuration was examined: what cannot be built all the same is missing, and connections
/// that need it are refused.
struct SnapshotContexts {
    let binds: [TLSServerContext?]
    let servers: [TLSClientContext?]
    let checks: [TLSClientContext?]
    /// For `tcp-check connect ssl`.
    let scripts: [TLSClientContext?]
    /// Why one of them could not be made; the first.
    private(set) var problem: String?

    init(_ settings: ProxySettings, keeping old: Snapshot.Proxy?) {
        // Many addresses of one line share a context.
        var problem: String?
        var serverSide = old?.bindContexts.compactMap { $0 } ?? []
        binds = settings.binds.map { bind in
            guard let wanted = bind.tls else { return nil }
            if let known = serverSide.first(where: { $0.settings == wanted }) { return known }
            let before = serverSide.first {
                $0.settings.certificates.first?.path == wanted.certificates.first?.path
            }
            do throws(TLSProblem) {
                let made = try TLSServerContext(wanted, keeping: before)
                serverSide.append(made)
                return made
            } catch {
                problem = problem ?? error.message
                return nil
            }
        }
        var clientSide = (old?.serverContexts ?? []).compactMap { $0 }
        clientSide += (old?.checkContexts ?? []).compactMap { $0 }
        clientSide += (old?.scriptContexts ?? []).compactMap { $0 }
        func context(_ wanted: TLSServerSettings?) -> TLSClientContext? {
            guard let wanted else { return nil }
            if let known = clientSide.last(where: { $0.settings == wanted }) { return known }
            do throws(TLSProblem) {
                let made = try TLSClientContext(wanted)
                clientSide.append(made)
                return made
            } catch {
                problem = problem ?? error.message
                return nil
            }
        }
        var servers: [TLSClientContext?] = []
        var checks: [TLSClientContext?] = []
        var scripts: [TLSClientContext?] = []
        for server in settings.servers {
            servers.append(context(server.tls))
            checks.append(context(server.check?.tls))
            scripts.append(context(server.check?.scriptTLS))
        }
        self.servers = servers
        self.checks = checks
        self.scripts = scripts
        self.problem = problem
    }
}

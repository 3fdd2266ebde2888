internal import Configuration
internal import Core
internal import Proxy

/// A server as commands name it: `backend/server`, also by `#id`.
struct ServerArgument {
    let reference: ServerReference
    let settings: ServerSettings
    let state: ServerState
    let proxy: Snapshot.Proxy

    /// The server, or the reply that says why there is none.
    static func find(_ name: String, in snapshot: Snapshot) -> Result<ServerArgument, Missing> {
        guard let slash = name.firstIndex(of: "/") else { return .failure(.incomplete) }
        let backend = String(name[..<slash])
        let server = String(name[name.index(after: slash)...])
        if server.isEmpty { return .failure(.incomplete) }
        let index =
            backend.hasPrefix("#")
            ? snapshot.proxies.firstIndex { "#\($0.settings.id)" == backend }
            : snapshot.proxyIndex(backend)
        guard let index, snapshot.proxies[index].settings.isBackend else {
            return .failure(.noBackend)
        }
        guard let found = snapshot.server(backend: backend, server: server) else {
            return .failure(.noServer)
        }
        let proxy = snapshot.proxies[found.proxy]
        return .success(
            ServerArgument(
                reference: ServerReference(proxy: found.proxy, server: found.server),
                settings: proxy.settings.servers[found.server], state: proxy.servers[found.server],
                proxy: proxy))
    }

    enum Missing: Error {
        case incomplete, noBackend, noServer

        var reply: CommandReply {
            switch self {
            case .incomplete: .error("Require 'backend/server'.")
            case .noBackend: .error("No such backend.")
            case .noServer: .error("No such server.")
            }
        }
    }
}

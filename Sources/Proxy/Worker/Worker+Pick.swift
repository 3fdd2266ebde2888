internal import Configuration
internal import Core

/// The balance algorithm's turn.
extension Worker {
    /// The server that the backend's algorithm wants, among those that are usable and have room. `hasUsable` tells
    /// whether waiting for room makes sense.
    func pick(
        _ backend: WorkerProxy, _ client: ClientConnection, hasUsable: inout Bool
    ) -> WorkerServer? {
        let servers = backend.servers
        let count = servers.count
        guard count > 0 else { return nil }
        let start = backend.state.nextTurn()
        var backup: WorkerServer?
        for offset in 0..<count {
            let server = servers[(start &+ offset) % count]
            guard server.state.isUsable else { continue }
            hasUsable = true
            let limit = server.state.maxConnections
            guard limit == 0 || server.state.active < limit else { continue }
            if !server.settings.isBackup { return server }
            if backup == nil || server.index < backup?.index ?? 0 { backup = server }
        }
        return backup
    }
}

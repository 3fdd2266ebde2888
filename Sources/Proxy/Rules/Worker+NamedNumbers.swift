internal import Configuration
internal import Core
internal import Expressions

/// Numbers of backends and servers whose names come with a request: the converters `nbsrv`, `srv_is_up`, `srv_queue`.
extension Worker {
    func number(_ number: EngineNumber, of name: RawSpan) -> Int64? {
        if case .usableServers = number {
            return backend(named: name).map { Int64(usableServers($0)) }
        }
        guard let server = server(named: name) else { return nil }
        switch number {
        case .serverIsUp: return server.state.isUsable ? 1 : 0
        case .serverQueue: return Int64(server.state.queued)
        default: return nil
        }
    }

    private func backend(named name: RawSpan) -> WorkerProxy? {
        for proxy in settings.proxies
        where proxy.settings.isBackend && Worker.equals(proxy.nameBytes, name) {
            return proxy
        }
        return nil
    }

    /// `backend/server`, or a server of the stream's own backend.
    private func server(named name: RawSpan) -> WorkerServer? {
        var owner = ruled?.stream?.backend
        var start = 0
        for at in 0..<name.byteCount where name.byte(at: at) == UInt8(ascii: "/") {
            owner = backend(named: name.extracting(0..<at))
            start = at &+ 1
            break
        }
        guard let owner else { return nil }
        let own = name.extracting(start..<name.byteCount)
        for server in owner.servers where Worker.equals(server.nameBytes, own) { return server }
        return nil
    }

    private static func equals(_ name: [UInt8], _ text: RawSpan) -> Bool {
        guard name.count == text.byteCount else { return false }
        for offset in name.indices where text.byte(at: offset) != name[offset] { return false }
        return true
    }
}

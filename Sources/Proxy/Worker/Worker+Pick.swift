internal import Balancing
internal import Configuration
internal import Core

/// The balance algorithm's turn.
extension Worker {
    /// What the algorithm says.
    enum Choice {
        /// A place at the server is taken.
        case server(WorkerServer)
        /// The same, and not the algorithm has chosen it.
        case kept(WorkerServer)
        /// The stream belongs to this server, which has no room.
        case waitFor(WorkerServer)
        /// The stream belongs to this server, where too many wait already: `maxqueue`.
        case full(WorkerServer)
        /// Servers work, but none has room.
        case wait
        case none
    }

    /// `avoided`: a server that has just failed the stream.
    func choose(
        _ backend: WorkerProxy, _ client: ClientConnection, _ stream: Stream,
        avoiding avoided: Int?
    ) -> Choice {
        if stream.has(Stream.Flag.prefersOwn),
            let choice = chooseOwn(backend, client, avoiding: avoided)
        {
            return choice
        }
        let balance = backend.balance
        let hash = balance.usesHash ? hash(balance, client, stream) : nil
        // A server may fill up between being picked and its place being taken: then the next one is asked.
        for _ in 0...backend.servers.count {
            let picked = balance.pick(hash: hash, avoiding: avoided) { index in
                backend.servers[index].state.hasRoom(backend.state)
            }
            guard let picked else { break }
            let server = backend.servers[picked]
            if hash != nil {
                let choice = chooseOnly(server, backend)
                // As HAProxy: it was chosen, wherever the stream waits.
                if case .waitFor = choice { countBalanced(backend, server) }
                return choice
            }
            if server.takeSlot(backend.state) { return .server(server) }
        }
        return balance.hasCandidates ? .wait : .none
    }

    /// A place at the server that a stream belongs to, behind those who wait for it already.
    func chooseOnly(_ server: WorkerServer, _ backend: WorkerProxy) -> Choice {
        if server.state.hasRoom(backend.state), server.takeSlot(backend.state) {
            return .server(server)
        }
        let limit = server.settings.maxQueue
        return limit > 0 && server.state.queued >= limit ? .full(server) : .waitFor(server)
    }

    /// The same for one that the algorithm was not asked for: HAProxy does not count it as its choice.
    func chooseKept(_ server: WorkerServer, _ backend: WorkerProxy) -> Choice {
        let choice = chooseOnly(server, backend)
        if case .server = choice { return .kept(server) }
        return choice
    }

    private func hash(
        _ balance: BackendBalance, _ client: ClientConnection, _ stream: Stream
    ) -> UInt32? {
        if balance.hashesRequest { return stream.hash }
        switch client.peer.ip {
        case .v4(let address): return balance.method.finished(SourceHash.of(address))
        case .v6(let address): return balance.method.finished(SourceHash.of(address))
        case nil: return 0
        }
    }

    /// Tells an algorithm that counts.
    @inline(__always)
    func reportLoad(_ backend: WorkerProxy, _ server: WorkerServer) {
        if backend.balance.usesLoad {
            let queued = backend.balance.countsQueue ? server.state.queued : 0
            backend.balance.setLoad(server.index, server.state.active + queued)
        }
    }
}

internal import Balancing
internal import Configuration
internal import Core
internal import HTTP

/// The balance algorithm's turn.
extension Worker {
    /// What the algorithm says.
    enum Choice {
        /// A place at the server is taken.
        case server(WorkerServer)
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
        let balance = backend.balance
        let hash = balance.usesHash ? hash(balance, client, stream) : nil
        // A server may fill up between being picked and its place being taken: then the next one is asked.
        for _ in 0...backend.servers.count {
            let picked = balance.pick(hash: hash, avoiding: avoided) { index in
                backend.servers[index].state.hasRoom(backend.state)
            }
            guard let picked else { break }
            let server = backend.servers[picked]
            if hash != nil { return chooseOnly(server, backend) }
            if server.state.takeSlot(backend.state) { return .server(server) }
        }
        return balance.hasCandidates ? .wait : .none
    }

    /// A place at the server that a stream belongs to, behind those who wait for it already.
    func chooseOnly(_ server: WorkerServer, _ backend: WorkerProxy) -> Choice {
        if server.state.hasRoom(backend.state), server.state.takeSlot(backend.state) {
            return .server(server)
        }
        let limit = server.settings.maxQueue
        return limit > 0 && server.state.queued >= limit ? .full(server) : .waitFor(server)
    }

    private func hash(
        _ balance: BackendBalance, _ client: ClientConnection, _ stream: Stream
    ) -> UInt32? {
        if balance.key != nil { return stream.hash }
        switch client.peer.ip {
        case .v4(let address): return balance.method.finished(SourceHash.of(address))
        case .v6(let address): return balance.method.finished(SourceHash.of(address))
        case nil: return 0
        }
    }

    /// Keeps the hash of a request whose head, as rules have left it, is in `fields` and `edits`: it
    /// is needed again when another server is looked for, and the head may be gone by then.
    @inline(never)
    func keepHash(
        _ key: HashKey, _ head: RequestHead, _ client: ClientConnection, _ stream: Stream
    ) {
        let method = stream.backend.balance.method
        stream.hash =
            if case .header(let name, let onlyDomain) = key {
                hashOfField(name, onlyDomain, client.channel.input, edits, method)
            } else if head.hasEditedTarget {
                Worker.hash(key, edits, head.targetRange, method)
            } else {
                Worker.hash(key, client.channel.input, head.targetRange, method)
            }
    }

    private func hashOfField(
        _ name: [UInt8], _ onlyDomain: Bool, _ input: borrowing Buffer, _ edits: borrowing Buffer,
        _ method: HashMethod
    ) -> UInt32? {
        let found = unsafe fields.first(
            named: name.span.bytes, in: input.bytes, edits: edits.bytes)
        guard let found else { return nil }
        let value = fields.value(at: found, in: input.bytes, edits: edits.bytes)
        guard let range = HashKey.range(inField: value, onlyDomain: onlyDomain) else { return nil }
        return method.hash(value.extracting(range))
    }

    private static func hash(
        _ key: HashKey, _ bytes: borrowing Buffer, _ targetRange: Range<Int>, _ method: HashMethod
    ) -> UInt32? {
        let target = bytes.bytes.extracting(targetRange)
        guard let range = key.range(in: target) else { return nil }
        return method.hash(target.extracting(range))
    }

    /// Tells an algorithm that counts.
    @inline(__always)
    func reportLoad(_ backend: WorkerProxy, _ server: WorkerServer) {
        if backend.balance.usesLoad {
            backend.balance.setLoad(server.index, server.state.active + server.state.queued)
        }
    }
}

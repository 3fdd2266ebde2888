internal import Configuration
internal import Core
internal import Expressions
internal import HTTP

/// Idle server connections that only the client may use that opened them: with `http-reuse never`, to servers that
/// follow the client's address, and where a server has asked for NTLM or Negotiate, which authenticate connections.
extension Worker {
    /// One that leads to the right place; nil: there is none.
    func takeOwn(_ client: ClientConnection, _ target: WorkerServer) -> ServerConnection? {
        var previous: ServerConnection?
        var next = client.ownServer
        while let own = next {
            next = own.nextOwn
            let isOpen = isOfUse(own)
            guard !isOpen || leads(own, to: target, client) else {
                previous = own
                continue
            }
            unlink(own, behind: previous, client)
            // What TLS is to be now may be another thing than it was.
            if isOpen, own.tls == target.tlsID { return own }
            close(own)
        }
        return nil
    }

    /// Whether it is open, and its server where it was when it was opened.
    private func isOfUse(_ own: ServerConnection) -> Bool {
        own.phase == .idle && own.moves == own.pool.moves && own.pool.takesBack
    }

    private func leads(
        _ own: ServerConnection, to target: WorkerServer, _ client: ClientConnection
    ) -> Bool {
        own.pool === target.pool
            && (!target.followsClient || own.address == followed(target, client))
            && (!target.hasDynamicName || own.serverName == serverName(for: target, client))
    }

    private func unlink(
        _ own: ServerConnection, behind previous: ServerConnection?, _ client: ClientConnection
    ) {
        let next = own.nextOwn.take()
        if let previous { previous.nextOwn = next } else { client.ownServer = next }
    }

    /// Keeps a connection for its client, or closes it: one more than `max-session-srv-conns` allows, as HAProxy does.
    func parkOwn(_ server: ServerConnection, of stream: Stream) {
        guard let client = stream.client, stream.has(Stream.Flag.keepsClient),
            server.moves == server.pool.moves, server.pool.takesBack, !shared.isStopping,
            countOwn(client) < client.listener.proxy.settings.maxOwnServers
        else {
            close(server)
            return
        }
        server.phase = .idle
        server.stream = nil
        server.nextOwn = client.ownServer
        client.ownServer = server
        if server.isAuthenticated || stream.backend.settings.options.preferLastServer {
            client.streamFlags |= Stream.Flag.prefersOwn
        }
    }

    /// Those that are still of use; the others are closed, if their servers have not done so.
    private func countOwn(_ client: ClientConnection) -> Int {
        var count = 0
        var previous: ServerConnection?
        var next = client.ownServer
        while let own = next {
            next = own.nextOwn
            if isOfUse(own) {
                count += 1
                previous = own
            } else {
                unlink(own, behind: previous, client)
                close(own)
            }
        }
        return count
    }

    // MARK: Staying on a server

    /// The server of such a connection, the last used one first: with `option prefer-last-server`, or where it knows the
    /// client by the connection. Algorithms that hash have a say before.
    @inline(never)
    func chooseOwn(
        _ backend: WorkerProxy, _ client: ClientConnection, avoiding avoided: Int?
    ) -> Choice? {
        guard !backend.balance.usesHash else { return nil }
        var next = client.ownServer
        while let own = next {
            next = own.nextOwn
            guard isOfUse(own),
                let server = backend.servers.first(where: { $0.pool === own.pool }),
                server.index != avoided, server.state.isUsable,
                own.isAuthenticated || keepsClients(server, backend)
            else { continue }
            return chooseKept(server, backend)
        }
        return nil
    }

    /// `option prefer-last-server`, `max-keep-alive-queue`
    private func keepsClients(_ server: WorkerServer, _ backend: WorkerProxy) -> Bool {
        guard backend.settings.options.preferLastServer else { return false }
        let limit = backend.settings.maxKeepAliveQueue
        return limit < 0 || server.state.hasRoom(backend.state) || server.state.queued < limit
    }

    // MARK: Authentication of connections

    /// Looks whether a refusal begins NTLM or Negotiate: whoever uses the connection from here on is this client to the
    /// server (RFC 4559, section 5), so nobody else may. A client that begins by itself and is not refused is not noticed,
    /// as in HAProxy. The fields are the answer's, as received.
    @inline(never)
    func noteAuthentication(_ server: ServerConnection, _ status: UInt16) {
        let isProxy = status == 407
        guard isProxy || status == 401 else { return }
        let name = isProxy ? Worker.proxyChallenge : Worker.challenge
        if Worker.asksForConnection(name, fields, server.channel.input, edits) {
            server.isPrivate = true
            server.isAuthenticated = true
        }
    }

    private static let challenge = Array("www-authenticate".utf8)
    private static let proxyChallenge = Array("proxy-authenticate".utf8)

    /// Whether a field of this name asks for one of the two.
    private static func asksForConnection(
        _ name: [UInt8], _ fields: borrowing HeaderTable, _ input: borrowing Buffer,
        _ edits: borrowing Buffer
    ) -> Bool {
        var start = 0
        while let index = unsafe fields.first(
            named: name.span.bytes, from: start, in: input.bytes, edits: edits.bytes)
        {
            start = index + 1
            if isOfConnection(input.bytes, fields[index].valueRange) { return true }
        }
        return false
    }

    /// As HAProxy tells it: by the first four letters, so that `Nego2` counts.
    private static func isOfConnection(_ bytes: RawSpan, _ value: Range<Int>) -> Bool {
        var at = value.lowerBound
        while at < value.upperBound {
            let (element, next) = ListElements.element(bytes, at..<value.upperBound)
            if element.count >= 4 {
                var word: UInt32 = 0
                for offset in 0..<4 {
                    let byte = bytes.byte(at: element.lowerBound + offset)
                    word = word << 8 | UInt32(byte | 0x20)
                }
                // "nego", "ntlm"
                if word == 0x6e65_676f || word == 0x6e74_6c6d { return true }
            }
            at = next
        }
        return false
    }
}

internal import Configuration
internal import Core
internal import Expressions
internal import HTTP
internal import Linux
internal import TLS

/// The PROXY protocol: connections that somebody passes on to us (`accept-proxy`), and those that we pass on
/// (`send-proxy`, `send-proxy-v2`).
extension Worker {
    /// Why a connection has no header that can be used.
    enum ProxyHeaderFault: BitwiseCopyable { case nothing, cut, failed, timedOut, other, invalid }

    // MARK: In

    /// The client's own bytes begin behind the header, and nothing but the header is taken from the socket here.
    func awaitProxyHeader(_ client: ClientConnection) {
        client.phase = .proxyHeader
        let timeouts = client.listener.proxy.timeouts
        arm(
            client.timer,
            after: client.listener.proxy.isHTTP && timeouts.httpRequest > 0
                ? timeouts.httpRequest : timeouts.client)
        readProxyHeader(client)
    }

    func readProxyHeader(_ client: ClientConnection) {
        guard !client.channel.hasFailed else { return refuseProxyHeader(client, .failed) }
        scratch.removeAll()
        defer { scratch.removeAll() }
        switch Sockets.peek(client.channel.number, into: &scratch) {
        case .moved: break
        case .wouldBlock: return awaitMore(client)
        case .ended: return refuseProxyHeader(client, .nothing)
        case .failed: return refuseProxyHeader(client, .failed)
        }
        switch ProxyHeader.parse(scratch.bytes) {
        case .complete(let header, let count):
            if client.listener.proxy.snapshot.configuration.keepsProxyHeaders {
                client.proxyHeader = scratch.bytes.extracting(first: count).array()
            }
            // The bytes are there: one call takes them.
            guard case .moved(count) = Sockets.discard(client.channel.number, atMost: count) else {
                return refuseProxyHeader(client, .failed)
            }
            if let ends = header.ends {
                client.peer = ends.source
                client.destination = ends.destination
            }
            client.phase = .idle
            scratch.removeAll()
            identified(client)
        case .needsMore:
            if client.channel.expectsEnd {
                refuseProxyHeader(client, .cut)
            } else {
                awaitMore(client)
            }
        case .notAHeader: refuseProxyHeader(client, .other)
        case .malformed: refuseProxyHeader(client, .invalid)
        }
    }

    private func awaitMore(_ client: ClientConnection) {
        client.channel.canRead = false
        watch(client)
    }

    func refuseProxyHeader(_ client: ClientConnection, _ fault: ProxyHeaderFault) {
        let text: StaticString =
            switch fault {
            case .nothing: "Connection closed while waiting for PROXY protocol header"
            case .cut: "Truncated PROXY protocol header received"
            case .failed: "Connection error while waiting for PROXY protocol header"
            case .timedOut: "Timeout while waiting for PROXY protocol header"
            case .other: "Received something which does not look like a PROXY protocol header"
            case .invalid: "Received an invalid PROXY protocol header"
            }
        if fault != .nothing || !client.listener.proxy.settings.options.dontLogNull {
            logEmbryonic(client, text)
        }
        close(client)
    }

    /// Where the client connected to.
    func frontAddress(_ client: ClientConnection) -> PeerAddress {
        if let stream = client.stream, stream.has(Stream.Flag.isRuled),
            let set = stream.transaction?.destination
        {
            return set
        }
        return client.destination ?? Sockets.localAddress(client.channel.number)
    }

    // MARK: Out

    /// `send-proxy-v2-ssl`, `send-proxy-v2-ssl-cn`; nil: nothing is said of TLS.
    private func security(
        of client: ClientConnection, for stream: Stream
    ) -> ProxyHeader.Security? {
        guard let settings = stream.target?.settings, settings.proxyTellsSecurity else {
            return nil
        }
        var security = ProxyHeader.Security()
        guard client.channel.tls.isReady else { return security }
        security.isOn = true
        security.version = client.channel.tls.versionName
        security.hasCertificate = client.channel.tls.hasClientCertificate
        security.hasShownCertificate =
            security.hasCertificate && !client.channel.tls.isResumed
        security.verifyResult = client.channel.tls.verifyResult
        if settings.proxyTellsCommonName {
            security.commonName = client.channel.tls.clientCommonName
        }
        return security
    }

    /// Sends the header where the server expects one. False: it cannot be sent yet, or the connection has failed; the
    /// caller has nothing more to do.
    func sendProxyHeader(
        _ client: ClientConnection, _ stream: Stream, _ server: ServerConnection
    ) -> Bool {
        guard server.proxyHeaderVersion > 0 else { return true }
        scratch.removeAll()
        defer { scratch.removeAll() }
        let header = ProxyHeader(
            ends: ProxyHeader.Ends(source: client.peer, destination: frontAddress(client)))
        if server.proxyHeaderVersion == 1 {
            header.writeText(into: &scratch)
        } else {
            header.writeBinary(security: security(of: client, for: stream), into: &scratch)
        }
        switch server.channel.send(scratch.bytes, more: !stream.has(Stream.Flag.isTCP)) {
        // It is the first thing in an empty socket buffer: it goes whole or not at all.
        case .moved(scratch.count):
            server.proxyHeaderVersion = 0
            return true
        case .blocked:
            watch(server)
            return false
        case .moved, .ended, .failed:
            let error = Sockets.takeError(server.channel.number) ?? .connectionRefused
            connectFailed(client, stream, error)
            return false
        }
    }
}

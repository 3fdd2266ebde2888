internal import Core
internal import Expressions
internal import TLS

/// What expressions ask about TLS.
extension Worker {
    func sample(
        _ fact: TLSFact, of part: TLSPart, entry: RawSpan, into arena: inout Buffer,
        _ client: ClientConnection, _ stream: Stream?
    ) -> Sample? {
        switch part {
        case .client, .own:
            return client.channel.tls.sample(
                fact, isOwn: part == .own, entry: entry, into: &arena)
        case .server:
            guard let server = stream?.server else { return nil }
            return server.channel.tls.sample(fact, isOwn: false, entry: entry, into: &arena)
        }
    }
}

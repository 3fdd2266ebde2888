internal import Core
internal import Expressions
internal import Linux

/// The ends of server connections, for log lines: `%bi`, `%bp`, `bc_src` and its relatives.
extension Worker {
    /// Keeps them where the stream's line will tell them, before another stream has the connection.
    @inline(never)
    func keepServerEnds(_ server: ServerConnection, _ stream: Stream) {
        guard stream.frontend.log.readsServerEnds, let client = stream.client else { return }
        prepareTransaction(client, stream)
        let number = server.channel.number
        stream.transaction?.serverEnds = (
            Sockets.localAddress(number), Sockets.peerAddress(number)
        )
    }

    /// One end of a stream's server connection; nil: it has had none, or nobody kept it.
    func serverEnd(of stream: Stream, isOurs: Bool) -> PeerAddress? {
        if let number = stream.server?.channel.number {
            return isOurs ? Sockets.localAddress(number) : Sockets.peerAddress(number)
        }
        return kept(stream)?.serverEnds.map { isOurs ? $0.0 : $0.1 }
    }
}

internal import Core
internal import EventLoop
internal import HTTP
internal import Linux

/// A connection to a server: used by one stream, or idle in its worker's pool.
final class ServerConnection {
    enum Phase: UInt8, BitwiseCopyable { case connecting, used, idle, closed }

    var channel: Channel
    let handle: Handle
    let timer: TimerWheel.ID
    /// Whose it is; keeps the pool that it returns to.
    let pool: ServerPool
    var phase = Phase.connecting
    var progress = HeadProgress()
    /// The stream that uses it.
    var stream: Stream?
    /// `pool.moves` when it was opened.
    let moves: UInt32
    /// Streams that have used it.
    var uses: UInt32 = 0
    /// The context that it was opened with; nil: plain.
    var tls: ObjectIdentifier?
    /// The name that the server was asked for, where requests choose it.
    var serverName: String?
    /// Version of the PROXY header that the server expects; 0: none.
    var proxyHeaderVersion = 0
    /// Where it leads, for servers whose address or port is the client's.
    var address: SocketAddress?
    /// Only the client that opened it may use it: `http-reuse never`, servers that follow the client's address, and
    /// `isAuthenticated`.
    var isPrivate = false
    /// The server has asked for NTLM or Negotiate: it takes whatever comes here for that client's.
    var isAuthenticated = false
    /// The next one of its client's, where it is idle and `isPrivate`.
    var nextOwn: ServerConnection?

    init(
        channel: consuming Channel, handle: Handle, timer: TimerWheel.ID, pool: ServerPool
    ) {
        self.channel = channel
        self.handle = handle
        self.timer = timer
        self.pool = pool
        moves = pool.moves
    }

    var token: Token { Token(kind: TokenKind.server, handle) }
}

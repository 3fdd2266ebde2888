internal import Core
internal import EventLoop
internal import Expressions
internal import HTTP
internal import Linux

/// A client's connection. It stays on the worker that accepted it for its whole life.
///
/// While it is idle it owns no buffer and no stream.
final class ClientConnection {
    enum Phase: UInt8, BitwiseCopyable {
        /// `accept-proxy`: waits for the header that says who the client is.
        case proxyHeader
        /// The TLS handshake goes on.
        case securing
        /// Waits for the first byte of a request.
        case idle
        /// Waits for the rest of a head.
        case head
        /// A stream runs.
        case streaming
        /// The last answer is being sent, or has been; the client's bytes are thrown away until it closes.
        case lingering
        case closed
    }

    var channel: Channel
    let handle: Handle
    let timer: TimerWheel.ID
    /// The client; with `accept-proxy` as the header says.
    var peer: PeerAddress
    /// Where the client connected to, as such a header says.
    var destination: PeerAddress?
    /// Such a header, where samples read more of it; nil: there was none.
    var proxyHeader: [UInt8]?
    /// Where it came in.
    let listener: WorkerListener
    /// When it was accepted; for later requests, when the answer before them had ended.
    var accepted: Instant
    /// When TLS was established.
    var secured: Instant?
    /// When the current request's first byte came.
    var headStarted: Instant
    var phase = Phase.idle
    /// `tcp-request connection expect-proxy`
    var expectsProxy = false
    /// Counted among the connections with TLS.
    var isCountedSecure = false
    var progress = HeadProgress()
    /// The request that is being served.
    var stream: Stream?
    /// The first of the idle server connections that only this client uses: the one that it used last.
    var ownServer: ServerConnection?
    /// What is left of a local answer that is larger than a buffer.
    var overflow: ArraySlice<UInt8> = []
    /// Variables of the session, where rules have some.
    var session: SessionVariables?
    /// Entries of stick tables that the connection tracks; nil: none.
    var trackers: Trackers?
    /// Requests so far.
    var requests: UInt32 = 0
    /// Flags that its streams begin with.
    var streamFlags: UInt32 = 0
    /// Counted in the frontend it came in by; kept, because a reload may change the listener's proxy.
    let counted: ProxyState
    /// Where its bind line has a limit or statistics of its own: who counts it, too.
    var listenerState: ListenerState?

    init(
        channel: consuming Channel, handle: Handle, timer: TimerWheel.ID, peer: PeerAddress,
        listener: WorkerListener, now: Instant
    ) {
        self.channel = channel
        self.handle = handle
        self.timer = timer
        self.peer = peer
        self.listener = listener
        accepted = now
        headStarted = now
        counted = listener.proxy.state
    }

    var token: Token { Token(kind: TokenKind.client, handle) }
}

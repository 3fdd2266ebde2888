internal import Core
internal import Expressions
internal import HTTP
internal import Linux

/// One request and its answer, or one TCP session. Reused by its worker for the next one, so that serving a request
/// allocates nothing; `serial` tells the uses apart.
final class Stream {
    /// Where the stream is on its way.
    enum Phase: UInt8, BitwiseCopyable {
        case free
        /// Waits for a place at a server, or for the end of a pause before a retry.
        case queued, pausing
        /// `tcp-request content` rules wait for bytes, or for the end of their time.
        case inspecting
        /// Waits for an idle connection of another worker.
        case borrowing
        case connecting
        /// Rules wait: for the body, or for time.
        case waiting
        /// The same with the answer's rules.
        case holdingAnswer
        /// The request was sent, at least its head; no byte of the answer has come.
        case awaitingHead
        /// The answer's head was forwarded.
        case transferring
        /// Bytes in both directions until both have ended.
        case tunnel
    }

    /// Flags of a stream, as bits: tests must not run generic code.
    enum Flag {
        /// The client's connection stays open after the answer.
        static let keepsClient: UInt32 = 1 << 0
        /// Taking another protocol was asked for, and passed on.
        static let wantsUpgrade: UInt32 = 1 << 1
        /// A place at the target is taken.
        static let holdsSlot: UInt32 = 1 << 2
        /// The backend counts it.
        static let countedInBackend: UInt32 = 1 << 3
        /// The server connection had been used before.
        static let reusesConnection: UInt32 = 1 << 4
        /// It waits in the backend's queue, not in a server's.
        static let inBackendQueue: UInt32 = 1 << 5
        /// The head of an answer, interim ones apart, was sent to the client.
        static let answered: UInt32 = 1 << 6
        /// The log line has been written: `option logasap`.
        static let logged: UInt32 = 1 << 7
        /// It ended because of something that `option log-separate-errors` raises.
        static let isError: UInt32 = 1 << 8
        /// A redispatch was done.
        static let redispatched: UInt32 = 1 << 9
        /// Idle connections are not to be tried any more: one was stale.
        static let wantsFresh: UInt32 = 1 << 10
        static let isTCP: UInt32 = 1 << 11
        static let serverClosesAfter: UInt32 = 1 << 12
        static let countedConnection: UInt32 = 1 << 13
        /// The head is still at the front of the client's input.
        static let headInInput: UInt32 = 1 << 14
        /// It went through rules.
        static let isRuled: UInt32 = 1 << 15
        /// `tcp-response content` rules have not let the server's bytes pass yet.
        static let inspectsResponse: UInt32 = 1 << 16
        /// Rules or captures keep something of it.
        static let hasTransaction: UInt32 = 1 << 24
        /// A cookie, a stick table or `use-server` has chosen the server.
        static let isDirect: UInt32 = 1 << 26
        /// `force-persist`, `ignore-persist`
        static let forcesPersistence: UInt32 = 1 << 27
        static let ignoresPersistence: UInt32 = 1 << 28
        /// The statistics page or the metrics answer it.
        static let isStatistics: UInt32 = 1 << 22
        static let isMetrics: UInt32 = 1 << 23
        /// It, or its client, tracks entries of stick tables.
        static let isTracked: UInt32 = 1 << 25
        /// `option socket-stats`: its bind line counts it.
        static let isCountedByListener: UInt32 = 1 << 19
        /// Its server may send the client elsewhere: `redir`.
        static let mayRedirect: UInt32 = 1 << 29
        /// Its client has server connections of its own, and may be better served there.
        static let prefersOwn: UInt32 = 1 << 21
        /// A rule has set timeouts.
        static let hasTimeouts: UInt32 = 1 << 17
        /// A rule has set something else of it: `wishes`.
        static let hasWishes: UInt32 = 1 << 30
        static let hasOwnSettings = hasTimeouts | hasWishes
        /// `disable-l7-retry`
        static let neverRetries: UInt32 = 1 << 18
        /// Rules waited for the request's body.
        static let awaitedBody: UInt32 = 1 << 20
    }

    let handle: Handle
    let worker: Int
    var serial: UInt32 = 0
    /// Which of the process' streams it is, from 0 on: each worker gives every Nth number.
    var number = 0
    var phase = Phase.free
    var flags: UInt32 = 0
    var client: ClientConnection?
    var server: ServerConnection?
    /// Where it came in; the worker's own object of its snapshot.
    var frontend: WorkerProxy
    /// Where it goes; the frontend where no backend was found.
    var backend: WorkerProxy
    var target: WorkerServer?

    var method = Method.other
    var version = Version.http11
    var status: UInt16 = 0
    /// Bytes of the request's head.
    var headBytes = 0
    /// Bytes at the front of the client's input that belong to the request and were sent, but are kept: the request can
    /// be sent again until the answer begins.
    var retained = 0
    var requestBody = BodyFraming.none
    var responseBody = BodyFraming.none
    var retries: UInt16 = 0
    var termination = Termination.none
    var times = StreamTimes()
    var counts = StreamCounts()
    /// The request line and captured fields, where they are logged.
    var capture = Buffer()
    var captureParts = CaptureParts()
    /// The head as rules have made it, ready for the server.
    var rewritten = Buffer()
    /// With it: bytes of the body, the largest number for chunks.
    var bodyBytes = 0
    /// What rules keep of the request; used again for the next one.
    var transaction: Transaction?
    /// Entries of stick tables that the stream tracks; nil: it never did.
    var trackers: Trackers?
    /// Keys for which the server is to be kept: `stick store-request`.
    var sticks: StickRequests?
    /// What waits with its rules.
    var suspended: SuspendedRules?
    /// Where `Flag.hasWishes` is set.
    var wishes = StreamWishes()
    /// What `set-timeout` set.
    var ownTimeouts = StreamTimeouts()
    /// The cookie that names its server.
    var cookie = StreamCookie()
    /// Of what `balance` hashes of the request; nil: it has none of that.
    var hash: UInt32?
    /// `use-server`
    var pinned: WorkerServer?
    /// Pipes for splicing, lent while bulk data moves.
    var requestPipe = SplicePipe()
    var responsePipe = SplicePipe()

    init(handle: Handle, worker: Int, frontend: WorkerProxy) {
        self.handle = handle
        self.worker = worker
        self.frontend = frontend
        backend = frontend
    }

    @inline(__always)
    var reference: StreamReference {
        StreamReference(worker: worker, handle: handle, serial: serial)
    }

    /// What is going on, for the termination state.
    var moment: Termination.Moment {
        switch phase {
        case .free: .none
        case .inspecting: .request
        case .queued: .queue
        case .waiting: .data
        case .holdingAnswer: .headers
        case .pausing, .borrowing, .connecting: .connecting
        case .awaitingHead: requestBody.isComplete ? .headers : .data
        case .transferring, .tunnel: .data
        }
    }

    @inline(__always)
    func has(_ flag: UInt32) -> Bool { flags & flag != 0 }
    @inline(__always)
    func set(_ flag: UInt32) { flags |= flag }
    @inline(__always)
    func clear(_ flag: UInt32) { flags &= ~flag }
}

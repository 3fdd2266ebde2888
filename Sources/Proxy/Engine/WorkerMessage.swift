internal import Core

/// What other threads tell a worker. It acts on messages between two events.
enum WorkerMessage: Sendable {
    /// A reload: new streams use this from now on.
    case apply(Snapshot, [Listener], swapped: ReloadProgress, drained: ReloadProgress)
    /// Accept nothing new.
    case stopListening(ReloadProgress)
    /// Answers carry `Connection: close`, idle connections are closed.
    case drain
    /// End the thread; open connections are closed.
    case stop(ReloadProgress)
    /// A frontend or the process has room for connections again.
    case resumeAccepting
    /// A queued stream got its place at a server.
    case granted(QueueGrant)
    /// A stream's server takes no more: it has to look for another.
    case requeued(StreamQueue.Leaver)
    /// Another worker's stream wants an idle connection to this server.
    case wantsIdle(ServerState, StreamReference)
    /// The answer: a connection, or -1.
    case lentIdle(Int32, ServerState, StreamReference)
    /// State, weight or limits of this proxy's servers changed.
    case stateChanged(ProxyState)
    /// Cut the streams that this server serves.
    case shutdownSessions(ServerState, SessionEnd)
    /// Cut the streams of this frontend.
    case shutdownFrontend(ProxyState)
    /// Tell about what is going on.
    case inspect(Inspection)
}

/// A stream of some worker, named so that a stale reference reaches nobody.
struct StreamReference: Hashable, Sendable, BitwiseCopyable {
    let worker: Int
    let handle: Handle
    /// Stream objects are reused: counts the uses.
    let serial: UInt32
}

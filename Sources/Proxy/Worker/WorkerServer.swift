internal import Configuration
internal import Core

/// A server as one worker sees it.
final class WorkerServer {
    let settings: ServerSettings
    let state: ServerState
    let backend: ProxyState
    let index: Int
    let nameBytes: [UInt8]
    let pool: ServerPool
    /// This worker's counters.
    let row: CounterRow
    let poolLimit: Int
    let poolPurgeDelay: Int64
    let maxReuse: Int

    init(
        _ settings: ServerSettings, _ state: ServerState, index: Int, backend: ProxyState,
        worker: Int, pool: ServerPool
    ) {
        self.settings = settings
        self.state = state
        self.index = index
        nameBytes = Array(settings.name.utf8)
        self.backend = backend
        self.pool = pool
        row = state.counters.row(worker)
        poolLimit = settings.poolMaxConnections
        poolPurgeDelay = settings.poolPurgeDelay.nanoseconds
        maxReuse = settings.maxReuse
    }
}

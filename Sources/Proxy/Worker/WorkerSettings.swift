internal import Configuration
internal import Core
internal import Logging

/// One worker's view of a snapshot: objects of its own, so that counting references never touches a cache line
/// that another worker writes. Replaced as a whole by a reload; lives on while streams use it.
final class WorkerSettings {
    let snapshot: Snapshot
    /// List i belongs to proxy i of this snapshot; streams that began on it log here to their end.
    let logs: LogWriter
    /// As `snapshot.proxies`.
    let proxies: [WorkerProxy]
    /// `http-err-codes`, `http-fail-codes`
    let errorCodes, failureCodes: StatusCodes
    /// Whether log lines of any proxy tell the ends of server connections.
    let readsServerEnds: Bool

    init(
        _ snapshot: Snapshot, worker: Int, logs: LogWriter, pools: (ServerState) -> ServerPool
    ) {
        self.snapshot = snapshot
        self.logs = logs
        errorCodes = snapshot.configuration.process.errorCodes
        failureCodes = snapshot.configuration.process.failureCodes
        let tables = snapshot.configuration.tableReferences.map {
            WorkerTable(snapshot.tables[$0])
        }
        proxies = snapshot.proxies.indices.map {
            WorkerProxy(snapshot, $0, worker: worker, logs: logs, tables: tables, pools: pools)
        }
        readsServerEnds = proxies.contains { $0.log.readsServerEnds }
        for proxy in proxies {
            guard let index = proxy.settings.defaultBackend, proxies.indices.contains(index) else {
                continue
            }
            proxy.lead(to: proxies[index])
        }
        for proxy in proxies { proxy.complete(proxies) }
    }
}

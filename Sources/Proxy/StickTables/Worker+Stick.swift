internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import Rules
internal import StickTables

/// `stick on`, `stick match` and `stick store-…`: those with one key stay on one server.
extension Worker {
    /// Looks for the server that a key of the request belongs to, and notes keys to be kept. The evaluation has the
    /// request.
    func applySticks(_ rules: WorkerRules, _ backend: WorkerProxy, _ stream: Stream) {
        for rule in rules.sticks where rule.matches || rule.storesRequest {
            if let condition = rule.condition, !evaluation.holds(condition) { continue }
            guard let table = stickKey(of: rule, stream) else { continue }
            let key = stickKey
            if rule.matches, stream.pinned == nil {
                let now = loop.now.nanoseconds
                let found: (id: Int64, name: Int64)? = table.shared.use { store in
                    guard let reference = store.find(key, now: now) else { return nil }
                    store.touch(reference, now: now)
                    return (
                        store.value(.serverID, of: reference, now: now) ?? 0,
                        store.value(.serverKey, of: reference, now: now) ?? 0
                    )
                }
                if let found {
                    stream.pinned = backend.servers.first {
                        ($0.stickKey == UInt64(bitPattern: found.name)
                            || found.name == 0 && Int64($0.settings.id) == found.id)
                            && mayPersist($0, stream)
                    }
                    if stream.pinned != nil { stream.set(Stream.Flag.isDirect) }
                }
            }
            if rule.storesRequest {
                let requests = stream.sticks ?? StickRequests()
                requests.add(table, key)
                stream.sticks = requests
            }
        }
    }

    /// Fills the worker's key from a rule; nil: there is none.
    private func stickKey(of rule: StickRule, _ stream: Stream) -> WorkerTable? {
        // Those of the rules' own snapshot, which may be a later one than the frontend's.
        let tables = stream.backend.tables
        guard tables.indices.contains(Int(rule.table)) else { return nil }
        let table = tables[Int(rule.table)]
        let start = evaluation.arena.count
        defer { evaluation.arena.truncate(by: evaluation.arena.count - start) }
        guard let sample = evaluation.evaluate(rule.expression),
            let type = keyType(of: rule.table), let key = evaluation.cast(sample, to: type),
            fillKey(key, for: table.shared.settings, evaluation.arena.bytes)
        else { return nil }
        return table
    }

    /// Keeps the server of a stream for the keys of its request.
    func storeSticks(_ stream: Stream) {
        guard let requests = stream.sticks, requests.count > 0 else { return }
        if let target = stream.target, target.settings.isRemembered {
            requests.store(server: target, now: loop.now.nanoseconds)
        } else {
            requests.removeAll()
        }
    }

    /// `stick store-response`. The evaluation has the answer.
    func applyResponseSticks(_ rules: WorkerRules, _ stream: Stream) {
        guard let target = stream.target, target.settings.isRemembered else { return }
        for rule in rules.sticks where rule.storesResponse {
            if let condition = rule.condition, !evaluation.holds(condition) { continue }
            guard let table = stickKey(of: rule, stream) else { continue }
            let (key, now) = (stickKey, loop.now.nanoseconds)
            let (id, name) = (target.settings.id, target.stickKey)
            table.shared.use { $0.keep(id, name, for: key, now: now) }
        }
    }

    /// Whether a server may serve those who belong to it: it works, or drains, or that does not count.
    func mayPersist(_ server: WorkerServer, _ stream: Stream) -> Bool {
        server.state.isUsable || server.state.acceptsPersistent
            || stream.has(Stream.Flag.forcesPersistence)
            || stream.backend.settings.options.persist
    }
}

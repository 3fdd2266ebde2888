internal import Configuration
internal import Core
internal import StickTables

/// Keys for which the server of a stream is to be kept, once that is known. Used again for the next stream.
final class StickRequests {
    /// Keys of one stream at most.
    static let limit = 8

    private var entries: [(table: WorkerTable?, key: StickKey)] = []
    private(set) var count = 0

    func add(_ table: WorkerTable, _ key: StickKey) {
        guard count < StickRequests.limit else { return }
        if count < entries.count {
            entries[count] = (table, key)
        } else {
            entries.append((table, key))
        }
        count += 1
    }

    /// Keeps the server for all keys, and forgets these.
    func store(server: WorkerServer, now: Int64) {
        let (id, name) = (server.settings.id, server.stickKey)
        for index in 0..<count {
            let key = entries[index].key
            entries[index].table?.shared.use { $0.keep(id, name, for: key, now: now) }
        }
        removeAll()
    }

    func removeAll() {
        for index in 0..<count { entries[index].table = nil }
        count = 0
    }
}

extension StickStore {
    /// Remembers the server that serves a key.
    mutating func keep(_ server: Int, _ serverKey: UInt64, for key: StickKey, now: Int64) {
        guard let reference = take(key, now: now) else { return }
        _ = set(Int64(server), .serverID, of: reference, now: now)
        _ = set(Int64(bitPattern: serverKey), .serverKey, of: reference, now: now)
    }
}

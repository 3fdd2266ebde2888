internal import Configuration
internal import Core
internal import EventLoop
internal import Expressions
internal import StickTables

/// What expressions and rules ask stick tables.
extension Worker {
    private var now: Int64 { loop.now.nanoseconds }

    private func table(_ index: Int32) -> WorkerTable? {
        guard let (client, stream) = ruled else { return nil }
        let tables = (stream?.frontend ?? client.listener.proxy).tables
        return tables.indices.contains(Int(index)) ? tables[Int(index)] : nil
    }

    func keyType(of table: Int32) -> SampleType? {
        self.table(table).map { table in
            switch table.shared.settings.keyType {
            case .ip: .ipv4
            case .ipv6: .ipv6
            case .integer: .integer
            case .string: .string
            case .binary: .binary
            }
        }
    }

    /// Fills the worker's key from a sample that has the table's type.
    func fillKey(_ key: Sample, for settings: StickTableSettings, _ arena: RawSpan) -> Bool {
        switch (key, settings.keyType) {
        case (.address(.v4(let address)), .ip): stickKey.set(address)
        case (.address(.v6(let address)), .ipv6): stickKey.set(address)
        case (.integer(let number), .integer): stickKey.set(number)
        case (.string(let range), .string), (.binary(let range), .binary),
            (.method(let range), .string):
            guard !range.isEmpty else { return false }
            stickKey.set(arena.extracting(range.range), for: settings)
        default: return false
        }
        return true
    }

    // MARK: Tracking

    private func tracked(_ slot: UInt8) -> Trackers.Entry? {
        guard let (client, stream) = ruled else { return nil }
        return stream?.trackers?[slot] ?? client.trackers?[slot]
    }

    func isTracking(_ slot: UInt8) -> Bool { tracked(slot) != nil }

    func track(_ slot: UInt8, in index: Int32, key: Sample, in arena: RawSpan) {
        guard let (client, stream) = ruled, let table = table(index),
            fillKey(key, for: table.shared.settings, arena)
        else { return }
        let (key, now) = (stickKey, now)
        let reference: StickStore.Reference? = table.shared.use { store in
            guard let reference = store.take(key, now: now), store.retain(reference) else {
                return nil
            }
            store.add(1, to: .openConnections, of: reference, now: now)
            store.add(1, to: .connections, of: reference, now: now)
            store.add(1, to: .connectionRate, of: reference, now: now)
            return reference
        }
        guard let reference else { return }
        let entry = Trackers.Entry(table: table, reference: reference)
        if let stream {
            let trackers = stream.trackers ?? Trackers(count: stickCounters)
            trackers[slot] = entry
            stream.trackers = trackers
            stream.set(Stream.Flag.isTracked)
            if countsTrackedRequest {
                table.shared.use { store in
                    store.add(1, to: .requests, of: reference, now: now)
                    store.add(1, to: .requestRate, of: reference, now: now)
                }
            }
        } else {
            let trackers = client.trackers ?? Trackers(count: stickCounters)
            trackers[slot] = entry
            client.trackers = trackers
            client.streamFlags |= Stream.Flag.isTracked
        }
    }

    func change(_ change: StickChange, by amount: Int64) {
        guard let entry = tracked(change.slot) else { return }
        let now = now
        let index = Int(change.index)
        entry.table.shared.use { store in
            switch change.kind {
            case .increment, .add:
                Worker.count(amount, change.data, index, &store, entry.reference, now)
            case .set: _ = store.set(amount, change.data, index, of: entry.reference, now: now)
            }
        }
    }

    /// Adds to a general purpose counter and to its rate. A table may keep it by its own name or as the first of an
    /// array.
    private static func count(
        _ amount: Int64, _ data: StickData, _ index: Int, _ store: inout StickStore,
        _ reference: StickStore.Reference, _ now: Int64
    ) {
        store.add(amount, to: data, index, of: reference, now: now)
        let rate: StickData =
            switch data {
            case .gpc0: .gpc0Rate
            case .gpc1: .gpc1Rate
            default: .gpcRate
            }
        store.add(amount, to: rate, index, of: reference, now: now)
    }

    // MARK: Questions

    func stick(_ query: StickQuery, key: Sample?, in arena: RawSpan) -> Int64? {
        let now = now
        switch query.subject {
        case .tracked(let slot):
            guard let entry = tracked(slot) else {
                if case .isTracked = query.use { return 0 }
                return nil
            }
            if case .isTracked = query.use { return 1 }
            guard let other = table(query.table), other.shared !== entry.table.shared else {
                return entry.table.shared.use {
                    Worker.answer(query, &$0, entry.reference, now)
                }
            }
            // A key of another type is not in the other table.
            let (own, wanted) = (entry.table.shared.settings, other.shared.settings)
            guard own.keyType == wanted.keyType, own.keyLength == wanted.keyLength else {
                return nil
            }
            let key = entry.table.shared.use { store in
                var key = StickKey()
                _ = store.key(entry.reference, into: &key)
                return key
            }
            return ask(query, other, key, now)
        case .key:
            guard let table = table(query.table) else { return nil }
            switch query.use {
            case .entries: return Int64(table.shared.liveCount(now: now))
            case .freeEntries:
                return Int64(
                    max(table.shared.settings.size - table.shared.liveCount(now: now), 0))
            default: break
            }
            guard let key, fillKey(key, for: table.shared.settings, arena) else { return nil }
            return ask(query, table, stickKey, now)
        }
    }

    private func ask(
        _ query: StickQuery, _ table: WorkerTable, _ key: StickKey, _ now: Int64
    ) -> Int64? {
        table.shared.use { store in
            let found =
                query.makesEntry ? store.take(key, now: now) : store.find(key, now: now)
            return Worker.answer(query, &store, found, now)
        }
    }

    private static func answer(
        _ query: StickQuery, _ store: inout StickStore, _ reference: StickStore.Reference?,
        _ now: Int64
    ) -> Int64? {
        if case .isThere = query.use { return reference == nil ? 0 : 1 }
        let data = data(query, store.settings)
        guard let reference else {
            // As HAProxy: an unknown key counts nothing, but a counter that no key has is no answer.
            switch query.use {
            case .value, .kilo: return store.settings.column(data.0) == nil ? nil : 0
            default: return 0
            }
        }
        switch query.use {
        case .value: return store.value(data.0, data.1, of: reference, now: now)
        case .kilo: return store.value(data.0, data.1, of: reference, now: now).map { $0 >> 10 }
        case .increment:
            count(1, data.0, data.1, &store, reference, now)
            return store.value(data.0, data.1, of: reference, now: now)
        case .clear:
            let old = store.value(data.0, data.1, of: reference, now: now)
            _ = store.set(0, data.0, data.1, of: reference, now: now)
            return old
        case .countConnection:
            store.add(1, to: .connections, of: reference, now: now)
            return store.value(.connections, of: reference, now: now)
        case .trackers: return Int64(store.uses(reference))
        case .timeLeft: return (store.timeLeft(reference, now: now) ?? 0) / 1_000_000
        case .idleTime:
            guard let left = store.timeLeft(reference, now: now) else { return 0 }
            return (store.settings.lifetime - left) / 1_000_000
        case .isTracked, .isThere, .entries, .freeEntries: return 1
        }
    }

    /// `gpc0` of a table that keeps `gpc(2)` is the first of them.
    private static func data(
        _ query: StickQuery, _ settings: StickTableSettings
    ) -> (StickData, Int) {
        let asked = (query.data, Int(query.index))
        guard settings.column(query.data) == nil else { return asked }
        switch query.data {
        case .gpc0: return (.gpc, 0)
        case .gpc1: return (.gpc, 1)
        case .gpc0Rate: return (.gpcRate, 0)
        case .gpc1Rate: return (.gpcRate, 1)
        case .gpt0: return (.gpt, 0)
        default: return asked
        }
    }

    // MARK: Events

    func countTrackedSession(_ client: ClientConnection) {
        client.trackers?.count(1, .sessions, .sessionRate, now: now)
    }

    func countTrackedRequest(_ client: ClientConnection, _ stream: Stream) {
        client.trackers?.count(1, .requests, .requestRate, now: now)
        stream.trackers?.count(1, .requests, .requestRate, now: now)
    }

    func countTrackedError(_ client: ClientConnection, _ stream: Stream?) {
        client.trackers?.count(1, .errors, .errorRate, now: now)
        stream?.trackers?.count(1, .errors, .errorRate, now: now)
    }

    /// Bytes that are no request, or none at all: as HAProxy, one request and one error.
    func countTrackedNonsense(_ client: ClientConnection) {
        client.trackers?.count(1, .requests, .requestRate, now: now)
        countTrackedError(client, nil)
    }

    /// What a server's status means for those who are tracked.
    func countTrackedStatus(_ client: ClientConnection, _ stream: Stream, _ status: UInt16) {
        if settings.errorCodes.contains(Int(status)) { countTrackedError(client, stream) }
        if settings.failureCodes.contains(Int(status)) {
            client.trackers?.count(1, .failures, .failureRate, now: now)
            stream.trackers?.count(1, .failures, .failureRate, now: now)
        }
    }

    func countTrackedBytes(_ stream: Stream, in received: UInt64, out sent: UInt64) {
        let (received, sent) = (Int64(clamping: received), Int64(clamping: sent))
        stream.client?.trackers?.countBytes(in: received, out: sent, now: now)
        stream.trackers?.countBytes(in: received, out: sent, now: now)
    }

    func releaseTrackers(_ stream: Stream) { stream.trackers?.release(now: now) }

    func releaseTrackers(_ client: ClientConnection) {
        client.trackers?.release(now: now)
        client.trackers = nil
    }
}

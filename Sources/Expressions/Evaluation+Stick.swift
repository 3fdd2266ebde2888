import Core

/// Looks at stick tables.
extension Evaluation {
    /// The answer of a table as a sample.
    mutating func stick(_ query: StickQuery, key: Sample?) -> Sample? {
        guard let host else { return nil }
        var key = key
        if let sample = key {
            guard let type = host.keyType(of: query.table), let cast = cast(sample, to: type) else {
                return nil
            }
            key = cast
        }
        guard let value = host.stick(query, key: key, in: arena.bytes) else { return nil }
        switch query.use {
        case .isTracked, .isThere: return .bool(value != 0)
        default: return .integer(value)
        }
    }

    /// Begins to track an entry: `track-sc0`. False: the key may come later.
    public mutating func track(
        _ expression: SampleExpression, _ slot: UInt8, in table: Int32
    ) -> Bool {
        guard let host, !host.isTracking(slot) else { return true }
        let saved = arena.count
        defer { arena.truncate(by: arena.count - saved) }
        mayChange = false
        guard let sample = evaluate(expression) else {
            return isFinal || !mayChange && content?.awaitsHead != true
        }
        guard let type = host.keyType(of: table), let key = cast(sample, to: type) else {
            return true
        }
        host.track(slot, in: table, key: key, in: arena.bytes)
        return true
    }
}

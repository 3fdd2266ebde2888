/// What the guard is to know of the virtual routers and has not taken yet. It holds the newest of each router only. Pure.
internal struct RouterReport {
    private var names: [String]?
    private var records: [String: VirtualRouterRecord] = [:]

    /// Whether the guard has taken everything.
    var isTaken: Bool { names == nil && records.isEmpty }

    /// What has changed; `all`: the names of all virtual routers, where those have.
    mutating func add(all: [String]?, _ changed: [VirtualRouterRecord]) {
        if let all {
            names = all
            let kept = Set(all)
            records = records.filter { kept.contains($0.key) }
        }
        for record in changed { records[record.name] = record }
    }

    /// Gives what waits to `send` until that returns false; the rest waits on, with what was refused.
    mutating func deliver(_ send: (ProcessMessage) -> Bool) {
        if let all = names {
            guard send(.virtualRouterNames(all)) else { return }
            names = nil
        }
        for name in records.keys.sorted() {
            guard let record = records[name] else { continue }
            guard send(.virtualRouter(record)) else { return }
            records[name] = nil
        }
    }
}

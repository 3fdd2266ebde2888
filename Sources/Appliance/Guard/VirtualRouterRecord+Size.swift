/// What the guard takes of a virtual router at most.
extension VirtualRouterRecord {
    /// What a record that was too long does without.
    enum Omission: Hashable, CaseIterable { case resignation, advertisement, addresses, routes }

    /// The same with no more than `limit` bytes on the channel. What a peer needs to take over at once stays first,
    /// then the addresses, as many as there is room for, then routes and rules.
    func fitting(limit: Int) -> (record: VirtualRouterRecord, without: Set<Omission>) {
        guard size > limit else { return (self, []) }
        var record = self
        var without: Set<Omission> = []
        record.resignation = []
        record.advertisement = []
        record.addresses = []
        record.removals = []
        func add(_ omission: Omission, _ change: (inout VirtualRouterRecord) -> Void) {
            var more = record
            change(&more)
            if more.size <= limit { record = more } else { without.insert(omission) }
        }
        add(.resignation) { $0.resignation = resignation }
        add(.advertisement) { $0.advertisement = advertisement }
        var room = limit - record.size
        record.addresses = Array(
            addresses.prefix {
                room -= VirtualRouterRecord.lengthBytes + $0.utf8.count
                return room >= 0
            })
        if record.addresses.count < addresses.count { without.insert(.addresses) }
        add(.routes) { $0.removals = removals }
        return (record, without)
    }

    /// In front of each text on the channel: see `MessageWriter`.
    private static let lengthBytes = 8

    private var size: Int { ProcessMessage.virtualRouter(self).encoded().count }
}

extension VirtualRouterRecord.Omission {
    /// What the operator notices when the process dies.
    var consequence: String {
        switch self {
        case .resignation: "peers are not told when it is gone for good"
        case .advertisement: "nobody advertises while it starts again"
        case .addresses: "some of its virtual addresses stay on this node when it is gone for good"
        case .routes: "its virtual routes and rules stay on this node when it is gone for good"
        }
    }
}

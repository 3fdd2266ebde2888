/// The servers among which an algorithm chooses. Backup servers are decided here and nowhere else.
struct Candidates: Sendable, Equatable {
    /// Indices into the list of servers, ascending.
    private(set) var servers: [Int] = []
    /// The candidates are backup servers: no other is left.
    private(set) var areBackups = false

    init() {}

    /// Servers that are usable and have a weight. Without any of those the first usable backup
    /// server, or all of them where `option allbackups` is set.
    init(_ facts: [ServerFacts], allBackups: Bool) {
        servers = facts.indices.filter { facts[$0].takesClients && !facts[$0].isBackup }
        guard servers.isEmpty else { return }
        let backups = facts.indices.filter { facts[$0].takesClients }
        servers = allBackups ? backups : Array(backups.prefix(1))
        areBackups = !servers.isEmpty
    }
}

extension ServerFacts {
    /// Whether new clients may be sent there.
    var takesClients: Bool { isUsable && effectiveWeight > 0 }
}

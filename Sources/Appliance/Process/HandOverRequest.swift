internal import Control
internal import Failover

/// A `vrrp` command of an operator, and who waits for its answer.
internal struct HandOverRequest: Sendable, Equatable {
    let command: HandOver
    /// nil: all virtual routers.
    let router: String?
    /// How long to wait for connections first; nil: as long as any drain.
    let drain: Duration?
    let ticket: CommandTicket

    init(_ command: HandOver, router: String?, drain: Duration?, _ ticket: CommandTicket) {
        self.command = command
        self.router = router
        self.drain = drain
        self.ticket = ticket
    }

    /// The virtual routers' word for it.
    var move: RouterMove {
        switch command {
        case .failover: .failover
        case .takeover: .takeover
        case .maintenance(true): .beginMaintenance
        case .maintenance(false): .endMaintenance
        }
    }

    /// What addresses are drained for.
    var purpose: String { command == .failover ? "failover" : "maintenance" }
}

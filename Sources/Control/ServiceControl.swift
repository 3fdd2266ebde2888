package import Configuration
internal import Core
package import EventLoop
package import Proxy
package import Resolver

/// What runtime commands and the statistics may ask of the running service; Appliance implements
/// it.
///
/// Called on the control thread, the readers also on workers. Nothing here may wait: what takes
/// time is started, and its result comes back through `RuntimeSocketServer.answer`.
package protocol ServiceControl: Sendable {
    var snapshot: Snapshot { get }
    var facts: ProcessFacts { get }
    var board: HealthBoard { get }
    /// The virtual routers, in the order of the configuration.
    var virtualRouters: [VirtualRouterReport] { get }

    /// The `resolvers` sections, in the order of the configuration.
    var nameServers: [NameService.SectionReport] { get }

    /// Listening sockets that another instance may take over.
    var listeningDescriptors: [Int32] { get }

    /// Changes a server; the caller has checked that the change makes sense for it.
    func apply(_ change: ServerChange, to server: ServerReference, in snapshot: Snapshot)
    /// Changes a frontend; the caller has checked that it is one.
    func apply(_ change: FrontendChange, toProxy index: Int, in snapshot: Snapshot)
    /// `set maxconn global`
    func setMaximumConnections(_ limit: Int)
    /// `clear counters [all]` for what belongs to the process; proxies and servers are done by the
    /// caller.
    func clearProcessCounters(all: Bool)
    /// Ends the streams that a server serves.
    func shutSessions(of server: ServerReference, in snapshot: Snapshot)
    /// `set rate-limit … global`; 0: no limit.
    func setRateLimit(_ kind: RateLimitKind, _ limit: Int)
    /// Asks the workers; `answer` makes the reply from their reports, on the control thread.
    func inspect(
        _ question: Inspection.Question, _ ticket: CommandTicket,
        answer: @escaping @Sendable ([WorkerReport]) -> String)
    /// Starts to read the configuration again; the answer is due within
    /// `RuntimeLimits.answerLimit`.
    func reload(_ ticket: CommandTicket)
    /// TLS files that commands have brought and nothing uses yet.
    var certificates: CertificateDesk { get }
    /// Puts a change of TLS files in force in every worker; the ticket is answered with `reply`, or with why not.
    func change(_ change: CertificateChange, reply: String, _ ticket: CommandTicket)
    /// Starts to add or remove a server; the answer follows.
    func change(_ servers: ServerListChange, _ ticket: CommandTicket)
    /// Starts a `vrrp …` command; nil: accepted, the answer follows; else why not. `drain`: how long
    /// connections are waited for before addresses are given up; nil: the configuration says.
    func handOver(
        _ command: HandOver, router: String?, drain: Duration?, _ ticket: CommandTicket
    ) -> String?
}

/// A command whose answer comes later.
package struct CommandTicket: Sendable, Hashable {
    let session: Handle
    let number: UInt32
}

/// A change of one frontend that an operator asks for.
package enum FrontendChange: Sendable, Equatable {
    case pause, resume
    /// For good.
    case shutDown
    /// 0: the process' limit.
    case maxConnections(Int)
}

/// What `set rate-limit` limits.
package enum RateLimitKind: Sendable { case connections, sessions, secureSessions }

/// `vrrp …`
package enum HandOver: Sendable, Equatable {
    /// Gives the addresses to the peer.
    case failover
    /// Takes the addresses from the peer.
    case takeover
    case maintenance(Bool)
}

internal import Configuration
internal import Control
internal import Failover
internal import Proxy

/// What other threads tell the control thread.
internal enum ServiceMessage: Sendable {
    /// The vrrp thread wants a script run.
    case runScript(ScriptLaunch, id: Int)
    /// The health thread wants the program of a check run.
    case runCheck(CheckLaunch, id: Int)
    case killScript(id: Int, signal: Int32)
    /// The runtime command `reload`.
    case reloadRequested
    /// TLS files that commands bring; the ticket is answered with the text.
    case certificates(CertificateChange, reply: String, CommandTicket)
    /// The runtime commands `add server` and `del server`.
    case changeServers(ServerListChange, CommandTicket)
    /// A `vrrp` command on a runtime socket.
    case handOver(HandOverRequest)
    /// How many connections are left of a drain.
    case drainCounted(CommandTicket, Int)
    /// A `vrrp` command has been carried out, or not.
    case moved(CommandTicket, RouterMoveOutcome)
    /// What the workers said to a question, and what the reply is made with.
    case inspected(CommandTicket, [WorkerReport], @Sendable ([WorkerReport]) -> String)
    /// A log target inside the chroot lost its connection.
    case logLost(path: String)
    /// Virtual routers that changed what they send or own; and the names of all of them, where those changed.
    case virtualRouters(names: [String]?, [VirtualRouterRecord])
    /// The vrrp thread has given its addresses up and ended.
    case routerStopped
    /// Every worker serves by the configuration of a reload, about which the loader said something.
    case swapped(generation: Int, String)
    /// The workers have taken the last connections of dropped listeners.
    case released(keys: [String])
    /// The workers have ended.
    case engineStopped
}

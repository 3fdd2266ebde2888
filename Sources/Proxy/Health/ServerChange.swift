package import Core

/// A change of one server that an operator asks for.
package enum ServerChange: Sendable, Equatable {
    package enum State: Sendable { case ready, drain, maintenance }
    package enum Health: Sendable { case up, stopping, down }

    case state(State)
    /// What checks would say.
    case health(Health)
    /// What the agent would say.
    case agentHealth(Health)
    /// 0 to 256.
    case weight(Int)
    /// 0: no limit.
    case maxConnections(Int)
    case address(SocketAddress)
    /// A name server said where it is; `weight`: of its service record.
    case resolved(SocketAddress, weight: Int?, source: String)
    /// No name server says where it is; why, for the log.
    case unresolved(String)
    case checks(enabled: Bool)
    case agent(enabled: Bool)
    /// Where checks and agents are asked, and what agents are sent, in place of the settings.
    case overrides(CheckOverrides)
}

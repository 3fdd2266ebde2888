package import Checking

/// How a backend checks its servers: `option httpchk`, `option tcp-check` and their rules.
package struct CheckSettings: Sendable {
    package enum Kind: String, Sendable {
        case connect, http, tcpScript, smtp, mysql, pgsql, redis, ldap, sslHello, external
    }

    /// Without an option: a TCP connection is enough.
    package var kind: Kind = .connect
    /// What is said and expected, compiled; empty for `connect`.
    package var script = CheckScript()
    package var disablesOn404 = false
    package var sendsState = false

    package init() {}
}

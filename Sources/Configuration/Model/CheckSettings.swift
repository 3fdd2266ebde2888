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
    /// `external-check command`
    package var program: CheckProgram?

    package init() {}
}

/// A program that checks servers.
package struct CheckProgram: Sendable, Equatable {
    package var command: String
    /// `external-check path`: what it finds in `PATH`, and where a command without a slash is looked for.
    package var path: String

    package init(command: String, path: String) {
        self.command = command
        self.path = path
    }
}

package import ConfigurationLanguage

/// What the command line says about reading a configuration.
package struct ReaderOptions: Sendable {
    /// How lines before the first section are read; keepalived when called by its name.
    package var dialect: Dialect = .haproxy
    /// What `feature()` and its relatives answer.
    package var capabilities = Capabilities.current
    /// `-dD`: shows `.diag` lines.
    package var showsDiagnosticNotices = false
    /// `-L`: the local peer's name, for `HAPROXY_LOCALPEER`.
    package var localPeer: String?
    /// `-W`, `-Ws`: sets `HAPROXY_MWORKER`.
    package var isMasterWorker = false
    /// Names of servers are looked up; otherwise every one is taken as `init-addr none`.
    package var resolvesNames = true

    /// `-c`, `-t`: what keepalived would only complain about and run without is an error.
    package var isChecking = false
    /// keepalived's `-i`: what `@host` is compared with; nil: the host's name.
    package var hostID: String?

    package init() {}
}

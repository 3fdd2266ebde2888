/// What `feature()`, `enabled()` and their relatives are answered from. Only what really works is listed: a
/// file or a test that asks must not be led to lines that are then refused.
package struct Capabilities: Sendable {
    /// HAProxy's names, as after a `+` in the output of `-vv`.
    package var features: Set<String>
    /// HAProxy's names of switches that are on at run time.
    package var enabled: Set<String>
    /// The program adds what it runs on; nil: not known here.
    package var tlsLibrary: (name: String, version: Version)?

    package init(
        features: Set<String>, enabled: Set<String>,
        tlsLibrary: (name: String, version: Version)? = nil
    ) {
        self.features = features
        self.enabled = enabled
        self.tlsLibrary = tlsLibrary
    }

    /// Switches that `enabled()` knows; others are an error.
    package static let switches: Set<String> = [
        "POLL", "EPOLL", "KQUEUE", "EVPORTS", "SPLICE", "GETADDRINFO", "REUSEPORT",
        "FAST-FORWARD", "SERVER-SSL-VERIFY-NONE",
    ]

    /// This version of the daemon.
    package static let current = Capabilities(
        features: [
            "EPOLL", "THREAD", "LINUX_SPLICE", "OPENSSL", "PCRE2", "PCRE2_JIT", "PROMEX", "ACCEPT4",
            "GETADDRINFO", "PRCTL", "RT", "SYSTEMD", "TFO",
        ],
        enabled: ["EPOLL", "SPLICE", "GETADDRINFO", "REUSEPORT"])
}

internal import Configuration
internal import Core

/// A program that checks a server: what `external-check` starts (HAProxy manual, section 4.2).
package struct CheckLaunch: Sendable, Equatable {
    /// The program and its four arguments: addresses and ports of proxy and server.
    package var command: [String]
    /// `NAME=value`
    package var environment: [String]

    /// At once; checks that find no place are tried again a little later.
    package static let limit = 256
    /// The exit status of a program that could not be started, as HAProxy has it.
    package static let notStarted = 255
    /// Numbers of such programs begin here; those of the vrrp thread's scripts lie below.
    package static let firstID = 1 << 40
    /// What it is told of the proxy and the server.
    package static let variableNames: Set<String> = [
        "HAPROXY_PROXY_ADDR", "HAPROXY_PROXY_ID", "HAPROXY_PROXY_NAME", "HAPROXY_PROXY_PORT",
        "HAPROXY_SERVER_ADDR", "HAPROXY_SERVER_CURCONN", "HAPROXY_SERVER_ID",
        "HAPROXY_SERVER_MAXCONN", "HAPROXY_SERVER_NAME", "HAPROXY_SERVER_PORT",
        "HAPROXY_SERVER_PROTO", "HAPROXY_SERVER_SSL",
    ]
    private static let unused = "NOT_USED"

    package init(command: [String], environment: [String]) {
        self.command = command
        self.environment = environment
    }

    init(
        _ program: CheckProgram, _ proxy: ProxySettings, _ server: ServerSettings,
        _ state: ServerState
    ) {
        var listener = CheckLaunch.ends(of: nil)
        if case .address(let address) = proxy.binds.first?.address {
            listener = CheckLaunch.ends(of: address)
        }
        let target = CheckLaunch.ends(of: state.address)
        let isUnix = state.address?.ip == nil
        command = [program.command, listener.address, listener.port, target.address, target.port]
        let isHTTP = proxy.mode == .http
        environment =
            [
                ("PROXY_NAME", proxy.name), ("PROXY_ID", "\(proxy.id)"),
                ("PROXY_ADDR", listener.address), ("PROXY_PORT", listener.port),
                ("SERVER_NAME", server.name), ("SERVER_ID", "\(server.id)"),
                ("SERVER_ADDR", target.address), ("SERVER_PORT", isUnix ? "" : target.port),
                ("SERVER_CURCONN", "\(state.active)"),
                ("SERVER_MAXCONN", "\(server.maxConnections)"),
                ("SERVER_SSL", server.tls == nil ? "0" : "1"),
                ("SERVER_PROTO", isHTTP ? "h1" : "tcp"),
            ].map { "HAPROXY_\($0.0)=\($0.1)" } + ["PATH=\(program.path)"]
    }

    private static func ends(of address: SocketAddress?) -> (address: String, port: String) {
        switch address {
        case .ip(let ip, let port): ("\(ip)", "\(port)")
        case .unix(let path): (path, unused)
        case .abstract, nil: (unused, unused)
        }
    }
}

/// Starts programs of checks, for a thread that must not: they are children of the guard or of the control thread.
/// Answers come through `HealthMonitor.programEnded`.
package protocol CheckLauncher: Sendable {
    func start(_ launch: CheckLaunch, id: Int)
    /// Signals a program and what it started.
    func signal(id: Int, _ signal: Int32)
}

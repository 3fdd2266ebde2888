/// What the kernel is asked for a TCP connection; 0 and nil: nothing, its own settings count.
package struct TCPSettings: Sendable, Hashable {
    /// `tcp-ut`, milliseconds
    package var userTimeout = 0
    /// `cc`
    package var congestionControl: String?
    /// `tfo` of a server.
    package var connectsFast = false
    /// `clitcpka-…` where `option clitcpka` is on, `srvtcpka-…` where `option srvtcpka` is.
    package var probes = KeepAliveProbes()
    package var buffers = SocketBuffers()

    package init() {}

    package var isEmpty: Bool { self == TCPSettings() }

    /// All of it, for keys.
    package var text: String {
        "tcp-ut \(userTimeout) cc \(congestionControl ?? "-")"
            + " probes \(probes.count) \(probes.idle) \(probes.interval)"
            + " buffers \(buffers.receive) \(buffers.send) \(buffers.unsent)"
    }
}

/// How idle connections are probed; 0: as the kernel's settings say.
package struct KeepAliveProbes: Sendable, Hashable {
    /// `…tcpka-cnt`: probes without an answer that end the connection.
    package var count = 0
    /// `…tcpka-idle`, seconds
    package var idle = 0
    /// `…tcpka-intvl`, seconds
    package var interval = 0

    package init() {}
}

/// Sizes of a socket's buffers in bytes; 0: the kernel's.
package struct SocketBuffers: Sendable, Hashable {
    /// `tune.rcvbuf.…`
    package var receive = 0
    /// `tune.sndbuf.…`
    package var send = 0
    /// `tune.notsent-lowat.…`
    package var unsent = 0

    package init() {}
}

extension ServerSettings {
    /// With what the backend and the process say of all servers' connections.
    package func tcp(in proxy: ProxySettings, of process: ProcessSettings) -> TCPSettings {
        var tcp = tcp
        if proxy.options.tcpKeepAliveServer { tcp.probes = proxy.serverProbes }
        tcp.buffers = process.serverBuffers
        return tcp
    }
}

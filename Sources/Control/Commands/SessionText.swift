internal import Configuration
internal import Core
internal import Proxy

/// `show sess`: streams in HAProxy's words. What only HAProxy's inside has (analysers, channels' flags) stands there as 0, so
/// that the fields stay where tools look for them.
struct SessionText {
    /// The command itself is a session too, and HAProxy shows it.
    static let own = """
        0x0: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s calls=1 \
        rate=0 cpu=0 lat=0 rq[f=0h,i=0,an=00h,rx=,wx=,ax=] rp[f=0h,i=0,an=00h,rx=,wx=,ax=] \
        scf=[8,0h,fd=-1] scb=[8,0h,fd=-1] exp= rc=0 c_exp=

        """

    /// One line.
    static func line(_ session: SessionReport) -> String {
        let parts = [
            "\(session.id): proto=\(proto(session)) src=\(address(session.source))",
            "fe=\(session.frontend.name) be=\(session.backend?.name ?? "<NONE>")",
            "srv=\(session.server?.name ?? "<none>") ts=00 epoch=0",
            "age=\(age(session.age)) calls=1 rate=0 cpu=0 lat=0",
            "rq[f=0h,i=\(session.requestBuffered),an=00h,rx=\(timer(session.clientExpiry)),wx=,ax=]",
            "rp[f=0h,i=\(session.responseBuffered),an=00h,rx=\(timer(session.serverExpiry)),wx=,ax=]",
            "scf=[8,0h,fd=\(session.clientDescriptor)]",
            "scb=[\(session.serverDescriptor == nil ? 0 : 8),0h,fd=\(session.serverDescriptor ?? -1)]",
            "exp=\(timer(soonest(session))) rc=\(session.retries) c_exp=",
        ]
        return parts.joined(separator: " ") + "\n"
    }

    /// Everything, in several lines.
    static func details(_ session: SessionReport, realtime: Int64) -> String {
        let began = realtime - session.age.nanoseconds
        let frontend = session.frontend
        let bind = session.bind
        let backend = session.backend.map {
            "\($0.name) (id=\($0.id) mode=\($0.mode.rawValue))"
        }
        let server = session.server.map { "\($0.name) (id=\($0.id))" }
        var lines = [
            "\(session.id): [\(DateText.log(nanoseconds: began))] id=0 proto=\(proto(session))"
                + " source=\(address(session.source))",
            "  flags=0x0, conn_retries=\(session.retries), conn_exp=<NEVER>, waiting=\(session.phase == "queue" ? 1 : 0),"
                + " phase=\(session.phase), worker=\(session.worker + 1)",
            "  frontend=\(frontend.name) (id=\(frontend.id) mode=\(frontend.mode.rawValue)),"
                + " listener=\(bind?.name ?? "?") (id=\(bind?.id ?? 0)) addr=\(bind?.address.description ?? "?")",
            "  backend=\(backend ?? "<NONE> (id=-1 mode=-)")",
            "  server=\(server ?? "<NONE> (id=-1)")"
                + " addr=\(session.server?.address?.description ?? "?")",
            "  age=\(age(session.age)) exp=\(timer(soonest(session), never: "<NEVER>"))",
        ]
        if let method = session.method {
            lines.append("  txn meth=\(method.isEmpty ? "OTHER" : method) status=\(session.status)")
        }
        lines.append(
            "  scf fd=\(session.clientDescriptor) xprt=\(session.isSecure ? "SSL" : "RAW")"
                + " scb fd=\(session.serverDescriptor ?? -1)")
        lines.append("  req i=\(session.requestBuffered) total=\(session.bytesIn)")
        lines.append("  res i=\(session.responseBuffered) total=\(session.bytesOut)")
        return lines.map { $0 + "\n" }.joined()
    }

    private static func proto(_ session: SessionReport) -> String {
        switch session.source.ip {
        case .v4: "tcpv4"
        case .v6: "tcpv6"
        case nil: "unix_stream"
        }
    }

    private static func address(_ peer: PeerAddress) -> String {
        switch peer.ip {
        case .v4(let ip)?: "\(ip):\(peer.port)"
        case .v6(let ip)?: "\(ip):\(peer.port)"
        case nil: "unix:1"
        }
    }

    private static func soonest(_ session: SessionReport) -> Duration? {
        [session.clientExpiry, session.serverExpiry].compactMap { $0 }.min()
    }

    /// `9s`, `4m12s`, `2h5m`, `3d4h`.
    static func age(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m\(seconds % 60)s" }
        if seconds < 86400 { return "\(seconds / 3600)h\(seconds % 3600 / 60)m" }
        return "\(seconds / 86400)d\(seconds % 86400 / 3600)h"
    }

    private static func timer(_ left: Duration?, never: String = "") -> String {
        left.map { age($0) } ?? never
    }
}
